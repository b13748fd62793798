#pragma once

#include "actors/core/ron/scanner.hpp"
#include "actors/core/ron/value.hpp"

namespace hiisi::core::ron {

/// Takes the attributes that may stand before the value of a text, any number
/// of `#![enable(implicit_some, ...)]`, and the white space behind each.
[[nodiscard]] bool read_attributes(scanner& in, extensions& out);

} // namespace hiisi::core::ron
