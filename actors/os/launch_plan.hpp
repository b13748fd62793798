#pragma once

#include "actors/core/process_record.hpp"
#include "actors/os/launch_block.hpp"
#include "actors/os/user_db.hpp"

namespace hiisi::os {

/// Everything the keeper's child needs to become `spec`, run by `owner`: the
/// owner's ids and groups as the user database has them now, and where the
/// output goes. An owner whose home directory is not an absolute path gets
/// log paths that cannot be opened, and so a start that fails with a reason.
[[nodiscard]] launch_spec plan_launch(const core::process_spec& spec,
                                      const identity& owner);

} // namespace hiisi::os
