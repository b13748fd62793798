#pragma once

#include "protocol/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hiisi::protocol {

/// A parsed JSON text: what nlohmann's parser reports, kept in a form that is
/// cheap to include (its own headers cost seconds in each file that sees
/// them) and in the order of the text.
struct json_value {
  using array = std::vector<json_value>;
  using object = std::vector<std::pair<std::string, json_value>>;

  /// A whole number is int64_t only where it is negative; what is whole but
  /// fits neither is a double, as nlohmann has it.
  std::variant<std::nullptr_t, bool, uint64_t, int64_t, double, std::string,
               array, object>
      data = nullptr;
};

class json_writer;

/// Writes a parsed value back as JSON, without white space.
void write_json(json_writer& out, const json_value& what);

/// How many values one text may hold. Each takes some 70 bytes of memory but
/// only two of the frame ("1,"), so that without a bound a frame of 16 MiB
/// would cost hundreds of megabytes. The longest status needs half of it.
inline constexpr size_t max_json_values = 1'000'000;

/// Reads `text` as JSON. Errors, all `bad_request`: empty, not UTF-8, not JSON
/// (each with its place in bytes, counted from 1), nested deeper than
/// max_json_depth, more than max_json_values values.
result<json_value> parse_json(std::string_view text);

} // namespace hiisi::protocol
