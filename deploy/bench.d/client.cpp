#include "deploy/bench.d/client.hpp"

#include "protocol/limits.hpp"

namespace hiisi::bench {

void client::ask(protocol::command what) {
  stream_.send(protocol::frame(protocol::encode(
      protocol::request{std::move(what), {}, protocol::protocol_version})));
}

std::string client::body() {
  for (;;) {
    if (auto ready = decoder_.next())
      return *std::move(ready);
    decoder_.feed(stream_.receive());
  }
}

protocol::response client::decode(const std::string& body) {
  auto response = protocol::decode_response(body);
  if (!response.ok())
    give_up("hiidet answered what cannot be read: "
            + response.failure().message);
  if (const auto* refusal = std::get_if<protocol::error>(&response->what))
    give_up("hiidet refused: " + refusal->message);
  return *std::move(response);
}

} // namespace hiisi::bench
