#include "actors/os/privileges.hpp"

#include "actors/os/sys_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::make_error;
using protocol::result;

namespace {

result<void> change(uint32_t uid, uint32_t gid,
                    std::span<const uint32_t> groups) {
  auto refused = [](std::string_view stage, uint32_t number) {
    return sys_error(errc::not_permitted, errno, stage, std::to_string(number));
  };
  // Otherwise a caller that had set it would keep root's capabilities.
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
    return refused("drop keepcaps for uid", uid);
  if (::geteuid() == 0 || ::getegid() != gid || ::getuid() != uid) {
    std::vector<gid_t> list(groups.begin(), groups.end());
    if (::setgroups(list.size(), list.data()) != 0)
      return refused("set the groups of uid", uid);
  }
  if (::setresgid(gid, gid, gid) != 0)
    return refused("change to gid", gid);
  if (::setresuid(uid, uid, uid) != 0)
    return refused("change to uid", uid);
  // Kernels before 4.3 know no ambient set; then there is none to clear.
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  if (uid != 0 && ::syscall(SYS_capset, &header, none.data()) != 0)
    return refused("drop the capabilities for uid", uid);
  return {};
}

bool ids_are(uint32_t uid, uint32_t gid) noexcept {
  uid_t real_uid = 0;
  uid_t effective_uid = 0;
  uid_t saved_uid = 0;
  gid_t real_gid = 0;
  gid_t effective_gid = 0;
  gid_t saved_gid = 0;
  return ::getresuid(&real_uid, &effective_uid, &saved_uid) == 0
         && ::getresgid(&real_gid, &effective_gid, &saved_gid) == 0
         && real_uid == uid && effective_uid == uid && saved_uid == uid
         && real_gid == gid && effective_gid == gid && saved_gid == gid;
}

bool groups_are(std::span<const uint32_t> groups, uint32_t gid) {
  auto count = ::getgroups(0, nullptr);
  if (count < 0)
    return false;
  std::vector<gid_t> held(static_cast<size_t>(count));
  if (::getgroups(count, held.data()) != count)
    return false;
  return std::all_of(held.begin(), held.end(), [&](gid_t each) {
    return each == gid
           || std::find(groups.begin(), groups.end(), each) != groups.end();
  });
}

bool has_no_capability() noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> held{};
  if (::syscall(SYS_capget, &header, held.data()) != 0)
    return false;
  return std::all_of(held.begin(), held.end(), [](const auto& half) {
    return half.effective == 0 && half.permitted == 0 && half.inheritable == 0;
  });
}

/// Whether every way back to root is shut.
bool is_irrevocable(uint32_t gid) noexcept {
  constexpr auto same = static_cast<uid_t>(-1);
  return ::setuid(0) != 0 && ::seteuid(0) != 0
         && ::setresuid(same, 0, same) != 0
         && (gid == 0 || (::setgid(0) != 0 && ::setegid(0) != 0));
}

} // namespace

result<void> drop_to(uint32_t uid, uint32_t gid,
                     std::span<const uint32_t> groups) {
  if (auto changed = change(uid, gid, groups); !changed)
    return changed;
  auto proved = ids_are(uid, gid) && groups_are(groups, gid)
                && (uid == 0 || (has_no_capability() && is_irrevocable(gid)));
  if (!proved)
    return make_error(errc::internal,
                      "root's privileges could not be given up for uid "
                          + std::to_string(uid),
                      "do not run it on this kernel");
  return {};
}

} // namespace hiisi::os
