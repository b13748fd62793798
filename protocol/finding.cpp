#include "protocol/finding.hpp"

#include <array>

namespace hiisi::protocol {

namespace {

constexpr std::array<std::string_view, verdict_count> words
    = {"ok", "note", "wrong"};

} // namespace

std::string_view to_string(verdict what) noexcept {
  const auto index = static_cast<size_t>(what);
  return index < words.size() ? words[index] : "unknown";
}

std::optional<verdict> verdict_from_string(std::string_view word) noexcept {
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i] == word)
      return static_cast<verdict>(i);
  return std::nullopt;
}

} // namespace hiisi::protocol
