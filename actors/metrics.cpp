#include "actors/metrics.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/log_paths.hpp"
#include "actors/core/port_table.hpp"
#include "actors/metrics_quotas.hpp"
#include "actors/metrics_rows.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/utf8.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace hiisi::actors {

namespace {

using std::chrono::nanoseconds;

/// Who does not answer by then is left out: it has failed, or waits for a
/// disk.
constexpr std::chrono::milliseconds scrape_patience{2'000};

/// Who scrapes at all does so each minute or more often.
constexpr std::chrono::minutes rest_after{2};

/// Metrics are of all users, so the registry is asked as root would ask it.
identity_ptr everybodys_reader() {
  os::identity root;
  root.uid = os::root_uid;
  root.name = "root";
  root.groups = {0};
  root.administrator = true;
  return std::make_shared<const os::identity>(std::move(root));
}

class metrics_state {
public:
  static inline const char* name = "metrics";

  explicit metrics_state(caf::event_based_actor* self) : self_(self) {}

  void init(metrics_setup setup) {
    setup_ = std::move(setup);
    quotas_.set(std::move(setup_.port_policy));
    quotas_.set(std::move(setup_.limits));
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](scrape& m) { serve(m); }, [this](drop_page) { page_.reset(); },
        [this](rest) { rest_unless_asked(); },
        [this](measure& m) { add_usage(m); },
        [this](answer& m) { take_shown_ports(m); },
        [this](identified& m) { learn(m); },
        [this](answers_due& m) { go_on_without(m.round); },
        [this](port_rules& m) { quotas_.set(std::move(m.policy)); },
        [this](limit_connections& m) {
          setup_.connections_per_user = m.limits.connections_per_user;
          quotas_.set(std::move(m.policy));
        });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(waiting_.size()) + " scrapes wait";
  }

  core::ron::value whole() const {
    return core::ron::struct_builder{"metrics"}
        .add("waiting", waiting_.size())
        .add("answers_missing", missing_)
        .add("users_seen", uids_.size())
        .build();
  }

  void serve(scrape& m) {
    if (page_ && m.asked_at <= page_made_at_) {
      m.deliver(page_);
      return;
    }
    waiting_.push_back(std::move(m.deliver));
    if (waiting_.size() == 1)
      gather();
  }

  /// Only of what the asker may see in full: others may see it in /proc as
  /// well as we, yet this is not where to look.
  void add_usage(measure& m) {
    auto* list = std::get_if<protocol::status_list>(&*m.what);
    std::vector<os::usage_target> targets;
    std::vector<protocol::status_entry*> entries;
    for (auto& entry : list->entries)
      if (entry.full && core::is_up(entry.state)) {
        targets.push_back({entry.id, entry.uid, entry.pid});
        entries.push_back(&entry);
      }
    auto usages = setup_.world.usage(
        targets, m.whole ? os::usage_detail::whole : os::usage_detail::basic);
    for (size_t i = 0; i < usages.size(); ++i)
      if (usages[i])
        entries[i]->usage.push_back(*std::move(usages[i]));
    tell(self_, m.reply_to.session,
         answer{m.reply_to.sequence, std::move(m.what)});
  }

  // -- what the other actors know ---------------------------------------------

  void gather() {
    forget_answers();
    const auto round = ++round_;
    missing_ = 3;
    ask<supervisors>(
        self_, setup_.host, scrape_patience, list_supervisors{},
        [this, round](supervisors& all) { gather_views(all.all, round); },
        [this, round] { one_is_in(round); });
    ask<shown_ports>(
        self_, setup_.ports, scrape_patience, show_ports{},
        [this, round](shown_ports& m) {
          if (!is_open(round))
            return;
          ports_ = std::move(m.table);
          if (ports_)
            for (const auto& [port, allocation] : ports_->entries())
              ask_for_groups(allocation.uid);
          one_is_in(round);
        },
        [this, round] { one_is_in(round); });
    // Whether a port is in use, and whether that is its owner's doing, is the
    // registry's to say: nobody else knows of sockets that are held.
    submission lookup;
    lookup.reply_to = {self_, round};
    lookup.caller = reader_;
    lookup.what = lookup_;
    tell(self_, setup_.ports, port_submission{std::move(lookup)});
    tell_self_after(self_, scrape_patience, answers_due{round});
  }

