#include "actors/os/user_db.hpp"

#include "actors/os/sys_error.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::make_error;
using protocol::result;

namespace {

constexpr size_t first_buffer = 4096;
/// A group of a hundred thousand members is a few megabytes.
constexpr size_t largest_buffer = size_t{64} * 1024 * 1024;
/// The kernel's NGROUPS_MAX.
constexpr size_t most_groups = 65536;

/// Calls one of the getXXXX_r functions with a buffer that grows as it asks
/// for; its error, or 0.
int with_buffer(std::vector<char>& buffer,
                const std::function<int(char*, size_t)>& lookup) {
  buffer.resize(first_buffer);
  for (;;) {
    auto failed = lookup(buffer.data(), buffer.size());
    if (failed == EINTR)
      continue;
    if (failed != ERANGE || buffer.size() >= largest_buffer)
      return failed;
    buffer.resize(buffer.size() * 2);
  }
}

/// Whether an error of getpwnam_r means "no such entry"; getpwnam(3) lists
/// these.
bool means_absent(int failed) noexcept {
  return failed == 0 || failed == ENOENT || failed == ESRCH || failed == EBADF
         || failed == EPERM;
}

std::vector<uint32_t> groups_of(const char* name, gid_t primary) {
  std::vector<gid_t> found(64);
  for (;;) {
    auto count = static_cast<int>(found.size());
    if (::getgrouplist(name, primary, found.data(), &count) >= 0) {
      found.resize(static_cast<size_t>(count));
      break;
    }
    // `count` now says how many there are, unless another came in between.
    auto wanted = std::max(static_cast<size_t>(count), found.size() * 2);
    if (found.size() >= most_groups)
      break;
    found.resize(std::min(wanted, most_groups));
  }
  std::vector<uint32_t> groups{primary};
  for (auto gid : found) {
    if (std::find(groups.begin(), groups.end(), gid) == groups.end())
      groups.push_back(gid);
  }
  return groups;
}

std::optional<gid_t> gid_of(const std::string& group) {
  std::vector<char> buffer;
  ::group entry{};
  ::group* found = nullptr;
  auto failed = with_buffer(buffer, [&](char* room, size_t size) {
    return ::getgrnam_r(group.c_str(), &entry, room, size, &found);
  });
  if (failed != 0 || !found)
    return std::nullopt;
  return found->gr_gid;
}

identity identity_of(const passwd& entry, std::string_view admin_group) {
  identity who;
  who.uid = entry.pw_uid;
  who.gid = entry.pw_gid;
  who.name = entry.pw_name;
  who.home = entry.pw_dir ? entry.pw_dir : "";
  who.shell = entry.pw_shell ? entry.pw_shell : "";
  who.groups = groups_of(entry.pw_name, entry.pw_gid);
  who.administrator = who.uid == 0;
  if (!who.administrator && !admin_group.empty()) {
    auto admins = gid_of(std::string(admin_group));
    who.administrator
        = admins
          && std::find(who.groups.begin(), who.groups.end(), *admins)
                 != who.groups.end();
  }
  return who;
}

} // namespace

result<identity> find_user(uint32_t uid, std::string_view admin_group) {
  std::vector<char> buffer;
  passwd entry{};
  passwd* found = nullptr;
  auto failed = with_buffer(buffer, [&](char* room, size_t size) {
    return ::getpwuid_r(uid, &entry, room, size, &found);
  });
  if (found)
    return identity_of(*found, admin_group);
  auto who = "uid " + std::to_string(uid);
  if (means_absent(failed))
    return make_error(errc::not_found, "no user has " + who);
  return sys_error(errc::unavailable, failed, "look up the user of", who);
}

result<identity> find_user_by_name(std::string_view name,
                                   std::string_view admin_group) {
  std::string login(name);
  // A NUL would make the C library look up another name than was given.
  if (login.find('\0') != std::string::npos)
    return make_error(errc::not_found, "no user has a name with a NUL in it");
  std::vector<char> buffer;
  passwd entry{};
  passwd* found = nullptr;
  auto failed = with_buffer(buffer, [&](char* room, size_t size) {
    return ::getpwnam_r(login.c_str(), &entry, room, size, &found);
  });
  if (found)
    return identity_of(*found, admin_group);
  if (means_absent(failed))
    return make_error(errc::not_found, "there is no user \"" + login + "\"");
  return sys_error(errc::unavailable, failed, "look up the user", login);
}

result<uint32_t> find_group(const std::string& name) {
  if (auto gid = gid_of(name))
    return uint32_t{*gid};
  return make_error(errc::not_found, "no group is named " + name);
}

} // namespace hiisi::os
