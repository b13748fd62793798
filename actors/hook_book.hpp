#pragma once

#include "actors/core/hook_file.hpp"
#include "actors/core/hook_throttle.hpp"
#include "actors/os/hook_files.hpp"
#include "protocol/event.hpp"
#include "protocol/response.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::actors {

/// Who has which hooks, on disk and in memory, and what waits for each. It
/// waits for disks; who runs the hooks and when is the hook_runner's.
class hook_book {
public:
  struct hook {
    core::kept_hook kept;
    core::hook_throttle throttle;
    uint64_t runs = 0;
    std::optional<protocol::wall_time> last_run;
    std::string last_outcome;
  };
  using hooks = std::map<uint32_t, hook>;

  hook_book(std::shared_ptr<os::hook_files> files, core::hook_settings settings)
      : files_(std::move(files)), settings_(settings) {}

  /// Reads what is on disk; returns what an administrator should know of it.
  [[nodiscard]] std::vector<std::string> load();

  /// Answers one of the hook requests of `uid`. What is added is on disk then.
  [[nodiscard]] protocol::payload answer(uint32_t uid,
                                         const protocol::command& what);

  /// Something has happened that concerns `uid`; whether a hook of theirs is to
  /// be run for it.
  [[nodiscard]] bool hear_of(uint32_t uid, const protocol::event& what);

  /// A user's hooks by number; empty for whoever has none.
  [[nodiscard]] hooks& of(uint32_t uid) { return users_[uid].hooks; }
  [[nodiscard]] hook* find(uint32_t uid, uint32_t number);

  [[nodiscard]] bool empty() const;
  /// Calls `visit(uid, hook)` for each.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [uid, theirs] : users_)
      for (const auto& [number, h] : theirs.hooks)
        visit(uid, h);
  }

  void reconfigure(core::hook_settings settings);

private:
  struct user {
    uint32_t next_number = 1;
    std::map<uint32_t, hook> hooks;
  };

  protocol::payload add(uint32_t uid, const protocol::hook_add_request& r);
  protocol::payload list(uint32_t uid);
  protocol::payload remove(uint32_t uid,
                           const protocol::hook_remove_request& r);
  [[nodiscard]] protocol::result<void> save(uint32_t uid) const;
  [[nodiscard]] hook make(core::kept_hook kept) const;

  std::shared_ptr<os::hook_files> files_;
  core::hook_settings settings_;
  std::map<uint32_t, user> users_;
  /// Whose file cannot be read.
  std::map<uint32_t, protocol::error> damaged_;
};

} // namespace hiisi::actors
