#include "protocol/byte_text.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace hiisi::protocol {

std::string rounded(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value < 9.95 ? "%.1f" : "%.0f",
                value);
  return text.data();
}

std::string describe_bytes(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> units
      = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024)
    return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1023.5 && unit + 1 < units.size(); ++unit)
    value /= 1024;
  return rounded(value) + " " + std::string{units[unit]};
}

} // namespace hiisi::protocol
