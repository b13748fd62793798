#pragma once

#include "test/support/system_accounts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hiisi::test {

/// A variable in the environment of all that a test starts, with its place as
/// the value, so that it can be found.
inline constexpr const char* instance_marker = "HIISI_TEST_INSTANCE";

/// Pids of everything that a test with this place has started, or only of
/// what runs the program of that name.
[[nodiscard]] std::vector<int> processes_of(const std::string& place,
                                            const std::string& program = {});

/// Ends them, by SIGTERM and after two seconds by SIGKILL.
void end_processes_of(const std::string& place);

/// The names of the leaves that the keeper has made below the cgroup that is
/// named after its runtime directory: ids of processes.
[[nodiscard]] std::vector<std::string>
cgroups_of(const std::string& runtime_dir);

/// Makes one more, as a keeper leaves it that is killed before it has removed
/// it. False where that keeper has no cgroups.
[[nodiscard]] bool leave_cgroup(const std::string& runtime_dir, uint32_t uid,
                                uint32_t id);

/// Removes the cgroups that a killed keeper has left, which are named after
/// its runtime directory. Only what is empty goes.
void remove_cgroups_of(const std::string& runtime_dir);

/// Removes that user's logs of processes with `word` in their names, and
/// ~/.logs if nothing else is in it.
void remove_logs(const account& who, const std::string& word);

} // namespace hiisi::test
