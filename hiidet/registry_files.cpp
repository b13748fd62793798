#include "hiidet/registry_files.hpp"

#include "actors/core/port_history.hpp"
#include "actors/core/port_text.hpp"
#include "actors/os/atomic_file.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/damaged_file.hpp"
#include "actors/os/file.hpp"
#include "actors/os/line_log.hpp"
#include "actors/os/user_db.hpp"
#include "fault/crash_point.hpp"
#include "hiidet/log.hpp"
#include "hiidet/port_settings.hpp"

#include <memory>
#include <optional>
#include <span>

namespace hiisi::hiidet {

namespace {

using protocol::result;

/// 64512 ports with the longest names are about 10 MB.

result<std::optional<std::string>> read_if_there(const std::string& path) {
  auto text = os::read_file(path, core::max_registry_bytes);
  if (text)
    return std::optional{*std::move(text)};
  if (text.failure().code == protocol::errc::not_found)
    return std::optional<std::string>{};
  return std::move(text).failure();
}

/// ports.ron, which people may edit, too.
class shared_file {
public:
  explicit shared_file(std::string path) : path_(std::move(path)) {}

  result<std::optional<std::string>> load() {
    // Before reading: what is written after this is noticed with the next save.
    stamp_ = os::stamp_of(path_);
    return read_if_there(path_);
  }

  /// What somebody has written and we have not read is not written over.
  result<void> save(const std::string& text) {
    if (auto now = os::stamp_of(path_); now && now != stamp_)
      return protocol::make_error(
          protocol::errc::conflict,
          path_ + " has been edited and is not read yet",
          "an administrator has hiidet read it (systemctl reload hiidet, or "
          "SIGHUP)");
    auto saved = os::write_file(path_, text, 0600, os::durability::durable);
    HIISI_CRASH_POINT("ports.saved");
    // Where its directory is gone for a while, it is what it was afterwards.
    if (auto now = os::stamp_of(path_))
      stamp_ = now;
    return saved;
  }

private:
  std::string path_;
  std::optional<os::file_stamp> stamp_;
};

/// One that cannot be read is set aside, as it is going to be written anew.
result<std::optional<std::string>> load_history(const std::string& path) {
  auto text = read_if_there(path);
  if (!text || !*text)
    return text;
  if (auto read = core::port_history::read(**text, path); !read)
    return os::set_aside(path, std::move(read).failure());
  return text;
}

/// Takes what was done into `<state>/audit.<n>.jsonl`. A log that cannot be
/// written is told once, and holds nobody up.
std::function<void(std::span<const core::audit_entry>)>
audit_log_in(const std::string& directory) {
  auto opened = os::line_log::open({directory, "audit"});
  if (!opened) {
    log(log_level::error, opened.failure().message);
    return [](auto) {};
  }
  return [lines = std::make_shared<os::line_log>(*std::move(opened)),
          failing = false](std::span<const core::audit_entry> entries) mutable {
    std::string text;
    for (const auto& entry : entries)
      text += core::audit_line(entry);
    auto done = lines->append(text);
    HIISI_CRASH_POINT("audit.written");
    if (!done && !failing)
      log(log_level::error,
          "the audit log has gaps: " + done.failure().message);
    failing = !done.ok();
  };
}

} // namespace

actors::registry_world registry_world_of(const os::places& where,
                                         const configuration& settings) {
  actors::registry_world world;
  world.path = where.state_dir + "/ports.ron";
  world.import_path = settings.ports.import;
  auto file = std::make_shared<shared_file>(world.path);
  world.load = [file] { return file->load(); };
  world.save = [file](const std::string& text) { return file->save(text); };
  // A private instance has nothing to do with the host's first Hiisi.
  if (where.system && where == *os::default_places(true, 0, {}))
    world.import
        = [path = settings.ports.import] { return read_if_there(path); };
  else
    world.import = [] {
      return result<std::optional<std::string>>{std::optional<std::string>{}};
    };
  world.history_path = where.state_dir + "/port_history.ron";
  world.load_history
      = [path = world.history_path] { return load_history(path); };
  world.save_history = [path = world.history_path](const std::string& text) {
    auto saved = os::write_file(path, text, 0600, os::durability::ordered);
    HIISI_CRASH_POINT("port_history.saved");
    return saved;
  };
  world.uid_of = [](const std::string& user) {
    auto found = os::find_user_by_name(user, {});
    return found ? found->uid : core::unknown_uid;
  };
  world.now = os::wall_now;
  world.warn = [](std::string_view text) { log(log_level::error, text); };
  world.audit = audit_log_in(where.state_dir);
  world.policy = port_policy_of(settings.ports, where.system);
  return world;
}

} // namespace hiisi::hiidet
