#pragma once

#include "hiisi/options.hpp"
#include "hiisi/parsed_values.hpp"
#include "protocol/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hiisi::cli {

/// Makes a verb of `port` of the values of its options and of its other words,
/// of which there are as many as verbs_table.hpp says. Errors:
/// `invalid_argument`.
protocol::result<verb> read_port_words(std::string_view name,
                                       const parsed_values& values,
                                       const std::vector<std::string>& words);

} // namespace hiisi::cli
