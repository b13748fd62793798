#pragma once

#include "hiisi/options.hpp"
#include "hiisi/parsed_values.hpp"
#include "protocol/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hiisi::cli {

/// The options that every verb takes. Errors: `invalid_argument`.
protocol::result<global_options> read_globals(const parsed_values& values);

/// Makes a verb of the values of its options and of its other words, of which
/// there are as many as verbs_table.hpp says it takes; `name` is its name
/// there. For `run` they are the command. Errors: `invalid_argument` for a
/// value that is out of range or cannot be read.
protocol::result<verb> read_verb_words(std::string_view name,
                                       const parsed_values& values,
                                       std::vector<std::string> words);

} // namespace hiisi::cli
