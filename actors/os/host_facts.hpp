#pragma once

#include "actors/core/metrics_reading.hpp"
#include "actors/os/proc_files.hpp"

#include <optional>
#include <string>

namespace hiisi::os {

/// What the host does just now: three files of /proc, each read once.
[[nodiscard]] core::host_reading read_host(proc_files& proc);

/// What this process itself uses.
[[nodiscard]] core::self_reading read_self(proc_files& proc);

/// How full the file system is that holds `path`; nothing where we may not
/// look there.
[[nodiscard]] std::optional<core::volume_reading>
read_volume(std::string name, const std::string& path);

/// The size of a file, without opening it or following a link.
[[nodiscard]] std::optional<uint64_t> size_of_file(const std::string& path);

} // namespace hiisi::os
