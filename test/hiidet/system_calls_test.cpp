#include "hiidet/system_calls.hpp"
#include "test/support/in_child.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hiisi;

namespace {

constexpr int no_filter = 100;

/// The errno with which a call fails behind the filter; 0 where it succeeds.
int errno_of(const std::function<long()>& call) {
  return test::in_child([&] {
    if (!hiidet::restrict_system_calls().ok())
      return no_filter;
    errno = 0;
    return call() >= 0 ? 0 : errno;
  });
}

std::string status_line(std::string_view key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key))
      return line.substr(line.find_last_of(" \t") + 1);
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(system_calls)

BOOST_AUTO_TEST_CASE(nothing_is_executed_and_no_process_made) {
  char program[] = "/bin/true";
  char* words[] = {program, nullptr};
  char* none[] = {nullptr};
  BOOST_TEST(errno_of([&] { return ::execve(program, words, none); }) == EPERM);
  BOOST_TEST(errno_of([&] {
               return ::syscall(SYS_execveat, AT_FDCWD, program, words, none,
                                0);
             })
             == EPERM);
  BOOST_TEST(errno_of([] { return ::fork(); }) == EPERM);
  BOOST_TEST(errno_of([] { return ::syscall(SYS_fork); }) == EPERM);
  BOOST_TEST(errno_of([] { return ::syscall(SYS_vfork); }) == EPERM);
  BOOST_TEST(errno_of([] { return ::syscall(SYS_clone3, nullptr, 0); })
             == ENOSYS);
  BOOST_TEST(errno_of([] { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); })
             == EPERM);
}

BOOST_AUTO_TEST_CASE(a_thread_may_give_way_and_not_push_ahead) {
  const auto policy = [](int which, int priority) {
    return errno_of([=] {
      const sched_param how{priority};
      return ::sched_setscheduler(0, which, &how);
    });
  };
  BOOST_TEST(policy(SCHED_BATCH, 0) == 0);
  BOOST_TEST(policy(SCHED_FIFO, 1) == EPERM);
  BOOST_TEST(policy(SCHED_OTHER, 0) == EPERM);
}

BOOST_AUTO_TEST_CASE(nobody_is_become_and_nobody_looked_into) {
  BOOST_TEST(errno_of([] { return ::setuid(::getuid()); }) == EPERM);
  BOOST_TEST(errno_of([] { return ::setresgid(1, 1, 1); }) == EPERM);
  BOOST_TEST(errno_of([] { return ::ptrace(PTRACE_TRACEME); }) == EPERM);
  BOOST_TEST(errno_of([] {
               return ::syscall(SYS_process_vm_readv, ::getppid(), 0, 0, 0, 0,
                                0);
             })
             == EPERM);
  BOOST_TEST(errno_of([] { return ::kill(::getppid(), 0); }) == EPERM);
  BOOST_TEST(errno_of([] {
               return ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0);
             })
             == EPERM);
  BOOST_TEST(errno_of([] { return ::unshare(CLONE_NEWUSER); }) == EPERM);
  BOOST_TEST(errno_of([] {
               const rlimit none{0, 0};
               return ::prlimit(::getppid(), RLIMIT_CORE, &none, nullptr);
             })
             == EPERM);
}

BOOST_AUTO_TEST_CASE(what_a_daemon_does_goes_on) {
  const test::temp_dir place;
  const auto status = test::in_child([&] {
    if (!hiidet::restrict_system_calls().ok())
      return no_filter;
    int seen = 0;
    std::thread([&] { seen = 1; }).join();
    rlimit files{};
    if (seen != 1 || ::getrlimit(RLIMIT_NOFILE, &files) != 0)
      return 1;
    std::ofstream(place / "file") << "text" << std::flush;
    std::string text;
    std::ifstream(place / "file") >> text;
    return text == "text" ? 0 : 2;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(threads_to_come_are_held_to_it_without_a_way_back) {
  const auto status = test::in_child([] {
    if (!hiidet::restrict_system_calls().ok())
      return no_filter;
    if (status_line("Seccomp:") != "2" || status_line("NoNewPrivs:") != "1")
      return 1;
    int refused = 0;
    std::thread([&] {
      refused = ::syscall(SYS_fork) < 0 && errno == EPERM ? 1 : 0;
    }).join();
    return refused == 1 ? 0 : 2;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
