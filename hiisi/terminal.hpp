#pragma once

#include "hiisi/environment.hpp"
#include "hiisi/options.hpp"

#include <cstddef>
#include <optional>

namespace hiisi::cli {

/// How output looks: what the terminal behind a descriptor can take.
struct layout {
  /// Columns to fit into; none where output is not a terminal, since nothing
  /// is cut or left out then.
  std::optional<size_t> width;
  bool color = false;
};

/// Looks at descriptor `fd`. Width is the terminal's, or COLUMNS where it does
/// not tell, or 80. Colour follows `mode`; with `automatic` it is on for a
/// terminal unless NO_COLOR is set (https://no-color.org) or TERM is "dumb".
[[nodiscard]] layout detect_layout(int fd, color_mode mode,
                                   const environment& env);

} // namespace hiisi::cli
