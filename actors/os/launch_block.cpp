#include "actors/os/launch_block.hpp"

#include "actors/os/sys_error.hpp"

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

std::optional<error> find_fault(const launch_spec& spec) {
  const auto fault = [](std::string what, std::string hint = {}) {
    return make_error(errc::invalid_argument, std::move(what), std::move(hint));
  };
  if (spec.argv.empty() || spec.argv.front().empty())
    return fault("the command is empty", "name a program to run");
  for (const auto& word : spec.argv)
    if (has_nul(word))
      return fault("the command holds a NUL character");
  for (const auto& [name, value] : spec.env) {
    if (name.empty() || name.find('=') != std::string::npos)
      return fault("the environment holds a variable named \"" + name + "\"",
                   "a name may not be empty nor hold '='");
    if (has_nul(name) || has_nul(value))
      return fault("the environment variable " + name.substr(0, name.find('\0'))
                   + " holds a NUL character");
  }
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
  packer() { bytes_.resize(sizeof(wire::launch_header)); }

  uint32_t add(const std::string& text) {
    const auto offset = static_cast<uint32_t>(bytes_.size());
    bytes_.append(text.c_str(), text.size() + 1);
    return offset;
  }

  template <class T>
  uint32_t add(const std::vector<T>& values) {
    bytes_.resize((bytes_.size() + alignof(T) - 1) / alignof(T) * alignof(T));
    const auto offset = static_cast<uint32_t>(bytes_.size());
    if (!values.empty())
      bytes_.append(reinterpret_cast<const char*>(values.data()),
                    values.size() * sizeof(T));
    return offset;
  }

  uint32_t next() const { return static_cast<uint32_t>(bytes_.size()); }

  const std::string& finish(wire::launch_header head) {
    head.total = next();
    std::memcpy(bytes_.data(), &head, sizeof head);
    return bytes_;
  }

private:
  std::string bytes_;
};

/// The size of the block, counted before anything is copied, so that absurd
/// input costs nothing.
uint64_t size_of(const launch_spec& spec) {
  uint64_t total = sizeof(wire::launch_header)
                   + spec.groups.size() * sizeof(uint32_t)
                   + spec.limits.size() * sizeof(wire::launch_limit)
                   + alignof(wire::launch_limit) + spec.cwd.size()
                   + spec.log_directory.size() + spec.output_log.size()
                   + spec.error_log.size() + 4;
  for (const auto& word : spec.argv)
    total += word.size() + 1;
  for (const auto& [name, value] : spec.env)
    total += name.size() + value.size() + 2;
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
  return file;
}

} // namespace

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
  packer block;
  wire::launch_header head;
  head.uid = spec.uid;
  head.gid = spec.gid;
  head.umask = spec.umask;
  head.nice = spec.nice;
  head.groups = block.add(spec.groups);
  head.group_count = static_cast<uint32_t>(spec.groups.size());
  head.limits = block.add(spec.limits);
  head.limit_count = static_cast<uint32_t>(spec.limits.size());
  head.argv = block.next();
  head.argc = static_cast<uint32_t>(spec.argv.size());
  for (const auto& word : spec.argv)
    block.add(word);
  head.env = block.next();
  head.envc = static_cast<uint32_t>(spec.env.size());
  for (const auto& [name, value] : spec.env)
    block.add(name + "=" + value);
  head.cwd = block.add(spec.cwd);
  head.log_directory = block.add(spec.log_directory);
  head.output_log = block.add(spec.output_log);
  head.error_log = block.add(spec.error_log);
  return seal(block.finish(head));
}

} // namespace hiisi::os
