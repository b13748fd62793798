#pragma once

#include "actors/os/file.hpp"
#include "protocol/result.hpp"

#include <string>

#include <sys/types.h>

namespace hiisi::os {

/// Gives a directory of root's, and the directories, files and sockets in it
/// that are root's too, to `owner`; the directory gets the permissions `mode`.
/// Follows no symbolic link, and passes over a file with a second name, which
/// may lie anywhere. Needs root. Errors: `storage_failed`.
protocol::result<void> hand_over(const std::string& path, mode_t mode,
                                 directory_owner owner);

} // namespace hiisi::os
