#include "actors/os/directories.hpp"

#include "actors/os/atomic_file.hpp"
#include "actors/os/fd.hpp"
#include "actors/os/hand_over.hpp"
#include "actors/os/sys_error.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::error;
using protocol::make_error;
using protocol::result;

namespace {

constexpr const char* mark_name = ".hiisi";
constexpr std::string_view mark_text
    = "hiidet made this directory; everything in it is its own.\n";

/// An absolute path out of the environment.
std::optional<std::string> path_in(const environment_lookup& environment,
                                   std::string_view name) {
  auto value = environment(name);
  if (!value || value->empty() || value->front() != '/')
    return std::nullopt;
  return value;
}

result<void> check_absolute(const std::optional<std::string>& path,
                            std::string_view option) {
  if (!path || (!path->empty() && path->front() == '/'))
    return {};
  return make_error(errc::invalid_argument,
                    std::string(option) + " needs an absolute path, not \""
                        + *path + "\"");
}

result<std::string> default_state_dir(bool system,
                                      const environment_lookup& environment) {
  if (system)
    return std::string("/var/lib/hiisi");
  if (auto state = path_in(environment, "XDG_STATE_HOME"))
    return *state + "/hiisi";
  if (auto home = path_in(environment, "HOME"))
    return *home + "/.local/state/hiisi";
  return make_error(errc::invalid_argument,
                    "neither XDG_STATE_HOME nor HOME is set, so there is no "
                    "place to keep state",
                    "set one of them, or give --state-dir");
}

std::string default_runtime_dir(bool system, uint32_t uid,
                                const environment_lookup& environment) {
  if (system)
    return "/run/hiisi";
  if (auto runtime = path_in(environment, "XDG_RUNTIME_DIR"))
    return *runtime + "/hiisi";
  return "/tmp/hiisi-" + std::to_string(uid);
}

bool lies_within(const std::string& path, const std::string& directory) {
  return path.starts_with(directory + "/");
}

/// Whether root may give the directory away: it is empty, or an earlier run of
/// ours has left its mark.
result<bool> is_ours(const std::string& path) {
  auto names = list_directory(path);
  if (!names)
    return std::move(names).failure();
  if (names->empty())
    return true;
  struct stat mark {};
  auto name = path + "/" + mark_name;
  return ::lstat(name.c_str(), &mark) == 0 && S_ISREG(mark.st_mode)
         && mark.st_uid == 0;
}

/// Gives what root made earlier to `owner`.
result<void> hand_over_if_ours(const std::string& path, mode_t mode,
                               directory_owner owner) {
  struct stat found {};
  if (::geteuid() != 0 || owner.uid == 0 || ::lstat(path.c_str(), &found) != 0
      || !S_ISDIR(found.st_mode) || found.st_uid != 0)
    return {};
  auto ours = is_ours(path);
  if (!ours)
    return std::move(ours).failure();
  if (!*ours)
    return make_error(errc::not_permitted,
                      path + " belongs to root and holds what is not Hiisi's",
                      "chown it to uid " + std::to_string(owner.uid)
                          + ", or give another directory");
  return hand_over(path, mode, owner);
}

/// Lets users pass through a directory that was there before.
result<void> open_up(const std::string& path, mode_t mode,
                     directory_owner owner) {
  fd directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat found {};
  if (!directory || ::fstat(directory.get(), &found) != 0)
    return sys_error(errc::storage_failed, errno, "open", path);
  if ((mode & ~found.st_mode) == 0)
    return {};
  if (owner.uid == 0) {
    auto ours = is_ours(path);
    if (!ours)
      return std::move(ours).failure();
    if (!*ours)
      return make_error(errc::not_permitted,
                        "users cannot pass through " + path
                            + ", which holds what is not Hiisi's",
                        "chmod 0711 it, or give another directory");
  }
  if (::fchmod(directory.get(), mode) != 0)
    return sys_error(errc::storage_failed, errno, "chmod", path);
  return {};
}

/// Marks a directory of root's for the day on which the host has a user for
/// the daemon.
result<void> mark(const std::string& path) {
  auto ours = is_ours(path);
  if (!ours)
    return std::move(ours).failure();
  auto name = path + "/" + mark_name;
  if (!*ours || ::access(name.c_str(), F_OK) == 0)
    return {};
  return write_file(name, mark_text, 0600, durability::ordered);
}

result<void> prepare_one(const std::string& path, mode_t mode,
                         directory_owner owner, bool system) {
  if (auto made = make_parents(path, system ? 0755 : 0700); !made)
    return made;
  if (auto given = hand_over_if_ours(path, mode, owner); !given)
    return given;
  if (auto made = make_directory(path, mode, owner); !made)
    return std::move(made).failure();
  if (!system)
    return {};
  if (auto opened = open_up(path, mode, owner); !opened)
    return opened;
  if (owner.uid == 0)
    return mark(path);
  return {};
}

/// Every hint above ends in "give another directory".
error with_option(error reason, std::string_view option) {
  if (reason.code == errc::not_permitted) {
    reason.hint += " with ";
    reason.hint += option;
  }
  return reason;
}

} // namespace

result<places> default_places(bool system, uint32_t uid,
                              const environment_lookup& environment,
                              const chosen_places& chosen) {
  for (const auto& [path, option] :
       {std::pair{&chosen.socket, "--socket"},
        std::pair{&chosen.state_dir, "--state-dir"},
        std::pair{&chosen.runtime_dir, "--runtime-dir"}}) {
    if (auto checked = check_absolute(*path, option); !checked)
      return std::move(checked).failure();
  }
  places where;
  where.system = system;
  if (chosen.state_dir) {
    where.state_dir = *chosen.state_dir;
  } else {
    auto state = default_state_dir(system, environment);
    if (!state)
      return std::move(state).failure();
    where.state_dir = std::move(*state);
  }
  while (where.state_dir.size() > 1 && where.state_dir.back() == '/')
    where.state_dir.pop_back();
  if (chosen.runtime_dir)
    where.runtime_dir = *chosen.runtime_dir;
  else if (chosen.state_dir)
    where.runtime_dir = where.state_dir + "/run";
  else
    where.runtime_dir = default_runtime_dir(system, uid, environment);
  while (where.runtime_dir.size() > 1 && where.runtime_dir.back() == '/')
    where.runtime_dir.pop_back();
  where.socket = chosen.socket.value_or(where.runtime_dir + "/hiisi.sock");
  where.keeper_socket = where.runtime_dir + "/keeper.sock";
  return where;
}

result<void> prepare(const places& where, directory_owner owner) {
  mode_t state_mode = 0700;
  if (where.system && lies_within(where.runtime_dir, where.state_dir))
    state_mode = 0711;
  auto state = prepare_one(where.state_dir, state_mode, owner, where.system);
  if (!state)
    return with_option(std::move(state).failure(), "--state-dir");
  auto runtime = prepare_one(where.runtime_dir, where.system ? 0755 : 0700,
                             owner, where.system);
  if (!runtime)
    return with_option(std::move(runtime).failure(), "--runtime-dir");
  return {};
}

} // namespace hiisi::os