  void gather_views(const std::vector<caf::actor>& from, uint64_t round) {
    if (!is_open(round))
      return;
    missing_ += from.size();
    for (const auto& supervisor : from)
      ask<shown_views>(
          self_, supervisor, scrape_patience, show_views{},
          [this, round](shown_views& m) {
            if (!is_open(round))
              return;
            if (!m.all.empty())
              ask_for_groups(m.all.front()->record.spec->uid);
            std::move(m.all.begin(), m.all.end(), std::back_inserter(views_));
            one_is_in(round);
          },
          [this, round] { one_is_in(round); });
    one_is_in(round);
  }

  void take_shown_ports(const answer& m) {
    if (!is_open(m.sequence))
      return;
    if (const auto* list = std::get_if<protocol::port_list>(&*m.what))
      shown_ports_ = list->entries;
    one_is_in(round_);
  }

  void ask_for_groups(uint32_t uid) {
    if (!quotas_.needs_groups_of(uid, os::boottime())
        || !unidentified_.insert(uid).second)
      return;
    ++missing_;
    tell(self_, setup_.directory, identify{uid, self_});
  }

  void learn(const identified& m) {
    quotas_.learn(m, os::boottime());
    if (unidentified_.erase(m.uid) > 0)
      one_is_in(round_);
  }

  /// Whether that reading still takes answers.
  [[nodiscard]] bool is_open(uint64_t round) const {
    return round == round_ && missing_ > 0;
  }

  void go_on_without(uint64_t round) {
    if (is_open(round)) {
      missing_ = 1;
      one_is_in(round);
    }
  }

  void forget_answers() {
    views_.clear();
    ports_ = nullptr;
    shown_ports_.reset();
    unidentified_.clear();
  }

  void one_is_in(uint64_t round) {
    if (!is_open(round) || --missing_ > 0)
      return;
    page_ = std::make_shared<const std::string>(setup_.world.render(read()));
    page_made_at_ = os::boottime();
    scraped_at_ = self_->clock().now();
    if (!std::exchange(awake_, true))
      tell_self_after(self_, rest_after, rest{});
    for (const auto& deliver : std::exchange(waiting_, {}))
      deliver(page_);
    forget_answers();
    // Whoever has asked meanwhile is before this in the mailbox.
    tell(self_, caf::actor{self_}, drop_page{});
  }

  void rest_unless_asked() {
    const auto idle = self_->clock().now() - scraped_at_;
    awake_ = idle < rest_after;
    if (awake_)
      tell_self_after(
          self_,
          std::chrono::ceil<std::chrono::milliseconds>(rest_after - idle),
          rest{});
    else
      setup_.world.rest();
  }

  // -- what the kernel knows --------------------------------------------------

  [[nodiscard]] core::metrics_reading read() {
    const auto begin = os::boottime();
    std::ranges::sort(views_, {},
                      [](const view_ptr& v) { return v->record.spec->id; });
    core::metrics_reading out;
    out.version = setup_.version;
    out.tallies = setup_.tallies->read();
    read_processes(out, begin);
    if (ports_ && shown_ports_) {
      out.ports = count_ports(*shown_ports_);
      for (const auto& [port, allocation] : ports_->entries()) {
        const auto user = protocol::to_valid_utf8(allocation.user);
        ++out.users[user].ports;
        uids_[user] = allocation.uid;
      }
      for (const auto& entry : *shown_ports_)
        if (entry.unused)
          ++out.users[protocol::to_valid_utf8(entry.user)].unused_ports;
    }
    add_tallies(out);
    out.host = setup_.world.host();
    out.self = setup_.world.self();
    if (!started_)
      started_ = out.self.started;
    out.self.started = *started_;
    out.volumes = setup_.world.volumes();
    out.took = os::boottime() - begin;
    return out;
  }

