#pragma once

#include "protocol/limited_resource.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <map>
#include <string_view>

namespace hiisi::cli {

/// Reads the words behind `--limit`, such as "nofile=1024,memory=64MiB", into
/// `out`; what is named again counts as it is named last. Sizes may end in KiB,
/// MiB, GiB or TiB, or in K, M, G or T for the same. Errors:
/// `invalid_argument`, saying which word is wrong and what may stand there.
protocol::result<void>
read_limit_words(std::string_view words,
                 std::map<protocol::limited_resource, uint64_t>& out);

} // namespace hiisi::cli
