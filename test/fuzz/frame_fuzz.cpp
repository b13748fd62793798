// libFuzzer target for all that a stranger's bytes reach in protocol/: the
// input is read once as a stream of frames and once as a single body, as a
// request and as a response. What is accepted must come back unchanged from
// being written and read again; what is refused must say why.
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"
#include "protocol/utf8.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace hiisi::protocol;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

void check(const error& reason) {
  require(!reason.message.empty());
  require(!find_invalid_utf8(reason.message));
  require(!find_invalid_utf8(reason.hint));
}

void check_request(std::string_view body) {
  auto version = version_of(body);
  require(version >= 1);
  auto read = decode_request(body);
  if (!read.ok()) {
    check(read.failure());
    return;
  }
  auto again = decode_request(encode(*read));
  require(again.ok() && *again == *read);
  require(version_of(encode(*read)) == (read->version < 2 ? 1 : read->version));
}

void check_response(std::string_view body) {
  auto read = decode_response(body);
  if (!read.ok()) {
    check(read.failure());
    return;
  }
  auto again = decode_response(encode(*read, 2));
  require(again.ok() && *again == *read);
  require(decode_response(encode(*read, 1)).ok());
}

// Cuts the stream into pieces whose sizes come from the stream itself.
void check_stream(std::string_view stream) {
  frame_decoder whole;
  whole.feed(stream);
  frame_decoder pieces;
  size_t at = 0;
  while (auto body = whole.next()) {
    require(body->size() <= max_frame_bytes);
    check_request(*body);
    auto same = pieces.next();
    while (!same && at < stream.size()) {
      auto size = 1 + static_cast<unsigned char>(stream[at]) % 7u;
      pieces.feed(stream.substr(at, size));
      at += size;
      same = pieces.next();
    }
    require(same == body);
  }
  require(whole.buffered() <= stream.size());
  if (at < stream.size())
    pieces.feed(stream.substr(at));
  require(!pieces.next());
  require(pieces.oversize() == whole.oversize());
  require(pieces.partial() == whole.partial());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  check_stream(input);
  check_request(input);
  check_response(input);
  return 0;
}
