#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"
#include "logs/directory.hpp"

#include <cerrno>
#include <filesystem>
#include <ostream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

/// Removes the segments of a log and makes its live file empty, which the
/// process goes on writing to. Locked, so that no rotation is at work on it.
result<void> clear(const logs::directory& where, const std::string& name) {
  const auto path = where.path() + "/" + name;
  descriptor live{
      ::openat(where.fd(), name.c_str(),
               O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (!live && errno != ENOENT)
    return logs::failed("open", path, errno);
  struct stat is {};
  if (live && (::fstat(live.get(), &is) != 0 || !S_ISREG(is.st_mode)))
    return make_error(errc::unavailable, path + " is no regular file");
  // Who is root may be led astray in a directory of somebody else's.
  if (live && is.st_uid != ::geteuid())
    return make_error(errc::not_permitted, path + " belongs to another user",
                      "its owner clears it: sudo -u USER hiisi logs clear ID");
  for (const auto& one : where.segments_of(name))
    if (::unlinkat(where.fd(), file_name(name, one).c_str(), 0) != 0
        && errno != ENOENT)
      return logs::failed("remove", path, errno);
  if (live && ::ftruncate(live.get(), 0) != 0)
    return logs::failed("truncate", path, errno);
  return {};
}

result<void> clear_all(const logs_clear_verb& what,
                       const protocol::log_paths& paths) {
  const std::filesystem::path out{paths.standard_output};
  const std::filesystem::path err{paths.standard_error};
  auto where = logs::directory::open(out.parent_path().string());
  if (!where)
    return where.failure();
  struct stat is {};
  if (::fstat(where->fd(), &is) != 0 || is.st_uid != ::geteuid())
    return make_error(errc::not_permitted,
                      where->path() + " belongs to another user",
                      "its owner clears it: sudo -u USER hiisi logs clear ID");
  if (auto locked = where->lock(); !locked)
    return locked;
  if (what.standard_output)
    if (auto done = clear(*where, out.filename().string()); !done)
      return done;
  return what.standard_error ? clear(*where, err.filename().string())
                             : result<void>{};
}

} // namespace

exit_status perform(const context& around, const logs_clear_verb& what) {
  return ask_for<protocol::log_paths>(
      around, protocol::logs_request{what.what},
      [&](const protocol::log_paths& paths) {
        if (auto done = clear_all(what, paths); !done)
          return fail(around, done.failure(),
                      exit_status_of(done.failure().code));
        if (around.global.json)
          around.out << R"({"cleared":true})" << '\n';
        else
          around.out << "cleared the logs\n";
        return exit_status::done;
      });
}

} // namespace hiisi::cli
