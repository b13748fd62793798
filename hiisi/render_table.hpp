#pragma once

#include "hiisi/terminal.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::cli {

enum class tint : uint8_t { none, good, busy, bad, quiet };

struct column {
  std::string_view title;
  /// On a terminal too narrow for all, the columns of the lowest importance
  /// are left out first.
  int importance = 0;
  /// How narrow its texts may be cut; 0 for a column that is never cut.
  size_t least_width = 0;
  bool numeric = false;
};

struct cell {
  /// Any bytes: they are made printable here.
  std::string text;
  tint color = tint::none;
};

using row = std::vector<cell>;

/// A table with a line of titles, a newline after each line and no trailing
/// blanks. Each row has a cell for each column. Within `how.width` texts are
/// cut and columns left out as `column` says; without one, neither happens.
[[nodiscard]] std::string render_table(std::span<const column> columns,
                                       std::span<const row> rows,
                                       const layout& how);

/// `text` in a colour, if `how` has any.
[[nodiscard]] std::string colored(std::string text, tint color,
                                  const layout& how);

} // namespace hiisi::cli
