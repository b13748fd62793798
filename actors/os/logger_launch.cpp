#include "actors/os/logger_launch.hpp"

#include "actors/os/sys_error.hpp"

#include <cerrno>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>

namespace hiisi::os {

namespace {

protocol::error no_descriptor() {
  return sys_error(protocol::errc::unavailable, errno, "connect",
                   "hiisi-logger");
}

} // namespace

void connect_to_logger(launch_spec& plan, const std::string& program,
                       const core::process_spec& spec) {
  std::vector<std::string> words{program, spec.terminal ? "--become-at-terminal"
                                                        : "--become"};
  words.insert(words.end(), plan.argv.begin(), plan.argv.end());
  plan.argv = std::move(words);
}

launch_spec plan_logger(const launch_spec& plan, const std::string& program,
                        const core::process_spec& spec) {
  launch_spec logger;
  logger.uid = plan.uid;
  logger.gid = plan.gid;
  logger.groups = plan.groups;
  logger.argv = {program, spec.timestamps ? "--copy-stamped" : "--copy"};
  // The times are in the zone that the program itself is in.
  if (const auto* zone = plan.variable("TZ"))
    logger.env.emplace("TZ", *zone);
  logger.cwd = std::string(1, '/'); // gcc 12 warns of an assignment.
  logger.umask = 0077;
  logger.log_directory = plan.log_directory;
  logger.output_log = plan.output_log;
  logger.error_log = plan.error_log;
  return logger;
}

protocol::result<std::pair<fd, fd>> make_logger_channel() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return no_descriptor();
  return std::pair{fd{ends[0]}, fd{ends[1]}};
}

protocol::result<sockets_ptr> with_channel(const sockets_ptr& sockets,
                                           const fd& channel) {
  std::vector<fd> all;
  const auto add = [&](const fd& one) {
    all.emplace_back(::fcntl(one.get(), F_DUPFD_CLOEXEC, 3));
    return static_cast<bool>(all.back());
  };
  if (sockets)
    for (const auto& one : *sockets)
      if (!add(one))
        return no_descriptor();
  if (!add(channel))
    return no_descriptor();
  return std::make_shared<const std::vector<fd>>(std::move(all));
}

} // namespace hiisi::os
