#include "actors/record_store.hpp"

#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"
#include "actors/os/give_way.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace hiisi::actors {

namespace {

/// How long what was written may wait for its fsync. A storm of N starts then
/// costs a handful of them, and a power cut at most this much.
constexpr std::chrono::milliseconds sync_delay{100};

class syncer_state {
public:
  static inline const char* name = "record_syncer";

  explicit syncer_state(caf::event_based_actor* self) : self_(self) {}

  void init(std::shared_ptr<core::record_storage> storage, uint64_t parent) {
    storage_ = std::move(storage);
    parent_ = parent;
  }

  caf::behavior make_behavior() {
    return observed(self_, "detached", {name, {}, parent_, {}, 0},
                    {[this] { return line(); }, [this] { return whole(); }},
                    [this](sync_out& m) {
                      // A failure shows at the next save, where somebody can be
                      // told.
                      std::ignore = storage_->sync();
                      tell(self_, m.asker, synced{});
                    });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const { return {}; }

  core::ron::value whole() const { return core::ron::value{}; }

  caf::event_based_actor* self_;
  std::shared_ptr<core::record_storage> storage_;
  uint64_t parent_ = 0;
};

caf::behavior record_syncer(caf::stateful_actor<syncer_state>* self,
                            std::shared_ptr<core::record_storage> storage,
                            uint64_t parent) {
  auto& state = state_of(self);
  state.init(std::move(storage), parent);
  return state.make_behavior();
}

class store_state {
public:
  static inline const char* name = "record_store";

  explicit store_state(caf::event_based_actor* self) : self_(self) {}

  void init(std::shared_ptr<core::record_storage> storage, bool detached) {
    storage_ = std::move(storage);
    // An fsync takes as long as the disk likes; writes go on meanwhile.
    syncer_ = detached ? self_->spawn<caf::detached>(record_syncer, storage_,
                                                     self_->id())
                       : self_->spawn(record_syncer, storage_, self_->id());
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](store_record& m) {
          auto& p = pending_[m.record->spec->id];
          // A record replaces an earlier one that was not written yet, and
          // whoever waits for that is served by this one as well.
          p.waiting.push_back({std::move(m.asker), m.purpose, m.record->run});
          p.record = std::move(m.record);
          schedule();
        },
        [this](store_live& m) {
          const auto id = m.record.id;
          auto& p = pending_[id];
          p.live_waiting = std::move(m.asker);
          p.live = std::move(m.record);
          schedule();
        },
        [this](remove_record& m) {
          write_all();
          auto outcome = storage_->remove(m.id);
          touch();
          tell(self_, m.asker, record_removed{std::move(outcome)});
        },
        [this](load_user_records& m) { load(m); },
        [this](write_out&) {
          scheduled_ = false;
          write_all();
        },
        [this](sync_due&) {
          touched_ = false; // What was written up to now is in this one.
          tell(self_, syncer_, sync_out{self_});
        },
        [this](synced&) {
          syncing_ = false;
          if (std::exchange(touched_, false))
            touch();
        },
        [this](flush&) {
          write_all();
          std::ignore = storage_->sync();
          return flush{};
        });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(pending_.size()) + " to write"
           + (syncing_ ? ", a sync is due" : "");
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> ids;
    for (const auto& [id, p] : pending_)
      ids.emplace_back(id);
    return core::ron::struct_builder{"record_store"}
        .add("to_write", core::ron::value::list(std::move(ids)))
        .add("scheduled", scheduled_)
        .add("syncing", syncing_)
        .add("touched", touched_)
        .build();
  }

  struct waiter {
    caf::actor asker;
    core::save_purpose purpose;
    uint32_t run;
  };

  struct pending {
    std::shared_ptr<const core::process_record> record;
    std::vector<waiter> waiting;
    std::optional<core::live_record> live;
    caf::actor live_waiting;
  };

  /// What has come in up to now is written after what is in the mailbox has
  /// been looked at: the group grows with the load, and waits for nothing.
  void schedule() {
    if (scheduled_)
      return;
    scheduled_ = true;
    tell(self_, caf::actor{self_}, write_out{});
  }

  void write_all() {
    auto batch = std::exchange(pending_, {});
    for (auto& [id, p] : batch) {
      write_live(p);
      if (!p.record)
        continue;
      const auto outcome = storage_->save(*p.record);
      touch();
      for (auto& w : p.waiting)
        tell(self_, w.asker, record_stored{w.purpose, w.run, outcome});
    }
  }

  /// A live record that cannot be written costs something only if daemon and
  /// keeper both die; it is no reason not to start a process.
  void write_live(pending& p) {
    if (!p.live)
      return;
    std::ignore = storage_->save_live(*p.live);
    tell(self_, p.live_waiting, live_stored{p.live->run});
  }

  void touch() {
    if (syncing_) {
      touched_ = true;
      return;
    }
    syncing_ = true;
    tell_self_after(self_, sync_delay, sync_due{});
  }

  void load(load_user_records& m) {
    write_all();
    user_records found{m.uid, {}, {}};
    if (auto stored = storage_->load(); stored.ok()) {
      for (auto& record : stored->records)
        if (record.spec->uid == m.uid)
          found.records.push_back(std::move(record));
      for (auto& live : stored->live)
        if (live.uid == m.uid)
          found.live.push_back(std::move(live));
    }
    tell(self_, m.asker, std::move(found));
  }

  caf::event_based_actor* self_;
  std::shared_ptr<core::record_storage> storage_;
  /// In order of id, that is of age.
  std::map<uint32_t, pending> pending_;
  bool scheduled_ = false;
  caf::actor syncer_;
  /// A sync is due or under way; what is written meanwhile needs another.
  bool syncing_ = false;
  bool touched_ = false;
};

caf::behavior record_store(caf::stateful_actor<store_state>* self,
                           std::shared_ptr<core::record_storage> storage,
                           bool detached) {
  if (detached)
    os::give_way();
  auto& state = state_of(self);
  state.init(std::move(storage), detached);
  return state.make_behavior();
}

} // namespace

caf::actor spawn_record_store(caf::actor_system& system,
                              std::shared_ptr<core::record_storage> storage,
                              bool detached) {
  return detached ? system.spawn<caf::detached>(record_store,
                                                std::move(storage), true)
                  : system.spawn(record_store, std::move(storage), false);
}

} // namespace hiisi::actors
