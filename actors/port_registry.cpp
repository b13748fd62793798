#include "actors/port_registry.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/port_clerk.hpp"
#include "actors/core/port_text.hpp"
#include "actors/core/unused_ports.hpp"
#include "actors/observed.hpp"
#include "actors/os/random.hpp"
#include "actors/registry_jobs.hpp"
#include "actors/registry_ledger.hpp"
#include "actors/reply.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

namespace hiisi::actors {

namespace {

using protocol::error;
using protocol::result;
using reading_ptr = std::shared_ptr<const core::port_reading>;

/// After its start the daemon collects nothing for so long: what was not
/// running while the host was down has to come back first.
constexpr std::chrono::hours settling_time{24};

class registry_state {
public:
  static inline const char* name = "port_registry";

  explicit registry_state(caf::event_based_actor* self) : self_(self) {}

  void init(registry_world world) {
    world_ = std::move(world);
    policy_ = world_.policy;
    random_ = core::seeded_random(os::random_seed());
    ledger_.emplace(world_);
    started_ = world_.now();
    arm();
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](port_submission& m) { enqueue(std::move(m.what)); },
        [this](claim_ports& m) { enqueue(std::move(m)); },
        [this](release_ports& m) { enqueue(std::move(m)); },
        [this](look_at_ports& m) { enqueue(std::move(m)); },
        [this](ports_held& m) { tell(self_, world_.watcher, std::move(m)); },
        [this](port_rules& m) { enqueue(std::move(m)); },
        [this](reload_registry& m) { enqueue(m); },
        [this](follow_unused_ports& m) {
          follower_ = std::move(m.who);
          tell_unused();
        },
        [this](show_ports) {
          return shown_ports{
              file().unreadable()
                  ? nullptr
                  : std::make_shared<core::port_table>(file().table())};
        },
        [this](const count_use& m) { count(m); },
        [this](watch_over_ports& m) {
          if (m.epoch != epoch_)
            return;
          armed_ = false;
          enqueue(m);
        },
        [this](ports_watched& m) {
          if (asked_ > 0 && m.token == token_)
            work_on(std::exchange(asked_, 0), std::move(m.reading));
        });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(table().entries().size()) + " allocations, "
           + std::to_string(queue_.size()) + " requests"
           + (file().damage() ? ", the file is damaged" : "");
  }

  core::ron::value whole() const {
    return core::ron::struct_builder{"port_registry"}
        .add("allocations", table().entries().size())
        .add("requests", queue_.size())
        .add("waiting_for_the_disk", ledger_->waiting())
        .add("audit_entries_unwritten", ledger_->unwritten())
        .add("looks_at_intervals", armed_)
        .add("damage",
             file().damage() ? file().damage()->message : std::string{})
        .build();
  }

  const registry_file& file() const { return ledger_->file(); }
  const core::port_table& table() const { return ledger_->table(); }

  // -- the queue --------------------------------------------------------------

  void enqueue(registry_job what) {
    queue_.push_back(std::move(what));
    take_on();
  }

  /// Begins with all that has come in, unless some of it is being done.
  void take_on() {
    if (asked_ > 0 || queue_.empty())
      return;
    if (std::ranges::none_of(queue_, needs_reading)) {
      work_on(queue_.size(), reading_ptr{});
      return;
    }
    asked_ = queue_.size();
    watch_ports ask{++token_, {}, {}, self_};
    if (std::ranges::any_of(queue_, looks_around)) {
      std::set<uint32_t> uids;
      for (const auto& [port, a] : table().entries()) {
        if (a.uid != core::unknown_uid)
          uids.insert(a.uid);
        if (a.process != 0)
          ask.ids.push_back(a.process);
      }
      ask.uids.assign(uids.begin(), uids.end());
    }
    tell(self_, world_.watcher, std::move(ask));
  }

