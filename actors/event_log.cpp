#include "actors/event_log.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/authorization.hpp"
#include "actors/event_reader.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/give_way.hpp"
#include "actors/reply.hpp"
#include "protocol/rfc3339.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

/// About how many bytes of events one part of an answer carries.
constexpr size_t part_bytes = 128 * 1024;
/// How many bytes are looked through before others get their turn.
constexpr size_t look_bytes = 1024 * 1024;
/// How many answers in parts one connection may have under way.
constexpr size_t readers_per_session = 16;

class event_log_state {
public:
  static inline const char* name = "event_log";

  explicit event_log_state(caf::event_based_actor* self) : self_(self) {}

  void init(event_log_setup setup) {
    setup_.emplace(std::move(setup));
    budget_ = core::event_budget{setup_->budget};
    next_number_ = last_number(setup_->log) + 1;
    self_->set_down_handler([this](caf::down_msg& m) { forget(m.source); });
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](happened& m) { take(std::move(m.what)); },
        [this](events_submission& m) { serve(std::move(m.what)); },
        [this](identified& m) { learn(m); },
        [this](stream_more& m) { go_on(m.reply_to); },
        [this](write_events&) { write_out(); },
        [this](watch_events& m) { watch(m); },
        [this](limit_events& m) { setup_->log.resize(m.file_bytes, m.files); },
        [this](flush&) {
          write_out();
          std::ignore = setup_->log.sync();
          return flush{};
        });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(next_number_ - 1) + " events, "
           + std::to_string(readers_.size()) + " readers";
  }

  core::ron::value whole() const {
    const auto end = setup_->log.end();
    return core::ron::struct_builder{"event_log"}
        .add("next_number", next_number_)
        .add("files", core::ron::list_of(setup_->log.generations()))
        .add("bytes_in_newest", end.offset)
        .add("unwritten_bytes", unwritten_.size())
        .add("readers", readers_.size())
        .add("watchers", watchers_.size())
        .add("failing", failing_)
        .build();
  }

  /// Somebody who reads events, part by part.
  struct reader {
    ticket reply_to;
    core::event_query query;
    os::line_position next;
    bool follow = false;
    /// At the end; waits for the next event.
    bool waits = false;
    bool found = false;
    /// What to say should there be nothing.
    std::string nothing;
  };
  using reader_key = std::pair<caf::actor_id, uint64_t>;

  static reader_key key_of(const ticket& t) {
    return {t.session.id(), t.sequence};
  }

  // -- in ---------------------------------------------------------------------

  void take(protocol::event what) {
    setup_->tallies->happened(what);
    if (what.uid) {
      const auto verdict = budget_.spend(*what.uid, os::boottime());
      if (!verdict.keep)
        return;
      if (verdict.left_out > 0)
        keep(left_out(what, verdict.left_out));
    }
    keep(std::move(what));
  }

  static protocol::event left_out(const protocol::event& next, uint64_t count) {
    protocol::event e;
    e.at = next.at;
    e.what = protocol::event_kind::refusal;
    e.uid = next.uid;
    e.user = next.user;
    e.by.who = protocol::event_cause::kind::policy;
    e.text = std::to_string(count)
             + " events were left out, as more came than are kept of one user";
    return e;
  }

  void keep(protocol::event what) {
    what.number = next_number_++;
    unwritten_ += protocol::encode_event(what);
    unwritten_ += '\n';
    if (setup_->journal)
      for_journal_.push_back(what);
    if (!watchers_.empty()) {
      const noted note{
          std::make_shared<const protocol::event>(std::move(what))};
      for (const auto& watcher : watchers_)
        tell(self_, watcher, note);
    }
    // What is in the mailbox already goes into the same write.
    if (!std::exchange(scheduled_, true))
      tell(self_, caf::actor{self_}, write_events{});
  }

  void write_out() {
    scheduled_ = false;
    if (unwritten_.empty())
      return;
    auto written = setup_->log.append(std::exchange(unwritten_, {}));
    if (written.ok())
      failing_ = false;
    else if (!std::exchange(failing_, true) && setup_->warn)
      setup_->warn("events are not kept: " + written.failure().message);
    for (const auto& e : std::exchange(for_journal_, {}))
      setup_->journal(e);
    std::vector<reader_key> waiting;
    for (const auto& [key, r] : readers_)
      if (r.waits)
        waiting.push_back(key);
    for (const auto& key : waiting)
      step(key);
  }

  void watch(watch_events& m) {
    std::erase(watchers_, m.watcher);
    if (!m.watching)
      return;
    self_->monitor(m.watcher);
    watchers_.push_back(std::move(m.watcher));
  }

  // -- out --------------------------------------------------------------------

  void serve(submission m) {
    const auto& asked = std::get<protocol::events_request>(m.what->what);
    const auto everybody = core::may({m.caller->uid, m.caller->administrator},
                                     core::action::see_fully, core::no_owner);
    if (asked.user && *asked.user != m.caller->name) {
      if (!everybody) {
        send_reply(
            self_, m.reply_to,
            make_error(errc::not_permitted,
                       "the events of " + *asked.user + " are not yours to see",
                       "only root and members of hiisi-admin see those "
                       "of others"));
        return;
      }
      identify_name question{*asked.user, self_};
      auto& waiting = unnamed_[question.name];
      waiting.push_back(std::move(m));
      if (waiting.size() == 1)
        tell(self_, setup_->directory, std::move(question));
      return;
    }
    const auto own = asked.user || !everybody;
    begin(m, own ? std::optional{m.caller->uid} : std::nullopt);
  }

  void learn(const identified& m) {
    auto waiting = std::exchange(unnamed_[m.name], {});
    unnamed_.erase(m.name);
    for (auto& s : waiting)
      if (m.who.ok())
        begin(s, (*m.who)->uid);
      else
        send_reply(self_, s.reply_to, m.who.failure());
  }

  void begin(const submission& m, std::optional<uint32_t> uid) {
    const auto& asked = std::get<protocol::events_request>(m.what->what);
    const auto key = key_of(m.reply_to);
    const auto first = readers_.lower_bound({key.first, 0});
    const auto beyond = readers_.lower_bound({key.first + 1, 0});
    if (std::distance(first, beyond)
        >= static_cast<std::ptrdiff_t>(readers_per_session)) {
      send_reply(self_, m.reply_to,
                 make_error(errc::limit_exceeded,
                            "too many lists of events are being sent on this "
                            "connection",
                            "wait for some to end, or use another"));
      return;
    }
    write_out(); // So that the answer has all that came before the question.
    reader r;
    r.reply_to = m.reply_to;
    r.query.uid = uid;
    r.follow = asked.follow;
    if (asked.since)
      r.query.since = protocol::format_rfc3339(*asked.since);
    if (asked.what)
      name_process(r, *asked.what, *m.caller);
    r.next = first_of(setup_->log, r.query, asked.last);
    self_->monitor(m.reply_to.session);
    readers_.emplace(key, std::move(r));
    step(key);
  }

  /// A name is the caller's own word for a process, an id is the host's.
  static void name_process(reader& r, const protocol::target& what,
                           const os::identity& caller) {
    if (const auto* id = std::get_if<uint32_t>(&what)) {
      r.query.id = *id;
      r.nothing = "no events of a process " + std::to_string(*id)
                  + " are kept that you may see";
    } else {
      r.query.name = std::get<std::string>(what);
      if (!r.query.uid)
        r.query.uid = caller.uid;
      r.nothing = "no events of a process named " + r.query.name
                  + " of yours are kept";
    }
  }

  void go_on(const ticket& whose) { step(key_of(whose)); }

  /// Sends the next part, if there is one.
  void step(const reader_key& key) {
    const auto i = readers_.find(key);
    if (i == readers_.end())
      return;
    auto& r = i->second;
    r.waits = false;
    auto part
        = read_events(setup_->log, r.next, r.query, part_bytes, look_bytes);
    if (!part) {
      send_reply(self_, r.reply_to, std::move(part).failure());
      readers_.erase(i);
      return;
    }
    r.next = part->next;
    const auto some = !part->list.entries.empty();
    r.found = r.found || some;
    if (part->at_end && !r.follow) {
      if (!r.found && !r.nothing.empty())
        send_reply(
            self_, r.reply_to,
            make_error(errc::not_found, r.nothing, "hiisi status lists yours"));
      else
        send_part(r, std::move(part->list), true);
      readers_.erase(i);
    } else if (some) {
      send_part(r, std::move(part->list), false);
    } else if (part->at_end) {
      r.waits = true;
    } else {
      tell(self_, caf::actor{self_}, stream_more{r.reply_to});
    }
  }

  void send_part(const reader& r, protocol::event_list list, bool last) {
    tell(self_, r.reply_to.session,
         answer_part{r.reply_to.sequence,
                     std::make_shared<protocol::payload>(std::move(list)),
                     last});
  }

  /// A session or a watcher is gone.
  void forget(const caf::actor_addr& who) {
    std::erase_if(readers_, [&](const auto& r) {
      return r.second.reply_to.session.address() == who;
    });
    std::erase_if(watchers_,
                  [&](const caf::actor& w) { return w.address() == who; });
  }

  caf::event_based_actor* self_;
  std::optional<event_log_setup> setup_;
  core::event_budget budget_;
  uint64_t next_number_ = 1;
  std::string unwritten_;
  std::vector<protocol::event> for_journal_;
  bool scheduled_ = false;
  /// The disk takes nothing just now, which has been said.
  bool failing_ = false;
  std::vector<caf::actor> watchers_;
  std::map<reader_key, reader> readers_;
  /// By login name: requests whose user is being looked up.
  std::map<std::string, std::vector<submission>> unnamed_;
};

caf::behavior event_log(caf::stateful_actor<event_log_state>* self,
                        event_log_setup& setup) {
  auto& state = state_of(self);
  state.init(std::move(setup));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_event_log(caf::actor_system& system, event_log_setup setup,
                           bool detached) {
  auto shared = std::make_shared<event_log_setup>(std::move(setup));
  auto begin = [shared, detached](caf::stateful_actor<event_log_state>* self) {
    if (detached)
      os::give_way();
    return event_log(self, *shared);
  };
  return detached ? system.spawn<caf::detached>(begin) : system.spawn(begin);
}

} // namespace hiisi::actors