  void read_processes(core::metrics_reading& out, core::boot_time now) {
    std::vector<os::usage_target> targets;
    std::vector<size_t> rows;
    out.processes.reserve(views_.size());
    for (const auto& view : views_) {
      const auto& record = view->record;
      auto& row = out.processes.emplace_back(row_of(*view, now));
      add_log_sizes(row, *record.spec);
      if (!row.up)
        continue;
      targets.push_back({record.spec->id, record.spec->uid, view->child.pid});
      rows.push_back(out.processes.size() - 1);
      if (view->child.started_at.count() > 0)
        row.started = ledger_.started(record.spec->id, record.run,
                                      view->child.started_at);
    }
    auto usages = setup_.world.usage(targets, os::usage_detail::measured);
    for (size_t i = 0; i < usages.size(); ++i) {
      auto& row = out.processes[rows[i]];
      row.usage = std::move(usages[i]);
      if (row.usage)
        ledger_.settle(row.id, views_[rows[i]]->record.run, *row.usage);
    }
    ledger_.forget_the_gone();
    for (size_t i = 0; i < views_.size(); ++i) {
      const auto& record = views_[i]->record;
      auto& user = out.users[out.processes[i].user];
      add_to_user(user, out.processes[i], record);
      uids_[out.processes[i].user] = record.spec->uid;
    }
  }

  void add_log_sizes(core::process_reading& row,
                     const core::process_spec& spec) {
    if (!setup_.world.log_size)
      return;
    const auto paths
        = core::log_paths_for(setup_.world.home, spec.id, spec.name);
    if (!paths.ok())
      return;
    row.output_log_bytes = setup_.world.log_size(paths->standard_output);
    row.error_log_bytes = setup_.world.log_size(paths->standard_error);
  }

  void add_tallies(core::metrics_reading& out) {
    for (auto& [user, reading] : out.users) {
      const auto uid = uids_.find(user);
      if (uid == uids_.end())
        continue;
      if (const auto own = out.tallies.users.find(uid->second);
          own != out.tallies.users.end()) {
        reading.restarts = own->second.restarts;
        reading.cpu += own->second.cpu;
      }
      // What a process used last is known a little later than that it ended.
      auto& highest = highest_cpu_[uid->second];
      highest = reading.cpu = std::max(reading.cpu, highest);
      if (uid->second == os::root_uid)
        continue; // Nothing limits root.
      const auto open = out.tallies.connections.find(uid->second);
      const auto limits = quotas_.limits(uid->second, user);
      const auto add = [&quotas = reading.quotas](
                           const char* what, uint64_t use, uint64_t limit) {
        if (limit != core::no_limit)
          quotas.push_back({what, use, limit});
      };
      add("connections",
          open == out.tallies.connections.end() ? 0 : open->second,
          limits ? limits->connections : setup_.connections_per_user);
      if (limits)
        add("processes", reading.defined, limits->processes);
      if (limits)
        add("log_bytes", quotas_.log_use(uid->second, user, reading.logs),
            limits->log_bytes);
      if (const auto ports = quotas_.of_ports(uid->second, user);
          ports && out.ports)
        add("ports", reading.ports, *ports);
    }
    uids_.clear();
  }

  caf::event_based_actor* self_;
  metrics_setup setup_;
  usage_ledger ledger_;
  std::optional<protocol::wall_time> started_;
  std::vector<std::function<void(page_ptr)>> waiting_;
  /// What asks the registry which ports are in use, and as whom.
  identity_ptr reader_ = everybodys_reader();
  request_ptr lookup_ = std::make_shared<const protocol::request>(
      protocol::request{protocol::port_lookup_request{}, {}, 2});
  /// Counts readings, so that a late answer is told from one to the next.
  uint64_t round_ = 0;
  size_t missing_ = 0;
  std::vector<view_ptr> views_;
  std::shared_ptr<const core::port_table> ports_;
  /// As a lookup shows them; nothing where the registry has not said.
  std::optional<std::vector<protocol::port_entry>> shown_ports_;
  user_quotas quotas_;
  /// Whose groups are being asked for.
  std::set<uint32_t> unidentified_;
  /// Of the users of this reading, by name.
  std::map<std::string, uint32_t> uids_;
  std::map<uint32_t, nanoseconds> highest_cpu_;
  page_ptr page_;
  nanoseconds page_made_at_{0};
  caf::actor_clock::time_point scraped_at_;
  /// Whether it is to look whether anybody scrapes any more.
  bool awake_ = false;
};

caf::behavior metrics(caf::stateful_actor<metrics_state>* self,
                      metrics_setup setup) {
  auto& state = state_of(self);
  state.init(std::move(setup));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_metrics(caf::actor_system& system, metrics_setup setup,
                         bool detached) {
  return detached ? system.spawn<caf::detached>(metrics, std::move(setup))
                  : system.spawn(metrics, std::move(setup));
}

} // namespace hiisi::actors
