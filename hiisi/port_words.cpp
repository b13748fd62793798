#include "hiisi/port_words.hpp"

#include "hiisi/command_cut.hpp"
#include "hiisi/options.hpp"
#include "hiisi/text.hpp"
#include "protocol/names.hpp"

#include <array>

#include <arpa/inet.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

bool is_bare(std::string_view word) {
  return word == "--port" || word == "--listen";
}

/// Whether nothing but options stands before a "--", if each value that can be
/// one is one.
bool options_up_to_dashes(std::span<const std::string> words,
                          std::span<const option_spec> table) {
  for (;;) {
    // A bare option hides from cut_command that the next word is its value.
    const auto cut = cut_command(words, table);
    if (cut.rest > cut.options)
      return true;
    if (cut.options == 0 || cut.options == words.size()
        || !is_bare(words[cut.options - 1]))
      return false;
    words = words.subspan(cut.options + 1);
  }
}

} // namespace

result<protocol::port_wish> parse_port_wish(std::string_view text) {
  protocol::port_wish wish;
  const auto refuse = [&](const std::string& why) {
    return make_error(errc::invalid_argument,
                      "--port=" + printable(text) + ": " + why,
                      "write --port, --port=8080, --port=web, --port=web:8080 "
                      "or --port=dns/udp");
  };
  auto rest = text;
  if (const auto slash = rest.find('/'); slash != rest.npos) {
    const auto kind = rest.substr(slash + 1);
    if (kind != "udp" && kind != "tcp")
      return refuse("'" + printable(kind) + "' is neither tcp nor udp");
    wish.udp = kind == "udp";
    rest = rest.substr(0, slash);
  }
  const auto colon = rest.find(':');
  const auto number = colon != rest.npos ? rest.substr(colon + 1)
                      : all_digits(rest) ? rest
                                         : std::string_view{};
  if (colon != rest.npos || !number.empty()) {
    auto port = parse_port(number);
    if (!port)
      return refuse(port.failure().message);
    wish.port = *port;
  }
  if (colon != rest.npos || number.empty())
    wish.label = rest.substr(0, colon);
  if (colon == 0)
    return refuse("there is no label before the colon");
  if (!wish.label.empty())
    if (auto good = protocol::check_name(wish.label); !good)
      return refuse(good.failure().message);
  return wish;
}

result<std::string> parse_listen_address(std::string_view text) {
  std::string address{text};
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (address.empty()
      || ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1
      || ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1)
    return address;
  return make_error(errc::invalid_argument,
                    "--listen=" + printable(text) + " is not an address",
                    "write --listen (every address), --listen=127.0.0.1 or "
                    "--listen=::1");
}

std::vector<std::string> join_port_values(std::span<const std::string> words,
                                          std::span<const option_spec> table) {
  std::vector<std::string> joined;
  while (!words.empty()) {
    const auto cut = cut_command(words, table);
    joined.insert(joined.end(), words.begin(),
                  words.begin() + static_cast<ptrdiff_t>(cut.options));
    words = words.subspan(cut.options);
    if (cut.rest > cut.options || words.empty() || joined.empty()
        || !is_bare(joined.back()))
      break;
    const auto& value = words.front();
    const auto fits = joined.back() == "--port"
                          ? parse_port_wish(value).ok()
                          : parse_listen_address(value).ok();
    if (is_option(value) || value.empty() || !fits
        || (!all_digits(value)
            && !options_up_to_dashes(words.subspan(1), table)))
      break;
    joined.back() += "=" + value;
    words = words.subspan(1);
  }
  joined.insert(joined.end(), words.begin(), words.end());
  return joined;
}

} // namespace hiisi::cli
