#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hiisi::cli {

/// The candidate that `word` is most likely a slip of: at most a third of its
/// letters changed, added, left out or swapped with their neighbours, or one
/// of a few letters.
[[nodiscard]] std::optional<std::string>
nearest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace hiisi::cli
