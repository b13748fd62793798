#include "test/support/system_leftovers.hpp"

#include "test/support/system_launch.hpp"
#include "test/support/wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <tuple>

#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::test {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed))
    names.push_back(entry.path().filename().string());
  return names;
}

/// Where a keeper with that runtime directory may have its cgroups.
std::vector<fs::path> cgroup_tops(const std::string& runtime_dir) {
  struct stat is {};
  if (::stat(runtime_dir.c_str(), &is) != 0)
    return {};
  const auto name
      = "hiisi-" + std::to_string(is.st_dev) + "-" + std::to_string(is.st_ino);
  return {fs::path("/sys/fs/cgroup") / name,
          fs::path("/sys/fs/cgroup/unified") / name};
}

} // namespace

std::vector<int> processes_of(const std::string& place,
                              const std::string& program) {
  std::vector<int> found;
  const auto mark = std::string(instance_marker) + "=" + place + '\0';
  for (const auto& name : names_in("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    const auto pid = std::atoi(name.c_str());
    if (pid == ::getpid())
      continue;
    const auto words = text_of("/proc/" + name + "/cmdline");
    if (!program.empty()
        && !words.substr(0, words.find('\0')).ends_with("/" + program))
      continue;
    // A keeper hides its environment from its own user.
    if (words.find(place + "/") != std::string::npos
        || text_of("/proc/" + name + "/environ").find(mark)
               != std::string::npos)
      found.push_back(pid);
  }
  return found;
}

void end_processes_of(const std::string& place) {
  auto signal = SIGTERM;
  const auto begun = std::chrono::steady_clock::now();
  const auto gone = wait_until(
      [&] {
        const auto found = processes_of(place);
        for (const auto pid : found)
          send_signal(pid, signal);
        if (std::chrono::steady_clock::now() - begun > std::chrono::seconds(2))
          signal = SIGKILL;
        // To look at all of /proc is dear; to look at a few of it is not.
        std::ignore
            = wait_until([&] { return std::ranges::none_of(found, lives); },
                         std::chrono::milliseconds(500));
        return found.empty();
      },
      patience);
  if (!gone)
    BOOST_TEST_MESSAGE("processes of " << place << " would not end");
}

std::vector<std::string> cgroups_of(const std::string& runtime_dir) {
  std::vector<std::string> leaves;
  for (const auto& top : cgroup_tops(runtime_dir))
    for (const auto& user : names_in(top))
      for (const auto& leaf : names_in(top / user))
        if (fs::is_directory(top / user / leaf))
          leaves.push_back(leaf);
  return leaves;
}

bool leave_cgroup(const std::string& runtime_dir, uint32_t uid, uint32_t id) {
  std::error_code failed;
  for (const auto& top : cgroup_tops(runtime_dir))
    if (fs::exists(top, failed))
      return fs::create_directories(
          top / std::to_string(uid) / std::to_string(id), failed);
  return false;
}

void remove_cgroups_of(const std::string& runtime_dir) {
  for (const auto& top : cgroup_tops(runtime_dir)) {
    std::error_code failed;
    std::vector<fs::path> directories{top};
    for (const auto& entry : fs::recursive_directory_iterator(top, failed))
      if (entry.is_directory(failed))
        directories.push_back(entry.path());
    // What lies in a directory comes after it.
    for (auto i = directories.rbegin(); i != directories.rend(); ++i)
      ::rmdir(i->c_str());
  }
}

void remove_logs(const account& who, const std::string& word) {
  const auto directory = who.home + "/.logs";
  std::error_code ignored;
  for (const auto& name : names_in(directory))
    if (name.find(word) != std::string::npos)
      fs::remove(directory + "/" + name, ignored);
  // Fails, as it is to, where anything else is in it.
  fs::remove(directory, ignored);
}

} // namespace hiisi::test
