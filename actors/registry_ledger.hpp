#pragma once

#include "actors/core/audit_entry.hpp"
#include "actors/core/port_clerk.hpp"
#include "actors/core/port_history.hpp"
#include "actors/core/port_table.hpp"
#include "actors/registry_file.hpp"
#include "protocol/result.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace hiisi::actors {

struct registry_world;

/// The port registry as it is on disk, and with what has been decided since:
/// that counts once commit() has put it there, and who waits for it is told so
/// then. Where nothing may be written, nothing is changed either.
class registry_ledger {
public:
  /// Is told that what it waited for is on disk, or why not.
  using waiter = std::function<void(const protocol::error* failed)>;

  /// Reads what `world` has, which must outlive it.
  explicit registry_ledger(const registry_world& world);
  /// Reads the file anew, after a commit().
  void reload();

  /// Has a clerk decide. Errors: the damage, where the file has never been
  /// readable or something was to be changed.
  template <class Decide>
  auto decide(const core::audit_entry& by, const core::port_circumstances& with,
              Decide what)
      -> protocol::result<decltype(what(std::declval<core::port_clerk&>()))> {
    if (file_.unreadable())
      return *file_.damage();
    auto before = file_.damage() ? history_ : core::port_history{};
    core::port_clerk clerk(table_, file_.table(), history_, with);
    auto done = what(clerk);
    if (!enter(by, with.now, clerk.take_deeds(), std::move(before)))
      return *file_.damage();
    return done;
  }

  /// Calls it when all that was decided so far is on disk, or could not be put
  /// there; at once where nothing is waiting.
  void once_on_disk(waiter what);
  /// Makes durable what was decided since the last time, then says so; all of
  /// it shares one write. Returns what was done, which the audit log has, too.
  std::vector<core::audit_entry> commit();
  /// Where ports were seen in use since the last time.
  void save_history();

  /// With what has been decided since the last commit.
  [[nodiscard]] const core::port_table& table() const noexcept {
    return table_;
  }
  [[nodiscard]] const core::port_history& history() const noexcept {
    return history_;
  }
  [[nodiscard]] const registry_file& file() const noexcept { return file_; }
  /// How many wait for the disk, and entries for the audit log.
  [[nodiscard]] size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] size_t unwritten() const noexcept { return entries_.size(); }

private:
  /// False where nothing may be changed: then it is undone.
  bool enter(const core::audit_entry& by, protocol::wall_time now,
             std::vector<core::port_deed> deeds, core::port_history before);
  void load_history();

  const registry_world& world_;
  registry_file file_;
  core::port_table table_;
  core::port_history history_;
  std::vector<waiter> waiting_;
  std::vector<core::audit_entry> entries_;
};

} // namespace hiisi::actors
