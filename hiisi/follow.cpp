#include "hiisi/follow.hpp"

#include "hiisi/call_errors.hpp"
#include "hiisi/text.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <vector>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

using protocol::result;

class follower {
public:
  follower(std::span<log_tail> logs, log_output& out)
      : logs_(logs), out_(out), watches_(logs.size(), -1) {}

  result<void> run() {
    events_ = descriptor{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (!events_)
      return failed("inotify", errno);
    for (const log_tail& log : logs_)
      if (auto watched = watch_directory(log.path()); !watched)
        return watched.failure();
    for (size_t i = 0; i < logs_.size(); ++i)
      if (auto watched = watch_file(i); !watched)
        return watched.failure();
    while (true) {
      // Watches stand before the first look, so nothing falls in between.
      if (auto read = catch_up(); !read)
        return read.failure();
      std::array<pollfd, 2> wait
          = {pollfd{events_.get(), POLLIN, 0}, pollfd{out_.fd(), 0, 0}};
      if (::poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR)
        return failed("poll", errno);
      if ((wait[1].revents & (POLLERR | POLLHUP)) != 0)
        return {};
      drain();
    }
  }

private:
  result<void> watch_directory(const std::string& path) {
    std::string directory = std::filesystem::path{path}.parent_path().string();
    if (::inotify_add_watch(events_.get(), directory.c_str(),
                            IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)
        < 0)
      return failed("cannot watch " + printable(directory), errno);
    return {};
  }

  /// Watches the file that is open, whatever its path names by now.
  result<void> watch_file(size_t i) {
    if (watches_[i] >= 0)
      ::inotify_rm_watch(events_.get(), watches_[i]);
    watches_[i] = -1;
    if (logs_[i].fd() < 0)
      return {};
    std::string file = "/proc/self/fd/" + std::to_string(logs_[i].fd());
    watches_[i] = ::inotify_add_watch(events_.get(), file.c_str(), IN_MODIFY);
    if (watches_[i] < 0)
      return failed("cannot watch " + printable(logs_[i].path()), errno);
    return {};
  }

  result<void> catch_up() {
    for (size_t i = 0; i < logs_.size(); ++i) {
      log_tail& log = logs_[i];
      auto sink
          = [&](std::string_view bytes) { return out_.write(log, bytes); };
      do {
        if (!log.read_on(sink))
          return failed("cannot write", out_.error());
        if (!log.open_current())
          break;
        if (auto watched = watch_file(i); !watched)
          return watched.failure();
      } while (true);
    }
    return {};
  }

  /// What the events say is found out by looking; that they came is enough.
  void drain() {
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    while (::read(events_.get(), buffer.data(), buffer.size()) > 0) {
    }
  }

  std::span<log_tail> logs_;
  log_output& out_;
  std::vector<int> watches_;
  descriptor events_;
};

} // namespace

result<void> follow_logs(std::span<log_tail> logs, log_output& out) {
  return follower{logs, out}.run();
}

} // namespace hiisi::cli
