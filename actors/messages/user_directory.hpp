#pragma once

#include "actors/os/user_db.hpp"
#include "protocol/result.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <optional>
#include <string>

// What the user_directory takes.

namespace hiisi::actors {

/// Who has this uid? Answered by `identified`.
struct identify {
  uint32_t uid = 0;
  caf::actor asker;
};
/// Who has this login name? Answered by `identified`.
struct identify_name {
  std::string name;
  caf::actor asker;
};
/// INTERNAL: to one of those who ask the name services, by uid or name.
struct look_up_user {
  uint64_t number = 0;
  std::optional<uint32_t> uid;
  std::string name;
};
/// INTERNAL: what they said.
struct user_looked_up {
  uint64_t number = 0;
  protocol::result<os::identity> who{os::identity{}};
};
/// INTERNAL: whoever waits for it has waited long enough.
struct lookup_late {
  uint64_t number = 0;
};

} // namespace hiisi::actors
