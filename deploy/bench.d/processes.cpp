#include "deploy/bench.d/processes.hpp"

#include "deploy/bench.d/measure.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::bench {

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The number after `key` in one of /proc's files of keys and values.
std::optional<int64_t> value_of(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key))
      return std::stoll(line.substr(key.size()));
  return std::nullopt;
}

/// User and system time: the 14th and 15th field, counted from behind the
/// program's name, which may hold anything.
int64_t ticks_of(const fs::path& stat) {
  auto text = text_of(stat);
  auto name_end = text.rfind(')');
  if (name_end == std::string::npos)
    return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i)
    fields >> skipped;
  int64_t user = 0, system = 0;
  fields >> user >> system;
  return user + system;
}

} // namespace

pid_t spawn(const std::vector<std::string>& argv,
            const std::string& error_file) {
  std::vector<char*> words;
  for (const auto& word : argv)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  if (!error_file.empty())
    ::posix_spawn_file_actions_addopen(&actions, 2, error_file.c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0644);
  pid_t pid = 0;
  auto failed
      = ::posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    give_up(argv[0] + ": " + std::strerror(failed));
  return pid;
}

void reap(pid_t pid, int milliseconds) {
  auto deadline = now() + milliseconds * 1'000'000LL;
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (now() > deadline)
      ::kill(pid, SIGKILL);
    sleep_for(std::chrono::milliseconds{2});
  }
}

double time_of(const std::vector<std::string>& argv) {
  auto begin = now();
  auto pid = spawn(argv);
  int status = 0;
  ::waitpid(pid, &status, 0);
  auto took = static_cast<double>(now() - begin) / 1e6;
  if (status != 0)
    give_up(argv[0] + " ended with wait status " + std::to_string(status));
  return took;
}

std::vector<pid_t> find_processes(const std::string& name,
                                  const std::string& part) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    auto text = entry.path().filename().string();
    pid_t pid = 0;
    auto [end, error]
        = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc{} || end != text.data() + text.size())
      continue;
    auto command = text_of(entry.path() / "cmdline");
    auto program = command.substr(0, command.find('\0'));
    if (fs::path(program).filename() == name
        && command.find(part) != std::string::npos)
      found.push_back(pid);
  }
  return found;
}

usage usage_of(const std::vector<pid_t>& pids) {
  usage sum;
  for (auto pid : pids) {
    auto process = fs::path("/proc") / std::to_string(pid);
    auto kib = value_of(process / "smaps_rollup", "Pss:");
    if (!kib) {
      kib = value_of(process / "status", "VmRSS:");
      sum.resident_instead = true;
    }
    sum.pss_mib += static_cast<double>(kib.value_or(0)) / 1024;
    sum.ticks += ticks_of(process / "stat");
    std::error_code gone;
    for (const auto& task : fs::directory_iterator(process / "task", gone))
      sum.wake_ups
          += value_of(task.path() / "status", "voluntary_ctxt_switches:")
                 .value_or(0);
  }
  return sum;
}

} // namespace hiisi::bench
