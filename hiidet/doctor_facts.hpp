#pragma once

#include "actors/core/doctor.hpp"
#include "actors/os/directories.hpp"

#include <string>

namespace hiisi::hiidet {

/// The file that the configuration in force was read from.
struct configuration_source {
  std::string path;
  bool required = false;
};

/// Looks at everything that the daemon can see of its host and itself, as it is
/// now. It reads some twenty small files and asks for all sockets, so it is for
/// a thread that may wait.
[[nodiscard]] core::doctor_facts
collect_facts(const os::places& where, const configuration_source& source,
              core::keeper_facts keeper);

} // namespace hiisi::hiidet
