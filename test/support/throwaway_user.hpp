#pragma once

#include "test/support/temp_dir.hpp"

#include <boost/test/tree/test_unit.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::test {

/// Runs a program, found on PATH, and waits for it; its exit status, or 127
/// where it cannot be started. Its output goes where the test's own goes, or
/// nowhere if `quiet`.
inline int run_program(const std::vector<std::string>& argv,
                       bool quiet = true) {
  std::vector<char*> pointers;
  for (const auto& word : argv)
    pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (quiet) {
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  }
  pid_t pid = 0;
  auto failed = ::posix_spawnp(&pid, pointers.front(), &actions, nullptr,
                               pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return 127;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR)
      return 127;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A precondition for test cases: `*boost::unit_test::precondition(as_root)`.
inline boost::test_tools::assertion_result
as_root(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result answer(::geteuid() == 0);
  answer.message() << "needs root";
  return answer;
}

namespace detail {

/// The tools that change the user database lock it, but wait for one another
/// by whole seconds; tests that run side by side wait here instead.
class database_lock {
public:
  database_lock()
      : file_(::open("/tmp/hxt-users.lock",
                     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    while (file_ >= 0 && ::flock(file_, LOCK_EX) != 0 && errno == EINTR)
      continue;
  }
  ~database_lock() {
    if (file_ >= 0)
      ::close(file_);
  }
  database_lock(const database_lock&) = delete;
  database_lock& operator=(const database_lock&) = delete;

private:
  int file_;
};

inline std::string next_name() {
  static int count = 0;
  return "hxt" + std::to_string(::getpid()) + "_" + std::to_string(count++);
}

/// Whether `name` is of the form that next_name makes, with or without more
/// behind it, by a process that is gone.
inline bool is_left_over(const char* name) {
  int pid = 0;
  int number = 0;
  char rest = 0;
  return std::sscanf(name, "hxt%d_%d%c", &pid, &number, &rest) >= 2 && pid > 0
         && ::kill(pid, 0) != 0 && errno == ESRCH;
}

inline void remove_left_over() {
  std::vector<std::string> users;
  ::setpwent();
  while (const auto* entry = ::getpwent()) {
    if (is_left_over(entry->pw_name))
      users.emplace_back(entry->pw_name);
  }
  ::endpwent();
  for (const auto& user : users)
    run_program({"userdel", user});
  std::vector<std::string> groups;
  ::setgrent();
  while (const auto* entry = ::getgrent()) {
    if (is_left_over(entry->gr_name))
      groups.emplace_back(entry->gr_name);
  }
  ::endgrent();
  for (const auto& group : groups)
    run_program({"groupdel", group});
}

} // namespace detail

/// What is unusual about a throw-away user.
struct oddities {
  /// What its name ends in, which useradd need not think good.
  std::string suffix{};
  /// Where its home is; not made if it is given.
  std::string home{};
  /// Its uid, where it is to be a certain one.
  uint32_t uid = 0;
};

/// A user that exists for one test: no login shell, a group of the same name,
/// a home of its own. Needs root. One whose test died without removing it is
/// removed when the next test makes one.
class throwaway_user {
public:
  /// `groups`: supplementary groups, which exist.
  explicit throwaway_user(const std::vector<std::string>& groups = {},
                          const oddities& odd = {});
  ~throwaway_user();
  throwaway_user(const throwaway_user&) = delete;
  throwaway_user& operator=(const throwaway_user&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] uint32_t uid() const noexcept { return uid_; }
  [[nodiscard]] uint32_t gid() const noexcept { return gid_; }
  [[nodiscard]] const std::string& home() const noexcept { return home_; }

  /// Has it removed from the user database before its time; its home stays.
  void leave();
  /// Has it called otherwise from now on: with `more` behind its name.
  void rename(const std::string& more);

private:
  temp_dir place_;
  std::string name_;
  std::string group_ = name_;
  std::string home_;
  uint32_t uid_ = 0;
  uint32_t gid_ = 0;
};

/// A group that exists for one test. Needs root.
class throwaway_group {
public:
  throwaway_group();
  ~throwaway_group();
  throwaway_group(const throwaway_group&) = delete;
  throwaway_group& operator=(const throwaway_group&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
  std::string name_;
};

inline throwaway_user::throwaway_user(const std::vector<std::string>& groups,
                                      const oddities& odd)
    : name_(detail::next_name() + odd.suffix),
      home_(odd.home.empty() ? place_ / "home" : odd.home) {
  detail::database_lock locked;
  detail::remove_left_over();
  std::vector<std::string> argv{"useradd",
                                "-M",
                                "-U",
                                "-d",
                                home_,
                                "-s",
                                "/usr/sbin/nologin",
                                "-K",
                                "UID_MIN=61000",
                                "-K",
                                "UID_MAX=64999"};
  if (!odd.suffix.empty())
    argv.emplace_back("--badname");
  if (odd.uid != 0) {
    argv.emplace_back("-u");
    argv.push_back(std::to_string(odd.uid));
  }
  std::string joined;
  for (const auto& group : groups)
    joined += (joined.empty() ? "" : ",") + group;
  if (!joined.empty()) {
    argv.emplace_back("-G");
    argv.push_back(joined);
  }
  argv.push_back(name_);
  if (run_program(argv) != 0)
    throw std::runtime_error("useradd " + name_ + " failed");
  const auto* entry = ::getpwnam(name_.c_str());
  if (!entry) {
    run_program({"userdel", name_});
    throw std::runtime_error("useradd made no " + name_);
  }
  uid_ = entry->pw_uid;
  gid_ = entry->pw_gid;
  if (odd.home.empty()
      && (::mkdir(home_.c_str(), 0700) != 0
          || ::chown(home_.c_str(), uid_, gid_) != 0)) {
    run_program({"userdel", name_});
    throw std::runtime_error("no home for " + name_);
  }
}

inline throwaway_user::~throwaway_user() {
  leave();
}

inline void throwaway_user::leave() {
  detail::database_lock locked;
  // It may have processes, which is what some tests are about.
  run_program({"userdel", "--force", name_});
  // Which leaves the group of a renamed one.
  run_program({"groupdel", group_});
}

inline void throwaway_user::rename(const std::string& more) {
  // No usermod, which refuses while a process of the user's runs.
  detail::database_lock locked;
  for (const std::string path : {"/etc/passwd", "/etc/shadow"})
    if (run_program(
            {"sed", "-i", "s/^" + name_ + ":/" + name_ + more + ":/", path})
        != 0)
      throw std::runtime_error("cannot rename " + name_);
  name_ += more;
}

inline throwaway_group::throwaway_group() : name_(detail::next_name()) {
  detail::database_lock locked;
  detail::remove_left_over();
  if (run_program(
          {"groupadd", "-K", "GID_MIN=61000", "-K", "GID_MAX=64999", name_})
      != 0)
    throw std::runtime_error("groupadd " + name_ + " failed");
}

inline throwaway_group::~throwaway_group() {
  detail::database_lock locked;
  run_program({"groupdel", name_});
}

} // namespace hiisi::test
