#include "actors/port_registry.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/port_clerk.hpp"
#include "actors/core/port_text.hpp"
#include "actors/core/unused_ports.hpp"
#include "actors/observed.hpp"
#include "actors/os/random.hpp"
#include "actors/registry_file.hpp"
#include "actors/reply.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <set>
#include <tuple>
#include <variant>
#include <vector>

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
    file_.load(world_);
    table_ = file_.table();
    load_history();
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
              file_.unreadable()
                  ? nullptr
                  : std::make_shared<core::port_table>(file_.table())};
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
    return std::to_string(table_.entries().size()) + " allocations, "
           + std::to_string(queue_.size()) + " requests"
           + (file_.damage() ? ", the file is damaged" : "");
  }

  core::ron::value whole() const {
    return core::ron::struct_builder{"port_registry"}
        .add("allocations", table_.entries().size())
        .add("requests", queue_.size())
        .add("waiting_for_the_disk", waiting_.size())
        .add("audit_entries_unwritten", entries_.size())
        .add("looks_at_intervals", armed_)
        .add("damage", file_.damage() ? file_.damage()->message : std::string{})
        .build();
  }

  using job
      = std::variant<submission, claim_ports, release_ports, look_at_ports,
                     port_rules, reload_registry, watch_over_ports>;

  // -- the queue --------------------------------------------------------------

  void enqueue(job what) {
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
      for (const auto& [port, a] : table_.entries()) {
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
    const auto automatic = std::any_of(queue_.begin(), end, [](const job& j) {
      return std::holds_alternative<watch_over_ports>(j);
    });
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
    save_history();
    commit();
    if (looking)
      note_unused(*reading);
    arm();
    take_on();
  }

  static bool needs_reading(const job& what) {
    return std::holds_alternative<submission>(what)
           || std::holds_alternative<claim_ports>(what)
           || std::holds_alternative<look_at_ports>(what)
           || std::holds_alternative<watch_over_ports>(what);
  }

  /// Whether it shows which ports are unused, so that it is to be found out.
  static bool looks_around(const job& what) {
    if (const auto* s = std::get_if<submission>(&what)) {
      const auto& command = s->what->what;
      return std::holds_alternative<protocol::port_lookup_request>(command)
             || std::holds_alternative<protocol::port_check_request>(command)
             || std::holds_alternative<protocol::port_collect_request>(command);
    }
    return std::holds_alternative<watch_over_ports>(what);
  }

  /// Of a registry that cannot be read nothing can be told.
  void count(const count_use& m) {
    use_counted out{m.question, {}};
    if (!file_.unreadable()) {
      const auto quota = allowance_of(*policy_, caller_of(*m.who)).quota;
      out.entries = {{"ports", file_.table().count_of(m.who->uid), {}}};
      if (quota && *quota != UINT32_MAX)
        out.entries.front().limit = *quota;
    }
    tell(self_, m.asker, std::move(out));
  }

  // -- jobs -------------------------------------------------------------------

  /// Has a clerk decide. What that changes counts once it is on disk; where
  /// nothing may be changed it is undone, and the error says why.
  template <class Decide>
  auto decide(const core::audit_entry& by, const reading_ptr& reading,
              Decide what)
      -> result<decltype(what(std::declval<core::port_clerk&>()))> {
    if (file_.unreadable())
      return *file_.damage();
    const core::port_circumstances around{*policy_, reading.get(),
                                          why_not_, world_.now(),
                                          random_,  world_.uid_of};
    const auto history = file_.damage() ? history_ : core::port_history{};
    core::port_clerk clerk(table_, file_.table(), history_, around);
    auto done = what(clerk);
    auto deeds = clerk.take_deeds();
    if (!deeds.empty() && file_.damage()) {
      // To write would be to write over what somebody has yet to mend.
      table_ = file_.table();
      history_ = history;
      return *file_.damage();
    }
    for (auto& deed : deeds) {
      auto& entry = entries_.emplace_back(by);
      entry.at = around.now;
      entry.what = "port." + deed.what;
      entry.object = std::to_string(deed.port);
      entry.owner_uid = deed.uid;
      entry.owner = std::move(deed.user);
      entry.detail = std::move(deed.detail);
      if (!deed.label.empty())
        entry.detail = "label " + deed.label
                       + (entry.detail.empty() ? "" : ", " + entry.detail);
    }
    return done;
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
    once_on_disk([this, to = m.reply_to,
                  what = std::move(what)](const error* failed) mutable {
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
    once_on_disk([this, to = m.asker,
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
    once_on_disk([this, m, out = std::move(out)](const error* failed) {
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
    file_.load(world_);
    table_ = file_.table();
  }

  /// Was done for the whole batch.
  void serve(watch_over_ports&, const reading_ptr&) {}

  void look_around(const reading_ptr& reading, bool automatic) {
    using enum core::port_clerk::tidying;
    const auto collecting
        = policy_->collect && world_.now() - started_ >= settling_time;
    const auto what = !automatic || file_.damage() ? nothing
                      : collecting                 ? ports
                                                   : processes;
    std::ignore = decide(done_by_us(), reading, [&](core::port_clerk& clerk) {
      clerk.look_around(what);
      return true;
    });
  }

  void note_unused(const core::port_reading& reading) {
    auto now
        = core::find_unused(table_, reading, history_, *policy_, world_.now());
    if (now == *unused_)
      return;
    unused_ = std::make_shared<const core::unused_ports>(std::move(now));
    tell_unused();
  }

  void tell_unused() {
    if (follower_)
      tell(self_, follower_, ports_unused{unused_});
  }

  // -- the disk ---------------------------------------------------------------

  using waiter = std::function<void(const error* failed)>;

  /// Answers when all that was decided so far is on disk, or could not be put
  /// there; at once where nothing is waiting.
  void once_on_disk(waiter what) {
    if (entries_.empty())
      what(nullptr);
    else
      waiting_.push_back(std::move(what));
  }

  /// Makes durable what was decided since the last time, then says so. All
  /// that came in while the last write was under way shares this one.
  void commit() {
    auto waiting = std::exchange(waiting_, {});
    auto entries = std::exchange(entries_, {});
    if (entries.empty())
      return;
    auto saved = file_.save(world_, table_);
    if (!saved.ok()) {
      // Nobody has been told yet, so it simply did not happen.
      table_ = file_.table();
      for (auto& w : waiting)
        w(&saved.failure());
      return;
    }
    for (auto& w : waiting)
      w(nullptr);
    world_.audit(entries);
    if (world_.events)
      for (const auto& entry : entries)
        tell(self_, world_.events, happened{event_of(entry)});
  }

  static protocol::event event_of(const core::audit_entry& entry) {
    protocol::event e;
    e.at = entry.at;
    e.what = protocol::event_kind::port;
    e.uid = entry.owner_uid;
    e.user = entry.owner;
    if (entry.pid != 0)
      e.by = {protocol::event_cause::kind::user, entry.uid, entry.user,
              entry.pid};
    e.port = static_cast<uint16_t>(std::stoi(entry.object));
    e.text = entry.what.substr(entry.what.find('.') + 1)
             + (entry.detail.empty() ? "" : ": " + entry.detail);
    return e;
  }

  void load_history() {
    auto text = world_.load_history();
    if (text.ok() && !*text)
      return;
    auto read = text.ok()
                    ? core::port_history::read(**text, world_.history_path)
                    : result<core::port_history>{text.failure()};
    if (read.ok())
      history_ = *std::move(read);
    else
      world_.warn("when ports were last used is not known any more: "
                  + read.failure().message);
  }

  void save_history() {
    if (!history_.take_change())
      return;
    if (auto saved = world_.save_history(history_.text()); !saved.ok())
      world_.warn(saved.failure().message);
  }

  // -- the time ---------------------------------------------------------------

  /// There is a timer while there are allocations.
  void arm() {
    if (armed_ || table_.size() == 0 || file_.unreadable())
      return;
    armed_ = true;
    tell_self_after(self_, policy_->reading_every, watch_over_ports{++epoch_});
  }

  caf::event_based_actor* self_;
  registry_world world_;
  std::shared_ptr<const core::port_policy> policy_;
  core::random_source random_;
  /// As it is on disk, and with what has been decided since.
  registry_file file_;
  core::port_table table_;
  core::port_history history_;
  /// What has come in; the first `asked_` of it wait for the port_watcher.
  std::deque<job> queue_;
  size_t asked_ = 0;
  uint64_t token_ = 0;
  error why_not_;
  /// Who waits for the disk, and what the audit log will say.
  std::vector<waiter> waiting_;
  std::vector<core::audit_entry> entries_;
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
