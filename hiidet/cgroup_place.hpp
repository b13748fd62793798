#pragma once

#include <string>

namespace hiisi::hiidet {

/// The directory of cgroup v2 that is to hold the cgroups of services: `name`
/// inside our own cgroup where systemd has delegated that; else, for root,
/// under the mount's root; else, for a user, in our own cgroup where it is
/// writable. Empty where there is none to be had. It need not exist yet.
[[nodiscard]] std::string cgroup_directory(const std::string& name);

/// The name for a private instance's cgroups: made from its runtime directory,
/// so that it stays the same over restarts and no two instances share it.
[[nodiscard]] std::string cgroup_name(const std::string& runtime_dir,
                                      bool usual_place);

/// Makes that directory, and has it and the one above it hand down the
/// controllers by which the keeper's cgroups are limited: as far as the host
/// has them, and where none but cgroups is in the one above. Nothing is done
/// for an empty name.
void prepare_cgroup(const std::string& directory);

} // namespace hiisi::hiidet
