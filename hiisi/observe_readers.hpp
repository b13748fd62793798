#pragma once

#include "hiisi/options.hpp"
#include "hiisi/parsed_values.hpp"
#include "protocol/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::cli {

/// Makes a verb of events, history, hook and debug, as read_verb_words does;
/// nothing for the name of any other.
std::optional<protocol::result<verb>>
read_observing_verb(std::string_view name, const parsed_values& values,
                    std::vector<std::string>& words);

} // namespace hiisi::cli
