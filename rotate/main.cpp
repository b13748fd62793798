// hiisi-rotate: looks at the logs of one user, as that user, and rotates those
// that have grown enough. The daemon has the keeper start it every 10 s while
// logs grow; by hand it does no harm. It may be killed at any moment: the next
// run finishes what it was at.

#include "rotate/arguments.hpp"
#include "rotate/rotation.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace hiisi;

constexpr int done = 0;
constexpr int failed = 1;
constexpr int wrong_usage = 2;

/// Descriptor 3, which the daemon may have had the keeper pass on.
constexpr int report_fd = 3;

/// What goes wrong is told at each run, and has to end somewhere.
constexpr off_t longest_told = 64 * 1024;

void complain(const protocol::error& what) {
  std::cerr << "hiisi-rotate: " << what.message
            << (what.hint.empty() ? "" : " (" + what.hint + ")") << std::endl;
}

void bound_what_is_told() {
  struct stat is {};
  if (::fstat(STDERR_FILENO, &is) == 0 && S_ISREG(is.st_mode)
      && is.st_size > longest_told)
    std::ignore = ::ftruncate(STDERR_FILENO, 0);
}

void tell(const core::rotation_report& report) {
  // By hand, 3 may be anything.
  const auto* meant = std::getenv("LISTEN_PID");
  if (meant == nullptr || std::atoi(meant) != ::getpid())
    return;
  const auto text = core::write_report(report);
  std::ignore = ::pwrite(report_fd, text.data(), text.size(), 0);
}

/// Without a word to tell, nothing stays of the file for it.
void leave_no_empty_file(const logs::directory& where) {
  struct stat is {};
  struct stat at_path {};
  const auto* name = rotate::told_in;
  if (::fstat(STDERR_FILENO, &is) == 0 && is.st_size == 0
      && ::fstatat(where.fd(), name, &at_path, AT_SYMLINK_NOFOLLOW) == 0
      && at_path.st_ino == is.st_ino && at_path.st_dev == is.st_dev)
    ::unlinkat(where.fd(), name, 0);
}

} // namespace

int main(int argc, char** argv) {
  const auto what
      = rotate::read_arguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!what) {
    complain(what.failure());
    return wrong_usage;
  }
  bound_what_is_told();
  core::rotation_report report;
  auto where = logs::directory::open(what->directory);
  if (!where) {
    complain(where.failure());
    return failed;
  }
  if (auto locked = where->lock(); !locked) {
    complain(locked.failure());
    return failed;
  }
  where->list();
  for (const auto& one : what->logs)
    if (auto rotated = rotate::rotate_log(*where, one.name, one.limits, report);
        !rotated) {
      complain(rotated.failure());
      ++report.failures;
    }
  tell(report);
  leave_no_empty_file(*where);
  return report.failures == 0 ? done : failed;
}
