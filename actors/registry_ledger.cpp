#include "actors/registry_ledger.hpp"

#include "actors/port_registry.hpp"

#include <string>

namespace hiisi::actors {

registry_ledger::registry_ledger(const registry_world& world) : world_(world) {
  reload();
  load_history();
}

void registry_ledger::reload() {
  file_.load(world_);
  table_ = file_.table();
}

bool registry_ledger::enter(const core::audit_entry& by,
                            protocol::wall_time now,
                            std::vector<core::port_deed> deeds,
                            core::port_history before) {
  if (!deeds.empty() && file_.damage()) {
    // To write would be to write over what somebody has yet to mend.
    table_ = file_.table();
    history_ = std::move(before);
    return false;
  }
  for (auto& deed : deeds) {
    auto& entry = entries_.emplace_back(by);
    entry.at = now;
    entry.what = "port." + deed.what;
    entry.object = std::to_string(deed.port);
    entry.owner_uid = deed.uid;
    entry.owner = std::move(deed.user);
    entry.detail = std::move(deed.detail);
    if (!deed.label.empty())
      entry.detail = "label " + deed.label
                     + (entry.detail.empty() ? "" : ", " + entry.detail);
  }
  return true;
}

void registry_ledger::once_on_disk(waiter what) {
  if (entries_.empty())
    what(nullptr);
  else
    waiting_.push_back(std::move(what));
}

std::vector<core::audit_entry> registry_ledger::commit() {
  auto waiting = std::exchange(waiting_, {});
  auto entries = std::exchange(entries_, {});
  if (entries.empty())
    return {};
  auto saved = file_.save(world_, table_);
  if (!saved.ok()) {
    // Nobody has been told yet, so it simply did not happen.
    table_ = file_.table();
    for (auto& w : waiting)
      w(&saved.failure());
    return {};
  }
  for (auto& w : waiting)
    w(nullptr);
  world_.audit(entries);
  return entries;
}

void registry_ledger::load_history() {
  auto text = world_.load_history();
  if (text.ok() && !*text)
    return;
  auto read = text.ok() ? core::port_history::read(**text, world_.history_path)
                        : protocol::result<core::port_history>{text.failure()};
  if (read.ok())
    history_ = *std::move(read);
  else
    world_.warn("when ports were last used is not known any more: "
                + read.failure().message);
}

void registry_ledger::save_history() {
  if (!history_.take_change())
    return;
  if (auto saved = world_.save_history(history_.text()); !saved.ok())
    world_.warn(saved.failure().message);
}

} // namespace hiisi::actors
