#include "hiisi/limit_words.hpp"

#include "hiisi/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace hiisi::cli {

namespace {

using protocol::limited_resource;

protocol::error bad_limit(std::string message) {
  return protocol::make_error(protocol::errc::invalid_argument,
                              std::move(message),
                              "write --limit nofile=1024,nproc=100,cpu=3600,"
                              "memory=64MiB,cpus=1.5, or some of these");
}

/// How many bytes a unit has; nothing for a word that is none.
std::optional<uint64_t> unit_of(std::string_view word) {
  constexpr std::string_view letters = "KMGT";
  if (word.empty() || word == "B")
    return 1;
  const auto which = letters.find(word.front());
  if (which == letters.npos || (word.size() > 1 && word.substr(1) != "iB"))
    return std::nullopt;
  return uint64_t{1} << (10 * (which + 1));
}

std::optional<uint64_t> amount_of(std::string_view word, bool with_unit) {
  uint64_t number = 0;
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, number);
  if (read.ec != std::errc{})
    return std::nullopt;
  const std::string_view rest{read.ptr, static_cast<size_t>(end - read.ptr)};
  const auto unit = unit_of(rest);
  if (!unit || (!with_unit && !rest.empty()) || number > UINT64_MAX / *unit)
    return std::nullopt;
  return number * *unit;
}

/// Thousandths, with as many decimals at most.
std::optional<uint64_t> thousandths_of(std::string_view word) {
  const auto point = std::min(word.find('.'), word.size());
  auto decimals = std::string{word.substr(std::min(point + 1, word.size()))};
  if (decimals.size() > 3 || (point < word.size() && decimals.empty()))
    return std::nullopt;
  decimals.resize(3, '0');
  if (!all_digits(decimals))
    return std::nullopt;
  return amount_of(std::string{word.substr(0, point)} + decimals, false);
}

/// As it is written.
std::string shown(limited_resource what, uint64_t amount) {
  if (what != limited_resource::cpus)
    return std::to_string(amount);
  return amount < 1000 ? "0.01" : std::to_string(amount / 1000);
}

protocol::result<void> read_one(std::string_view word,
                                std::map<limited_resource, uint64_t>& out) {
  const auto equals = word.find('=');
  const auto what
      = protocol::limited_resource_from_string(word.substr(0, equals));
  if (!what || equals == word.npos)
    return bad_limit("--limit '" + printable(word) + "' is not known");
  const auto text = word.substr(equals + 1);
  const auto amount = *what == limited_resource::cpus
                          ? thousandths_of(text)
                          : amount_of(text, *what == limited_resource::memory);
  if (!amount || *amount < least_of(*what) || *amount > most_of(*what))
    return bad_limit("--limit '" + printable(word) + "' is no number from "
                     + shown(*what, least_of(*what)) + " to "
                     + shown(*what, most_of(*what)));
  out[*what] = *amount;
  return {};
}

} // namespace

protocol::result<void>
read_limit_words(std::string_view words,
                 std::map<limited_resource, uint64_t>& out) {
  for (;;) {
    const auto comma = words.find(',');
    if (auto good = read_one(words.substr(0, comma), out); !good)
      return good;
    if (comma == words.npos)
      return {};
    words.remove_prefix(comma + 1);
  }
}

} // namespace hiisi::cli
