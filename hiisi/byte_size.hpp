#pragma once

#include "protocol/result.hpp"

#include <cstdint>
#include <string_view>

namespace hiisi::cli {

/// Reads a number of bytes: "4096", "64KiB", "10MiB", "1GiB", or with K, M, G
/// or T alone, which mean the same. Errors: `invalid_argument`, naming
/// `option`.
protocol::result<uint64_t> parse_bytes(std::string_view option,
                                       std::string_view word);

} // namespace hiisi::cli
