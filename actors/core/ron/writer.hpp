#pragma once

#include "actors/core/ron/value.hpp"

#include <cstddef>
#include <string>

namespace hiisi::core::ron {

struct write_options {
  /// All on one line without a space, as the first Hiisi wrote its files.
  bool compact = false;
  /// Spaces per level.
  size_t indent = 4;
  /// What fits into so many columns (bytes) stands on one line. But a struct or
  /// map that directly holds another has a line for each field or entry, and
  /// so has the outermost one.
  size_t width = 80;
};

/// The value as a text that ron::read() takes back to an equal value; floats
/// have the fewest digits that do so. Ends with a newline unless compact.
[[nodiscard]] std::string write(const value& content,
                                const write_options& options = {});

} // namespace hiisi::core::ron
