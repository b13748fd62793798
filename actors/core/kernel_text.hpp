#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

// Numbers in the texts of /proc and of cgroups.

namespace hiisi::core {

/// The number at the beginning, behind blanks; nothing where there is none.
template <class Number>
[[nodiscard]] std::optional<Number> number_at(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  Number out{};
  const auto [end, problem]
      = std::from_chars(text.data(), text.data() + text.size(), out);
  return problem == std::errc{} ? std::optional{out} : std::nullopt;
}

/// The number behind `key` at the beginning of a line.
[[nodiscard]] std::optional<uint64_t> value_of(std::string_view text,
                                               std::string_view key);

} // namespace hiisi::core