  void work_on(size_t count, result<reading_ptr> seen) {
    auto reading = reading_ptr{};
    if (seen.ok())
      reading = *seen;
    else
      why_not_ = seen.failure();
    const auto end = queue_.begin() + static_cast<ptrdiff_t>(count);
    const auto automatic = std::any_of(queue_.begin(), end, is_automatic);
    const auto looking
        = reading && std::any_of(queue_.begin(), end, looks_around);
    if (looking)
      look_around(reading, automatic);
    for (; count > 0; --count) {
      auto what = std::move(queue_.front());
      queue_.pop_front();
      std::visit([&](auto& m) { serve(m, reading); }, what);
    }
    // First, so that whoever is told that a port is free again may count on its
    // quarantine, though the daemon be killed at once.
    ledger_->save_history();
    commit();
    if (looking)
      note_unused(*reading);
    arm();
    take_on();
  }

  /// Of a registry that cannot be read nothing can be told.
  void count(const count_use& m) {
    use_counted out{m.question, {}};
    if (!file().unreadable()) {
      const auto quota = allowance_of(*policy_, caller_of(*m.who)).quota;
      out.entries = {{"ports", file().table().count_of(m.who->uid), {}}};
      if (quota && *quota != UINT32_MAX)
        out.entries.front().limit = *quota;
    }
    tell(self_, m.asker, std::move(out));
  }

  // -- jobs -------------------------------------------------------------------

  template <class Decide>
  auto decide(const core::audit_entry& by, const reading_ptr& reading,
              Decide what) {
    const core::port_circumstances around{*policy_, reading.get(),
                                          why_not_, world_.now(),
                                          random_,  world_.uid_of};
    return ledger_->decide(by, around, std::move(what));
  }

  static core::audit_entry done_by(const submission& m) {
    core::audit_entry by;
    by.uid = m.caller->uid;
    by.user = m.caller->name;
    if (m.by) {
      by.pid = m.by->pid;
      by.pid_uid = m.by->uid;
    }
    return by;
  }

  /// What the daemon does by itself, or for a process of that user.
  static core::audit_entry done_by_us(uint32_t uid = 0,
                                      std::string user = "hiidet") {
    core::audit_entry by;
    by.uid = uid;
    by.user = std::move(user);
    return by;
  }

  static core::port_caller caller_of(const os::identity& who) {
    return {who.uid, who.name, who.home, who.groups, who.administrator};
  }

  void serve(submission& m, const reading_ptr& reading) {
    const auto& who = *m.caller;
    auto done = decide(done_by(m), reading, [&](core::port_clerk& clerk) {
      return clerk.answer(caller_of(who), m.what->what, m.what->version < 2);
    });
    auto what = done.ok() ? *std::move(done)
                          : protocol::payload{std::move(done).failure()};
    if (std::holds_alternative<protocol::error>(what)
        || std::holds_alternative<protocol::port_list>(what)) {
      send_reply(self_, m.reply_to, std::move(what));
      return;
    }
    ledger_->once_on_disk([this, to = m.reply_to, what = std::move(what)](
                              const error* failed) mutable {
      send_reply(self_, to,
                 failed ? protocol::payload{*failed} : std::move(what));
    });
  }

  void serve(claim_ports& m, const reading_ptr& reading) {
    auto done
        = decide(done_by_us(m.owner->uid, m.owner->name), reading,
                 [&](core::port_clerk& clerk) {
                   return clerk.claim(caller_of(*m.owner), m.id, m.wishes);
                 });
    ports_claimed out{m.id, {error{}}, {}};
    if (!done.ok())
      out.ports = std::move(done).failure();
    else if (!done->ok())
      out.ports = std::move(*done).failure();
    else
      out = {m.id, std::move((*done)->ports), std::move((*done)->fresh)};
    ledger_->once_on_disk([this, to = m.asker,
                           out = std::move(out)](const error* failed) mutable {
      if (failed && out.ports.ok())
        out = {out.id, {*failed}, {}};
      tell(self_, to, std::move(out));
    });
  }

