#pragma once

#include "actors/core/process_machine.hpp"
#include "protocol/keeper_wire.hpp"
#include "protocol/response.hpp"

#include <optional>
#include <string>

// What the keeper says of a child, in the words of the process_machine.

namespace hiisi::os {

/// Who the child is. Its cgroup is its leaf below `leaves`, which is empty
/// where that is not known, and null where there are none.
[[nodiscard]] core::child_facts facts_of(const keeper_wire::message& slot,
                                         const std::string* leaves);

/// How its first process ended, in a slot that tells of an end. Below `leaves`,
/// or null, its leaf is until that end has been acknowledged: it tells whether
/// a SIGKILL was the kernel's, for want of memory.
[[nodiscard]] core::child_end end_of(const keeper_wire::message& slot,
                                     const std::string* leaves);

/// What the first process used; nothing before its end, and where nobody saw
/// that. The keeper says it with that end, and again with the end of the tree.
[[nodiscard]] std::optional<protocol::resource_use>
use_of(const keeper_wire::message& slot);

/// The slot of a keeper that held what this record tells of.
[[nodiscard]] keeper_wire::message slot_of(const core::live_record& live);

} // namespace hiisi::os
