#include "rotate/arguments.hpp"

#include "protocol/limits.hpp"

#include <charconv>
#include <string_view>

namespace hiisi::rotate {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

protocol::error wrong(std::string message) {
  return make_error(errc::invalid_argument, std::move(message),
                    "usage: hiisi-rotate DIRECTORY BYTES:KEEP:NAME...");
}

/// Takes a number within bounds and the colon behind it off the front.
template <class Number>
bool take(std::string_view& from, Number& out, Number least, Number most) {
  const auto [end, problem]
      = std::from_chars(from.data(), from.data() + from.size(), out);
  const auto length = static_cast<size_t>(end - from.data());
  if (problem != std::errc{} || length == from.size() || *end != ':'
      || out < least || out > most)
    return false;
  from.remove_prefix(length + 1);
  return true;
}

} // namespace

result<arguments> read_arguments(const std::vector<std::string>& words) {
  if (words.size() < 2)
    return wrong("there is nothing to look at");
  arguments out;
  out.directory = words[0];
  for (size_t i = 1; i < words.size(); ++i) {
    std::string_view rest = words[i];
    auto& one = out.logs.emplace_back();
    if (!take<uint64_t>(rest, one.limits.bytes, 0, protocol::max_log_bytes)
        || !take(rest, one.limits.keep, protocol::min_log_keep,
                 protocol::max_log_keep))
      return wrong("'" + words[i]
                   + "' does not begin with a size and a number "
                     "of segments");
    if (rest.empty() || rest.find('/') != rest.npos || rest == "."
        || rest == "..")
      return wrong("'" + std::string{rest} + "' is not the name of a file");
    one.name = rest;
  }
  return out;
}

} // namespace hiisi::rotate
