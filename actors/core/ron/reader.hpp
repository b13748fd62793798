#pragma once

#include "actors/core/ron/value.hpp"
#include "protocol/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace hiisi::core::ron {

struct read_options {
  /// What errors call the text, such as the file's name; may be empty.
  std::string source = {};
  /// Enabled without the text saying so.
  extensions enabled = {};
  /// How many brackets may be open at once. Reading and destroying a value
  /// recurse this deep; the reference reader's bound is 128 too.
  size_t max_depth = 128;
};

/// Reads a text that holds one value, in all of RON 0.8. Takes time linear in
/// the text's length. Unlike the reference reader it refuses a float that is
/// too large for 64 bits, and an integer beyond i64 and u64.
///
/// On failure `errc::invalid_argument` with a message such as
/// "ports.ron:3:14: expected `,` or `)`, found end of text".
[[nodiscard]] protocol::result<value> read(std::string_view text,
                                           const read_options& options = {});

/// "ports.ron:3:14", or "3:14" without a source; nothing for 0:0.
[[nodiscard]] std::string to_string(position at, std::string_view source);

} // namespace hiisi::core::ron
