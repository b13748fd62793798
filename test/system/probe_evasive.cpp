#include "probe_evasive.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void say_ready() {
  (void)!::write(STDOUT_FILENO, "ready\n", 6);
}

[[noreturn]] void stay() {
  for (;;)
    ::pause();
}

void doze(long milliseconds) {
  const timespec wait{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
  ::nanosleep(&wait, nullptr);
}

void ignore_all() {
  for (int signal = 1; signal < NSIG; ++signal)
    std::signal(signal, SIG_IGN);
}

/// The first process ends at once; a grandchild stays.
void fork_twice(bool new_session) {
  if (::fork() != 0)
    ::_exit(0);
  if (new_session)
    ::setsid();
  if (::fork() != 0)
    ::_exit(0);
}

/// Each generation lives for a moment and leaves another one.
[[noreturn]] void go_on_as_children(long milliseconds) {
  for (;;) {
    doze(milliseconds);
    if (::fork() != 0)
      ::_exit(0);
  }
}

/// A signal is answered by a child that goes on in its parent's place.
void leave_child(int) {
  if (::fork() != 0)
    ::_exit(0);
}

/// Two that each start the other anew.
[[noreturn]] void watch_over_each_other() {
  for (;;) {
    const auto child = ::fork();
    if (child == 0) {
      const auto parent = ::getppid();
      while (::getppid() == parent)
        doze(1);
      continue; // The parent is gone: this one takes its place.
    }
    ::waitpid(child, nullptr, 0);
  }
}

/// The parent cannot be interrupted until its child ends or executes.
[[noreturn]] void wait_in_vfork() {
  const auto child = ::syscall(SYS_vfork);
  if (child == 0)
    for (;;)
      ::syscall(SYS_pause);
  ::_exit(0);
}

/// A child traces its parent, which stands still.
[[noreturn]] void be_traced() {
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  const auto parent = ::getpid();
  if (::fork() == 0) {
    ignore_all();
    if (::ptrace(PTRACE_ATTACH, parent, nullptr, nullptr) == 0)
      ::waitpid(parent, nullptr, __WALL);
    stay();
  }
  stay();
}

/// A daemon whose environment says nothing any more.
[[noreturn]] void become_nobodys(char** argv) {
  if (std::getenv("HIISI_RUN") != nullptr) {
    fork_twice(true);
    char* nothing[] = {nullptr};
    ::execve("/proc/self/exe", argv, nothing);
    ::_exit(1);
  }
  say_ready();
  stay();
}

} // namespace

int evade(int argc, char** argv) {
  const std::string_view kind = argc > 2 ? argv[2] : "";
  if (kind == "double-fork") {
    fork_twice(false);
  } else if (kind == "daemon") {
    fork_twice(true);
  } else if (kind == "sessions") {
    for (int i = 0; i < 3; ++i)
      if (::fork() == 0) {
        ::setsid();
        ignore_all();
        stay();
      }
  } else if (kind == "deaf") {
    ignore_all();
  } else if (kind == "stopped") {
    if (::fork() == 0)
      ::raise(SIGSTOP);
    say_ready();
    ::raise(SIGSTOP);
  } else if (kind == "chain") {
    say_ready();
    go_on_as_children(2);
  } else if (kind == "closed") {
    say_ready();
    ::closefrom(0);
    ignore_all();
  } else if (kind == "renamed") {
    ::prctl(PR_SET_NAME, "kworker/0:1", 0, 0, 0);
    for (int i = 0; i < argc; ++i)
      std::memset(argv[i], 0, std::strlen(argv[i]));
    fork_twice(true);
  } else if (kind == "vfork") {
    say_ready();
    wait_in_vfork();
  } else if (kind == "heir") {
    for (const auto signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      std::signal(signal, leave_child);
  } else if (kind == "pair") {
    ignore_all();
    say_ready();
    watch_over_each_other();
  } else if (kind == "traced") {
    say_ready();
    be_traced();
  } else if (kind == "nobodys") {
    become_nobodys(argv);
  } else if (kind == "setuid") {
    // A file with the set-user-ID bit made it root; now it is that altogether.
    if (::setuid(0) != 0)
      return 1;
    ignore_all();
  } else if (kind != "plain") {
    return 2;
  }
  say_ready();
  stay();
}