  void serve(release_ports& m, const reading_ptr& reading) {
    auto done = decide(done_by_us(), reading, [&](core::port_clerk& clerk) {
      return clerk.release(m.id, m.uid, m.ports, m.free);
    });
    // The process is gone, whatever becomes of its ports.
    protocol::process_removed out{{}, m.ports};
    if (done.ok())
      out = *std::move(done);
    ledger_->once_on_disk([this, m, out = std::move(out)](const error* failed) {
      send_reply(self_, m.reply_to,
                 failed ? protocol::process_removed{{}, m.ports} : out);
    });
  }

  void serve(look_at_ports& m, const reading_ptr& reading) {
    // Where the registry cannot be read, or the kernel not be asked, nobody is
    // known to be in the way.
    ports_looked_at out{m.run, {}};
    auto done = decide(done_by_us(), reading, [&](core::port_clerk& clerk) {
      return clerk.look_at(m.id, m.ports);
    });
    if (done.ok())
      out.outcome = *std::move(done);
    tell(self_, m.asker, std::move(out));
  }

  void serve(port_rules& m, const reading_ptr&) {
    if (m.policy)
      policy_ = std::move(m.policy);
  }

  void serve(reload_registry&, const reading_ptr&) {
    commit();
    ledger_->reload();
  }

  /// Was done for the whole batch.
  void serve(watch_over_ports&, const reading_ptr&) {}

  void look_around(const reading_ptr& reading, bool automatic) {
    using enum core::port_clerk::tidying;
    const auto collecting
        = policy_->collect && world_.now() - started_ >= settling_time;
    const auto what = !automatic || file().damage() ? nothing
                      : collecting                  ? ports
                                                    : processes;
    std::ignore = decide(done_by_us(), reading, [&](core::port_clerk& clerk) {
      clerk.look_around(what);
      return true;
    });
  }

  void note_unused(const core::port_reading& reading) {
    auto now = core::find_unused(table(), reading, ledger_->history(), *policy_,
                                 world_.now());
    if (now == *unused_)
      return;
    unused_ = std::make_shared<const core::unused_ports>(std::move(now));
    tell_unused();
  }

  void tell_unused() {
    if (follower_)
      tell(self_, follower_, ports_unused{unused_});
  }

  void commit() {
    const auto done = ledger_->commit();
    if (world_.events)
      for (const auto& entry : done)
        tell(self_, world_.events, happened{core::event_of(entry)});
  }

  // -- the time ---------------------------------------------------------------

  /// There is a timer while there are allocations.
  void arm() {
    if (armed_ || table().size() == 0 || file().unreadable())
      return;
    armed_ = true;
    tell_self_after(self_, policy_->reading_every, watch_over_ports{++epoch_});
  }

  caf::event_based_actor* self_;
  registry_world world_;
  std::shared_ptr<const core::port_policy> policy_;
  core::random_source random_;
  std::optional<registry_ledger> ledger_;
  /// What has come in; the first `asked_` of it wait for the port_watcher.
  std::deque<registry_job> queue_;
  size_t asked_ = 0;
  uint64_t token_ = 0;
  error why_not_;
  protocol::wall_time started_{};
  /// What was unused when it last looked, and who is told of it.
  unused_ptr unused_ = std::make_shared<const core::unused_ports>();
  caf::actor follower_;
  bool armed_ = false;
  uint64_t epoch_ = 0;
};

caf::behavior port_registry(caf::stateful_actor<registry_state>* self,
                            registry_world world) {
  auto& state = state_of(self);
  state.init(std::move(world));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_port_registry(caf::actor_system& system, registry_world world,
                               bool detached) {
  return detached ? system.spawn<caf::detached>(port_registry, std::move(world))
                  : system.spawn(port_registry, std::move(world));
}

} // namespace hiisi::actors
