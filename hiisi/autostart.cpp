#include "hiisi/autostart.hpp"

#include "hiisi/detach.hpp"
#include "hiisi/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <poll.h>
#include <sys/stat.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool is_program(const std::string& path) {
  struct stat is {};
  return ::stat(path.c_str(), &is) == 0 && S_ISREG(is.st_mode)
         && ::access(path.c_str(), X_OK) == 0;
}

/// Makes the directory and those above it, for the user alone.
result<void> make_private_directories(const std::string& path) {
  for (size_t i = 1; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != '/')
      continue;
    std::string part = path.substr(0, i);
    // What is there may be of any mode, and on a read-only file system.
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST
        && ::access(part.c_str(), F_OK) != 0)
      return make_error(errc::unavailable,
                        "cannot make " + printable(part) + ": "
                            + std::strerror(errno),
                        "your own hiidet keeps its state there; "
                        "XDG_STATE_HOME names another place");
  }
  return {};
}

/// The last line of the daemon's log, from byte `from` on.
std::string last_line(const std::string& path, std::streamoff from) {
  std::ifstream file{path, std::ios::binary};
  file.seekg(from);
  std::string line;
  std::string last;
  while (std::getline(file, line))
    if (!line.empty())
      last = line;
  // Daemons that log to the journal put a priority before each line.
  if (last.size() > 3 && last[0] == '<' && last[2] == '>')
    last.erase(0, 3);
  return printable(last);
}

std::streamoff size_of(const std::string& path) {
  struct stat is {};
  return ::stat(path.c_str(), &is) == 0 ? is.st_size : 0;
}

/// Waits a moment, less if the process ends in it. True if it has ended.
bool wait_for_end(const descriptor& process, milliseconds how_long) {
  if (!process) {
    ::poll(nullptr, 0, static_cast<int>(how_long.count()));
    return false;
  }
  pollfd wait{process.get(), POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(how_long.count())) > 0;
}

} // namespace

std::vector<std::string> daemon_directories(const environment& env,
                                            const std::string& own) {
  std::vector<std::string> directories;
  auto add = [&](std::string directory) {
    // A relative part of PATH would start whatever lies where one stands.
    if (directory.starts_with('/')
        && std::ranges::find(directories, directory) == directories.end())
      directories.push_back(std::move(directory));
  };
  if (!own.empty()) {
    add(own);
    add((std::filesystem::path{own}.parent_path() / "sbin").string());
  }
  std::string path = env.get("PATH") + ":/usr/local/sbin:/usr/sbin";
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = std::min(path.find(':', begin), path.size());
    add(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return directories;
}

std::string own_directory() {
  std::error_code failed;
  auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::string{} : self.parent_path().string();
}

result<std::string> find_daemon(const std::vector<std::string>& directories) {
  std::string searched;
  for (const std::string& directory : directories) {
    std::string program = directory + "/hiidet";
    if (is_program(program))
      return program;
    searched += (searched.empty() ? "" : ", ") + directory;
  }
  return make_error(errc::unavailable,
                    "no daemon is running, and there is no program hiidet to "
                    "start one",
                    "looked in " + printable(searched));
}

result<client> start_daemon(const autostart_settings& settings) {
  if (auto made = make_private_directories(settings.state_directory); !made)
    return made.failure();
  std::string log = settings.state_directory + "/hiidet.log";
  std::streamoff before = size_of(log);
  auto started = start_detached(settings.program, settings.env, log);
  if (!started)
    return started.failure();
  auto until = steady_clock::now() + settings.deadline;
  bool ended = false;
  while (true) {
    auto connection = connect_to(settings.socket, milliseconds{1000});
    if (connection.socket)
      return client{std::move(connection.socket)};
    if (steady_clock::now() >= until)
      break;
    if (ended)
      ::poll(nullptr, 0, 10);
    else if ((ended = wait_for_end(started->process, milliseconds{10})))
      // Another's daemon may be about to listen: its lock ended ours.
      until = std::min(until, steady_clock::now() + milliseconds{1000});
  }
  std::string said = last_line(log, before);
  std::string message
      = "started " + printable(settings.program)
        + (ended ? ", but it ended at once"
                 : ", but it does not listen on " + printable(settings.socket));
  if (!said.empty())
    message += ": " + said;
  return make_error(errc::unavailable, std::move(message),
                    "its messages are in " + printable(log));
}

} // namespace hiisi::cli
