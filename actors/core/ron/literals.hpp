#pragma once

#include "actors/core/ron/scanner.hpp"
#include "actors/core/ron/value.hpp"

/// The scalars of RON as they are written in a text. Each function takes one
/// literal that stands at the scanner into `out`, or fails the scanner.
namespace hiisi::core::ron {

/// Whether a number begins here, `inf` and `NaN` with a sign included.
[[nodiscard]] bool looking_at_number(const scanner& in) noexcept;
/// An integer or a float, with sign, base, underscores and suffix.
[[nodiscard]] bool read_number(scanner& in, value& out);

/// Whether a string, byte string, char or byte begins here.
[[nodiscard]] bool looking_at_text(const scanner& in) noexcept;
/// `"..."`, `r#"..."#`, `b"..."`, `br#"..."#`, `'c'`, or `b'c'`, which is the
/// integer that the byte is.
[[nodiscard]] bool read_text(scanner& in, value& out);

} // namespace hiisi::core::ron
