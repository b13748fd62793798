#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hiisi::core {

/// What somebody may want to do to an object that has an owner: a process, a
/// port, or, for the last few, the daemon itself.
enum class action : uint8_t {
  /// Of a process: id, name, owner, state, uptime, ports and the program's
  /// base name.
  see_briefly,
  /// Of a process: everything else too, such as arguments and directory.
  see_fully,
  /// Run a new program as the owner.
  run,
  /// Start again a process that is the owner's.
  start,
  stop,
  restart,
  remove,
  read_logs,
  /// Take a port for the owner.
  allocate_port,
  free_port,
  /// See which ports are allocated, to whom and since when.
  look_up_ports,
  /// Make a request in the owner's place, as if the owner had made it.
  act_for_another_user,
  /// See inside of the daemon, whose owner is the user that it runs as.
  inspect_daemon,
  /// Have every process end, as the host is going down.
  shut_down,
};

inline constexpr size_t action_count
    = static_cast<size_t>(action::shut_down) + 1;

/// What the action is called in a refusal: "stop", "free a port of".
[[nodiscard]] std::string_view to_string(action what) noexcept;

/// Who wants to do it. Made from what the kernel says of the peer and the
/// user database says of its uid, never from a request.
struct subject {
  uint32_t uid = 0;
  /// Root, or a member of the group of administrators.
  bool administrator = false;

  friend bool operator==(const subject&, const subject&) = default;
};

/// The owner of what belongs to nobody: no user has this uid.
inline constexpr uint32_t no_owner = 0xffffffff;

/// Who may do what, and the only place that says so. Everybody may see briefly
/// and look up ports. The owner, root and administrators may do the rest, but
/// for three exceptions: only the owner and root may bring something new into
/// the owner's name (`run`, `allocate_port`), so that an administrator's
/// account is no way to run code as anybody; only root may act for another
/// user; and only root and administrators may look inside the daemon or end
/// what all users run, since the system account that it runs as is nobody's.
/// (In a user's own manager that user is an administrator; who makes the
/// subject says so.)
[[nodiscard]] bool may(const subject& who, action what,
                       uint32_t owner_uid) noexcept;

} // namespace hiisi::core
