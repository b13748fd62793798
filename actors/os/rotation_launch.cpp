#include "actors/os/rotation_launch.hpp"

#include "actors/core/log_paths.hpp"
#include "actors/os/sys_error.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hiisi::os {

std::optional<launch_spec>
plan_log_rotation(const std::string& program, const identity& owner,
                  const std::vector<log_to_rotate>& logs) {
  launch_spec plan;
  plan.uid = owner.uid;
  plan.gid = owner.gid;
  plan.groups = owner.groups;
  plan.log_directory = owner.home + "/" + std::string{core::log_directory_name};
  plan.argv = {program, plan.log_directory};
  for (const auto& one : logs) {
    if (one.limits.bytes == 0)
      continue;
    const auto limits = std::to_string(one.limits.bytes) + ":"
                        + std::to_string(one.limits.keep) + ":";
    const auto stem = std::to_string(one.id) + "-" + core::log_stem(one.name);
    plan.argv.push_back(limits + stem + ".out");
    plan.argv.push_back(limits + stem + ".err");
  }
  if (plan.argv.size() == 2)
    return std::nullopt;
  plan.cwd = "/";
  plan.umask = 0077;
  // The service's own work comes first.
  plan.nice = 5;
  plan.output_log = plan.error_log = plan.log_directory + "/rotation.log";
  return plan;
}

protocol::result<fd> make_report_file() {
  fd file(::memfd_create("hiisi-report", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::ftruncate(file.get(), core::report_bytes) != 0
      || ::fcntl(file.get(), F_ADD_SEALS,
                 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
             != 0)
    return sys_error(protocol::errc::internal, errno, "memfd_create",
                     "report of a rotation");
  return file;
}

std::optional<core::rotation_report> read_report_file(const fd& file) {
  std::array<char, core::report_bytes> text{};
  const auto got = ::pread(file.get(), text.data(), text.size(), 0);
  if (got <= 0)
    return std::nullopt;
  return core::read_report({text.data(), static_cast<size_t>(got)});
}

} // namespace hiisi::os
