#include "test/support/system_accounts.hpp"

#include "test/support/throwaway_user.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace hiisi::test {

namespace {

account find_account(uint32_t uid) {
  const auto* entry = ::getpwuid(uid);
  if (!entry)
    throw std::runtime_error("no user " + std::to_string(uid));
  account found{
      entry->pw_name, entry->pw_dir, entry->pw_uid, entry->pw_gid, {}};
  int count = 256;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  if (::getgrouplist(found.name.c_str(), found.gid, groups.data(), &count) < 0)
    throw std::runtime_error("groups of " + found.name);
  groups.resize(static_cast<size_t>(count));
  std::sort(groups.begin(), groups.end());
  found.groups.assign(groups.begin(), groups.end());
  return found;
}

/// A throw-away user, with what it needs, for the rest of the program.
class lasting_user {
public:
  explicit lasting_user(bool with_group) {
    std::vector<std::string> groups;
    if (with_group) {
      group_.emplace();
      groups.push_back(group_->name());
    }
    user_.emplace(groups);
    found_ = find_account(user_->uid());
  }
  [[nodiscard]] const account& get() const { return found_; }

private:
  std::optional<throwaway_group> group_;
  std::optional<throwaway_user> user_;
  account found_;
};

} // namespace

system_mode mode_of_test() {
  const auto* value = std::getenv("HIISI_TEST_MODE");
  const std::string word = value ? value : (::geteuid() == 0 ? "root" : "user");
  if (word == "user")
    return system_mode::user;
  if (::geteuid() != 0)
    throw std::runtime_error("HIISI_TEST_MODE=" + word + " needs root");
  if (word == "root")
    return system_mode::root;
  if (word == "dropped")
    return system_mode::dropped;
  throw std::runtime_error("HIISI_TEST_MODE is root, dropped or user, not "
                           + word);
}

const account& self() {
  static const account found = find_account(::geteuid());
  return found;
}

const account& alice() {
  if (::geteuid() != 0)
    return self();
  static const lasting_user made(true);
  return made.get();
}

const account& bob() {
  static const lasting_user made(false);
  return made.get();
}

const account& daemon_account() {
  static const lasting_user made(false);
  return made.get();
}

bool become(const account& who) {
  if (who.uid == ::geteuid())
    return true;
  const std::vector<gid_t> groups(who.groups.begin(), who.groups.end());
  return ::setgroups(groups.size(), groups.data()) == 0
         && ::setresgid(who.gid, who.gid, who.gid) == 0
         && ::setresuid(who.uid, who.uid, who.uid) == 0;
}

} // namespace hiisi::test
