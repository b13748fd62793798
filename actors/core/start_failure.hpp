#pragma once

#include "actors/core/process_record.hpp"
#include "protocol/keeper_wire.hpp"

#include <string>
#include <string_view>

namespace hiisi::core {

/// Puts the stage and the errno of a failed start into words, such as
/// "could not start: chdir /home/a/x: Permission denied". `home` is the
/// owner's home directory, where the logs lie.
[[nodiscard]] std::string describe_start_failure(keeper_wire::stage at,
                                                 int error,
                                                 const process_spec& spec,
                                                 std::string_view home);

/// The same for a start that the keeper refused outright.
[[nodiscard]] std::string describe_refusal(int error);

} // namespace hiisi::core
