#include "hiisi/byte_size.hpp"

#include "hiisi/text.hpp"

#include <array>
#include <charconv>
#include <string>

namespace hiisi::cli {

protocol::result<uint64_t> parse_bytes(std::string_view option,
                                       std::string_view word) {
  const auto wrong = [&] {
    return protocol::make_error(
        protocol::errc::invalid_argument,
        std::string{option} + " '" + printable(word) + "' is no size",
        "write bytes, or a unit behind the number: 64KiB, 10MiB, 1GiB");
  };
  uint64_t number = 0;
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, number);
  if (read.ec != std::errc{})
    return wrong();
  auto unit = word.substr(static_cast<size_t>(read.ptr - word.data()));
  if (unit.empty())
    return number;
  constexpr std::string_view letters = "KMGT";
  const auto power = letters.find(unit.front());
  if (power == letters.npos
      || (unit.size() != 1 && unit.substr(1) != "iB" && unit.substr(1) != "B"))
    return wrong();
  const auto shift = 10 * (power + 1);
  if (number > UINT64_MAX >> shift)
    return wrong();
  return number << shift;
}

} // namespace hiisi::cli
