#include "hiisi/reach.hpp"

#include "hiisi/autostart.hpp"
#include "hiisi/text.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::error;
using protocol::make_error;
using protocol::result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool is_off(const std::string& value) {
  return value.empty() || value == "0";
}

bool nobody_there(int why) {
  return why == ENOENT || why == ECONNREFUSED;
}

/// Whether the host has a daemon of its own, perhaps just being restarted.
bool system_is_installed(const reach_settings& settings) {
  std::error_code failed;
  auto directory = std::filesystem::path{settings.system_socket}.parent_path();
  return std::filesystem::is_directory(directory, failed);
}

bool may_come_back(const socket_choice& choice, int why,
                   const reach_settings& settings) {
  switch (choice.origin) {
  case socket_origin::given:
    return why == ECONNREFUSED;
  case socket_origin::system:
    return nobody_there(why);
  case socket_origin::own:
    return nobody_there(why) && system_is_installed(settings);
  }
  return false;
}

std::string how_to_start(const socket_choice& choice,
                         const reach_settings& settings) {
  if (choice.origin == socket_origin::given)
    return "start one there: hiidet --socket " + printable(choice.path)
           + " & (or leave out --socket and HIISI_SOCKET)";
  if (choice.origin == socket_origin::own)
    return "start your own: hiidet &";
  std::string hint = "systemctl status hiidet tells why; root starts it by "
                     "systemctl start hiidet, or by hand: hiidet &";
  if (settings.uid == 0)
    return hint;
  if (auto own = own_socket(settings.env, settings.uid))
    hint += "; for one of your own: hiidet & export HIISI_SOCKET="
            + printable(*own);
  return hint;
}

/// A user as others know him: "ann", or "uid 1000" if nobody is called so.
std::string name_of(uid_t uid) {
  std::array<char, 16 * 1024> strings;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, strings.data(), strings.size(), &found) == 0
      && found)
    return printable(found->pw_name);
  return "uid " + std::to_string(uid);
}

/// What keeps us out: the socket, or the first directory on the way to it that
/// may not be entered.
std::string barrier_on(const std::string& path) {
  std::filesystem::path barrier = path;
  for (auto up = barrier.parent_path(); !up.empty(); up = up.parent_path()) {
    if (::faccessat(AT_FDCWD, up.c_str(), X_OK, AT_EACCESS) != 0)
      barrier = up;
    if (up == up.parent_path())
      break;
  }
  return barrier.string();
}

/// Starting a daemon there would not help: somebody has that place.
error not_let_in(const socket_choice& choice) {
  std::string path = printable(choice.path);
  std::string barrier = barrier_on(choice.path);
  std::string hint;
  struct stat is {};
  if (::stat(barrier.c_str(), &is) == 0)
    hint = printable(barrier) + " belongs to " + name_of(is.st_uid)
           + " and is not open to you; ";
  switch (choice.origin) {
  case socket_origin::given:
    hint += "leave out --socket and HIISI_SOCKET to use the host's daemon or "
            "your own";
    break;
  case socket_origin::system:
    hint += "ask an administrator: every user should be able to connect";
    break;
  case socket_origin::own:
    hint += "your own daemon's socket should be yours: remove it and try "
            "again";
    break;
  }
  return make_error(errc::unavailable,
                    "permission to connect to " + path + " is denied",
                    std::move(hint));
}

error describe(const socket_choice& choice, int why,
               const reach_settings& settings) {
  std::string path = printable(choice.path);
  std::string message;
  switch (why) {
  case ENOENT:
    message = "no daemon is running: there is no " + path;
    break;
  case ECONNREFUSED:
    message = "no daemon is running: nobody listens on " + path;
    break;
  case ETIMEDOUT:
    return make_error(errc::unavailable,
                      "the daemon at " + path + " does not answer",
                      "it may be very busy, or suspended: try again");
  case EACCES:
  case EPERM:
    return not_let_in(choice);
  case ENAMETOOLONG:
    return make_error(errc::unavailable,
                      "a socket's path has at most 107 bytes, and this is "
                      "longer: "
                          + path);
  default:
    return make_error(errc::unavailable,
                      "cannot connect to " + path + ": " + std::strerror(why),
                      "is it the socket of a hiidet?");
  }
  return make_error(errc::unavailable, std::move(message),
                    how_to_start(choice, settings));
}

result<client> start_own(const socket_choice& choice,
                         const reach_settings& settings,
                         std::ostream& notices) {
  auto program
      = find_daemon(daemon_directories(settings.env, settings.own_directory));
  if (!program)
    return program.failure();
  auto state = own_state_directory(settings.env);
  if (!state)
    return state.failure();
  auto started = start_daemon({*program, settings.env, *state, choice.path});
  if (started)
    notices << "hiisi: started your own hiidet (socket "
            << printable(choice.path) << ")" << std::endl;
  return started;
}

} // namespace

result<client> reach_daemon(const reach_settings& settings,
                            std::ostream& notices) {
  auto until = steady_clock::now() + settings.patience;
  while (true) {
    // Chosen anew each time: the system's socket may have appeared.
    auto choice = choose_socket(settings.socket, settings.env, settings.uid,
                                settings.system_socket);
    bool over = steady_clock::now() >= until;
    if (!choice) {
      if (over || !system_is_installed(settings))
        return choice.failure();
    } else {
      auto connection = connect_to(choice->path, settings.patience);
      if (connection.socket)
        return client{std::move(connection.socket)};
      if (over || !may_come_back(*choice, connection.error, settings)) {
        bool may_start = settings.autostart
                         && is_off(settings.env.get("HIISI_NO_AUTOSTART"))
                         && choice->origin == socket_origin::own
                         && nobody_there(connection.error);
        if (may_start)
          return start_own(*choice, settings, notices);
        return describe(*choice, connection.error, settings);
      }
    }
    std::this_thread::sleep_for(milliseconds{20});
  }
}

} // namespace hiisi::cli
