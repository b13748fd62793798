#include "actors/os/launch_block.hpp"

#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"

#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hiisi::os {
namespace {

namespace wire = keeper_wire;
using protocol::errc;
using protocol::error;
using protocol::make_error;

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

/// Those of the cgroup, in the order of the block; none where there is none, so
/// that a keeper of an earlier release can start what has none.
std::vector<const std::string*> leaf_limits_of(const launch_spec& spec) {
  if (spec.memory_max.empty() && spec.pids_max.empty() && spec.cpu_max.empty())
    return {};
  return {&spec.memory_max, &spec.pids_max, &spec.cpu_max};
}

/// What the keeper's child adds, in place of what the caller had of its own.
bool is_hiisis(const std::string& name) {
  return name == "HIISI_ID" || name == "HIISI_RUN" || name == "LISTEN_PID"
         || name == "LISTEN_FDS";
}

/// Calls `visit(name, value)` for each variable of the environment.
template <class Visit>
void each_variable(const launch_spec& spec, Visit visit) {
  for (const auto& [name, value] : *spec.shared_env)
    if (!is_hiisis(name) && !spec.env.contains(name))
      visit(name, value);
  for (const auto& [name, value] : spec.env)
    if (!is_hiisis(name))
      visit(name, value);
}

std::optional<error> find_fault(const launch_spec& spec) {
  const auto fault = [](std::string what, std::string hint = {}) {
    return make_error(errc::invalid_argument, std::move(what), std::move(hint));
  };
  if (spec.argv.empty() || spec.argv.front().empty())
    return fault("the command is empty", "name a program to run");
  for (const auto& word : spec.argv)
    if (has_nul(word))
      return fault("the command holds a NUL character");
  std::optional<error> bad;
  each_variable(spec, [&](const auto& name, const auto& value) {
    if (bad)
      return;
    if (name.empty() || name.find('=') != std::string::npos)
      bad = fault("the environment holds a variable named \"" + name + "\"",
                  "a name may not be empty nor hold '='");
    else if (has_nul(name) || has_nul(value))
      bad = fault("the environment variable " + name.substr(0, name.find('\0'))
                  + " holds a NUL character");
  });
  if (bad)
    return bad;
  for (const auto* most : leaf_limits_of(spec))
    if (has_nul(*most))
      return fault("a limit holds a NUL character");
  for (const auto* path :
       {&spec.cwd, &spec.log_directory, &spec.output_log, &spec.error_log}) {
    if (path->empty() || path->front() != '/' || has_nul(*path))
      return fault("\"" + path->substr(0, path->find('\0'))
                       + "\" is no absolute path",
                   "give a path that starts with '/'");
  }
  return std::nullopt;
}

/// Puts a launch block together, piece after piece.
class packer {
public:
  explicit packer(uint64_t size) { bytes_.reserve(size); }

  void add(const std::string& text) {
    bytes_.append(text.c_str(), text.size() + 1);
  }

  template <class T>
  void add_raw(const T* values, size_t count) {
    if (count != 0)
      bytes_.append(reinterpret_cast<const char*>(values), count * sizeof(T));
  }

  const std::string& bytes() const { return bytes_; }

private:
  std::string bytes_;
};

/// The size of the block, counted before anything is copied, so that absurd
/// input costs nothing.
uint64_t size_of(const launch_spec& spec) {
  uint64_t total = sizeof(wire::launch_header)
                   + spec.groups.size() * sizeof(uint32_t)
                   + spec.limits.size() * sizeof(wire::launch_limit)
                   + spec.cwd.size() + spec.log_directory.size()
                   + spec.output_log.size() + spec.error_log.size() + 4;
  for (const auto* most : leaf_limits_of(spec))
    total += most->size() + 1;
  for (const auto& word : spec.argv)
    total += word.size() + 1;
  each_variable(spec, [&](const auto& name, const auto& value) {
    total += name.size() + value.size() + 2;
  });
  return total;
}

protocol::result<fd> seal(const std::string& bytes) {
  const auto failed = [](const char* stage) {
    return sys_error(errc::internal, errno, stage, "launch block");
  };
  fd file(::memfd_create("hiisi-launch", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file)
    return failed("memfd_create");
  for (size_t at = 0; at < bytes.size();) {
    const auto wrote
        = ::write(file.get(), bytes.data() + at, bytes.size() - at);
    if (wrote < 0)
      return failed("write");
    at += static_cast<size_t>(wrote);
  }
  if (::fcntl(file.get(), F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
      != 0)
    return failed("seal");
  HIISI_CRASH_POINT("launch.sealed");
  return file;
}

} // namespace

const std::string* launch_spec::variable(const std::string& name) const {
  if (const auto own = env.find(name); own != env.end())
    return &own->second;
  const auto other = shared_env->find(name);
  return other != shared_env->end() ? &other->second : nullptr;
}

protocol::result<fd> make_launch_block(const launch_spec& spec) {
  if (auto fault = find_fault(spec))
    return *std::move(fault);
  if (const auto size = size_of(spec); size > wire::max_launch_bytes)
    return make_error(errc::invalid_argument,
                      "the command and its environment take "
                          + std::to_string(size) + " bytes, more than the "
                          + std::to_string(wire::max_launch_bytes)
                          + " that a process can be started with",
                      "pass less in arguments and environment, for instance "
                      "by a file");
  wire::launch_header head;
  head.uid = spec.uid;
  head.gid = spec.gid;
  head.umask = spec.umask;
  head.nice = spec.nice;
  head.limit_count = static_cast<uint32_t>(spec.limits.size());
  head.group_count = static_cast<uint32_t>(spec.groups.size());
  head.argc = static_cast<uint32_t>(spec.argv.size());
  each_variable(spec, [&](const auto&, const auto&) { ++head.envc; });
  packer block{size_of(spec)};
  block.add_raw(&head, 1);
  block.add_raw(spec.limits.data(), spec.limits.size());
  block.add_raw(spec.groups.data(), spec.groups.size());
  for (const auto* path :
       {&spec.cwd, &spec.log_directory, &spec.output_log, &spec.error_log})
    block.add(*path);
  for (const auto& word : spec.argv)
    block.add(word);
  each_variable(spec, [&](const auto& name, const auto& value) {
    block.add_raw(name.data(), name.size());
    block.add_raw("=", 1);
    block.add(value);
  });
  for (const auto* most : leaf_limits_of(spec))
    block.add(*most);
  return seal(block.bytes());
}

} // namespace hiisi::os
