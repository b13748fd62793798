#pragma once

#include "actors/core/ron/value.hpp"

namespace hiisi::protocol {
class json_writer;
}

namespace hiisi::core::ron {

/// Writes a value as JSON: structs and maps as objects, lists and tuples as
/// arrays, `None` as null and `Some(x)` as x, a unit's name as a text.
void write_json(protocol::json_writer& out, const value& what);

} // namespace hiisi::core::ron
