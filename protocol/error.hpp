#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace hiisi::protocol {

/// What went wrong, for programs. Each value's name goes over the wire, so a
/// name is never changed or re-used once it has been released.
enum class errc : uint8_t {
  /// The frame is too long or the connection ended inside of it.
  bad_frame,
  /// The frame holds no well-formed request: not JSON, a wrong type, too deep.
  bad_request,
  /// The request names a command that this version does not know.
  unknown_command,
  /// A value is well-formed but not acceptable: port 80, an empty command.
  invalid_argument,
  /// No process, port or user of that id or name.
  not_found,
  /// The caller may not do this to that object.
  not_permitted,
  /// The name or port is taken.
  conflict,
  /// The program could not be started; the message says at which stage.
  start_failed,
  /// A limit of the caller's is reached.
  limit_exceeded,
  /// State could not be written or read.
  storage_failed,
  /// The port registry's file is damaged and must be mended first.
  registry_damaged,
  /// A part that is needed, such as the keeper, is not there just now.
  unavailable,
  /// The operation took longer than it may.
  timed_out,
  /// A defect of Hiisi's own.
  internal,
};

inline constexpr size_t errc_count = static_cast<size_t>(errc::internal) + 1;

/// The name that goes over the wire, such as "not_found".
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/// The value of that name; `errc::internal` for a name that is not known, as
/// a newer peer may send one.
[[nodiscard]] errc errc_from_string(std::string_view name) noexcept;

/// An error as a user sees it.
struct error {
  errc code = errc::internal;
  /// What is wrong and where, as a sentence without a full stop.
  std::string message;
  /// What to do instead; may be empty.
  std::string hint;

  friend bool operator==(const error&, const error&) = default;
};

[[nodiscard]] inline error make_error(errc code, std::string message,
                                      std::string hint = {}) {
  return {code, std::move(message), std::move(hint)};
}

} // namespace hiisi::protocol
