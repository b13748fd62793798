#include "hiisi/places.hpp"

#include "hiisi/text.hpp"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

bool is_absolute(const std::string& path) {
  return path.starts_with('/');
}

/// A directory that is not there is fine: the daemon makes it.
result<void> check_directory(const std::string& path, uid_t uid,
                             mode_t forbidden, const std::string& hint) {
  struct stat is {};
  // Where anyone may put a link, as in /tmp, a link is no directory of ours.
  int failed
      = forbidden != 0 ? ::lstat(path.c_str(), &is) : ::stat(path.c_str(), &is);
  if (failed != 0) {
    if (errno == ENOENT)
      return {};
    return make_error(errc::unavailable,
                      printable(path) + ": " + std::strerror(errno), hint);
  }
  if (!S_ISDIR(is.st_mode))
    return make_error(errc::unavailable, printable(path) + " is no directory",
                      hint);
  if (is.st_uid != uid)
    return make_error(errc::unavailable,
                      printable(path) + " belongs to another user (uid "
                          + std::to_string(is.st_uid) + ")",
                      hint);
  if ((is.st_mode & forbidden) != 0)
    return make_error(errc::unavailable,
                      printable(path) + " is open to other users",
                      "chmod 700 " + printable(path));
  return {};
}

} // namespace

result<std::string> own_socket(const environment& env, uid_t uid) {
  std::string base = env.get("XDG_RUNTIME_DIR");
  if (is_absolute(base)) {
    if (auto ours = check_directory(base, uid, 0,
                                    "XDG_RUNTIME_DIR names it; unset it, or "
                                    "give the socket by --socket PATH");
        !ours)
      return ours.failure();
    return base + "/hiisi/hiisi.sock";
  }
  std::string directory = "/tmp/hiisi-" + std::to_string(uid);
  if (auto ours
      = check_directory(directory, uid, 0077,
                        "set XDG_RUNTIME_DIR to a directory of your own, or "
                        "give the socket by --socket PATH");
      !ours)
    return ours.failure();
  return directory + "/hiisi.sock";
}

result<std::string> own_state_directory(const environment& env) {
  if (std::string state = env.get("XDG_STATE_HOME"); is_absolute(state))
    return state + "/hiisi";
  if (std::string home = env.get("HOME"); is_absolute(home))
    return home + "/.local/state/hiisi";
  return make_error(errc::unavailable,
                    "neither HOME nor XDG_STATE_HOME is set, so there is no "
                    "place for the state of your own hiidet",
                    "set HOME");
}

result<socket_choice> choose_socket(const std::optional<std::string>& given,
                                    const environment& env, uid_t uid,
                                    const std::string& system_socket) {
  if (given)
    return socket_choice{*given, socket_origin::given};
  if (std::string named = env.get("HIISI_SOCKET"); !named.empty())
    return socket_choice{named, socket_origin::given};
  struct stat is {};
  if (::stat(system_socket.c_str(), &is) == 0 || errno == EACCES)
    return socket_choice{system_socket, socket_origin::system};
  if (uid == 0)
    return make_error(errc::unavailable,
                      "no daemon is running: there is no "
                          + printable(system_socket),
                      "start the host's by systemctl start hiidet, or by "
                      "hand: hiidet &");
  auto own = own_socket(env, uid);
  if (!own)
    return own.failure();
  return socket_choice{*own, socket_origin::own};
}

} // namespace hiisi::cli
