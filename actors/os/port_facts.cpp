#include "actors/os/port_facts.hpp"

#include "actors/os/file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace hiisi::os {

using protocol::errc;
using protocol::make_error;
using protocol::result;

namespace {

constexpr const char* ephemeral_file = "/proc/sys/net/ipv4/ip_local_port_range";
constexpr const char* reserved_file
    = "/proc/sys/net/ipv4/ip_local_reserved_ports";
/// 65,536 ports with their commas are less.
constexpr size_t file_limit = size_t{512} * 1024;

/// Takes a number off the front of `text`.
std::optional<uint16_t> take_port(std::string_view& text) noexcept {
  uint16_t port = 0;
  auto [end, failed]
      = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc())
    return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return port;
}

bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c)
    return false;
  text.remove_prefix(1);
  return true;
}

void trim(std::string_view& text) noexcept {
  auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
}

protocol::error unreadable(const char* file, const std::string& why) {
  return make_error(errc::unavailable, std::string(file) + ": " + why);
}

} // namespace

result<core::port_range> ephemeral_ports() {
  auto text = read_file(ephemeral_file, file_limit);
  if (!text)
    return make_error(errc::unavailable, text.failure().message);
  std::string_view rest(*text);
  trim(rest);
  auto first = take_port(rest);
  trim(rest);
  auto last = take_port(rest);
  if (!first || !last || !rest.empty())
    return unreadable(ephemeral_file, "not two ports: " + *text);
  return core::port_range{*first, *last};
}

result<std::vector<core::port_range>> parse_port_ranges(std::string_view text) {
  std::vector<core::port_range> ranges;
  auto rest = text;
  trim(rest);
  while (!rest.empty()) {
    auto first = take_port(rest);
    auto last = first;
    if (first && take(rest, '-'))
      last = take_port(rest);
    // A comma stands between two ranges and nowhere else.
    auto ended = rest.empty() || (take(rest, ',') && !rest.empty());
    if (!first || !last || *last < *first || !ended)
      return make_error(errc::invalid_argument,
                        "\"" + std::string(text)
                            + "\" is no list of ports and ranges",
                        "write it like 8080,9148-9150");
    ranges.push_back({*first, *last});
  }
  return ranges;
}

result<std::vector<uint16_t>> service_ports(const std::string& path) {
  auto text = read_file(path, file_limit);
  if (!text)
    return make_error(errc::unavailable, text.failure().message);
  std::vector<uint16_t> ports;
  std::string_view rest(*text);
  while (!rest.empty()) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    line = line.substr(0, line.find('#'));
    // A name, white space, and "8080/tcp"; what is otherwise names no port.
    auto name = line.find_first_of(" \t");
    if (name == line.npos)
      continue;
    line.remove_prefix(name);
    trim(line);
    if (auto port = take_port(line); port && take(line, '/'))
      ports.push_back(*port);
  }
  return ports;
}

result<std::vector<core::port_range>> reserved_ports() {
  auto text = read_file(reserved_file, file_limit);
  if (!text)
    return make_error(errc::unavailable, text.failure().message);
  auto ranges = parse_port_ranges(*text);
  if (!ranges)
    return unreadable(reserved_file, ranges.failure().message);
  return ranges;
}

} // namespace hiisi::os
