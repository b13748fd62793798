#include "actors/session.hpp"

#include "actors/answer_frames.hpp"
#include "actors/caf_compat.hpp"
#include "actors/core/request_kinds.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/request_callers.hpp"
#include "actors/request_decoder.hpp"
#include "protocol/codec.hpp"
#include "protocol/limits.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

/// After a failure: what is not answered within this is given up. Whoever
/// takes over answers none of the requests of whoever failed.
constexpr std::chrono::seconds failure_patience{5};

class session_state {
public:
  static inline const char* name = "session";

  explicit session_state(caf::event_based_actor* self) : self_(self) {}

  void init(session_neighbours neighbours, daemon_facts facts,
            uint64_t connection, os::credentials peer) {
    to_ = std::move(neighbours);
    facts_ = std::move(facts);
    connection_ = connection;
    peer_ = peer;
    callers_.emplace(self_, to_.directory, peer, facts_.system, facts_.uid);
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based",
        {name, "uid " + std::to_string(callers_->uid()), to_.broker.id(),
         callers_->uid(), 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](frame_received& m) { receive(std::move(m.body)); },
        [this](body_decoded& m) { decoded(m); },
        [this](answer& m) { answered(m); },
        [this](answer_part& m) { answered_in_part(m); },
        [this](output_taken&) { ask_for_more(); },
        [this](send_answers&) {
          sending_ = false;
          flush();
        },
        [this](identified& m) {
          callers_->learn(m);
          send_on();
        },
        [this](someone_failed&) {
          if (!queue_.empty())
            tell_self_after(self_, failure_patience,
                            deadline{first_ + queue_.size()});
        },
        [this](deadline& m) { give_up_before(m.sequence); },
        [this](connection_lost&) { self_->quit(); });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(queue_.size()) + " requests, "
           + std::to_string(changing_) + " of them changing something";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> requests;
    for (const auto& p : queue_)
      requests.push_back(core::ron::struct_builder{}
                             .add("version", p.version)
                             .add("bytes", p.bytes)
                             .add("looks", p.looks)
                             .add("sent", p.sent)
                             .add("answered", p.response != nullptr)
                             .add("in_parts", static_cast<bool>(p.source))
                             .build());
    return core::ron::struct_builder{"session"}
        .add("connection", connection_)
        .add("uid", callers_->uid())
        .add("peer_uid", peer_.uid)
        .add("peer_pid", peer_.pid)
        .add("first", first_)
        .add("requests", core::ron::value::list(std::move(requests)))
        .build();
  }

  struct pending {
    size_t bytes = 0;
    uint32_t version = protocol::protocol_version;
    /// What it asks, until it has been sent on.
    request_ptr what;
    /// Which request it is, once it could be read, and when it came.
    std::optional<size_t> verb;
    std::chrono::nanoseconds since{0};
    /// The answer has yet to be told what its processes use; of one process,
    /// everything.
    bool measured = false;
    bool measured_whole = false;
    /// Only looks; waits for the changes before it.
    bool looks = false;
    bool sent = false;
    std::shared_ptr<protocol::payload> response;
    /// Who answers in parts, and the one that is to go out next.
    caf::actor source;
    std::shared_ptr<protocol::payload> part;
    bool last_part = false;
  };

  // -- in ---------------------------------------------------------------------

  void receive(std::string body) {
    auto& p = queue_.emplace_back();
    p.bytes = body.size();
    p.since = os::boottime();
    if (to_.decoder && body.size() > short_body_bytes) {
      tell(self_, to_.decoder,
           decode_body{self_, first_ + queue_.size() - 1, std::move(body)});
      return;
    }
    auto read = protocol::decode_request(body);
    if (read.ok()) {
      understand(p, std::make_shared<protocol::request>(std::move(*read)));
    } else {
      p.version = protocol::version_of(body);
      settle(p, std::move(read).failure());
    }
    send_on();
  }

  void decoded(body_decoded& m) {
    if (m.sequence < first_ || m.sequence >= first_ + queue_.size())
      return;
    auto& p = queue_[m.sequence - first_];
    p.version = m.version;
    if (m.what.ok())
      understand(p, *std::move(m.what));
    else
      settle(p, std::move(m.what).failure());
    send_on();
  }

  void understand(pending& p, std::shared_ptr<protocol::request> what) {
    if (auto* run = std::get_if<protocol::run_request>(&what->what))
      run->env.share_with_last(last_environment_);
    p.version = what->version;
    p.verb = what->what.index();
    if (const auto* status
        = std::get_if<protocol::status_request>(&what->what)) {
      p.measured = status->usage && to_.metrics;
      p.measured_whole = status->what.has_value();
    }
    p.looks = core::only_looks(what->what);
    p.what = std::move(what);
  }

  /// Sends on what can be, in order, then answers what is ready.
  void send_on() {
    for (auto i = first_unsent_; i < first_ + queue_.size(); ++i) {
      auto& p = queue_[i - first_];
      if (p.sent || p.response)
        continue;
      if (!p.what)
        break; // It is being decoded, and may change something.
      if (p.looks && changing_ > 0)
        break;
      auto who = callers_->caller_for(*p.what);
      if (!who)
        break; // The user database is being asked.
      p.sent = true;
      first_unsent_ = i + 1;
      if (!p.looks)
        ++changing_;
      if (who->ok())
        dispatch(i, p, *std::move(*who));
      else
        settle(p, std::move(*who).failure());
    }
    flush_soon();
  }

  void dispatch(uint64_t sequence, pending& p, identity_ptr caller) {
    using namespace protocol;
    submission s{{self_, sequence},
                 std::move(caller),
                 std::move(p.what),
                 callers_->behind_it()};
    const auto& what = s.what->what;
    if (std::holds_alternative<version_request>(what))
      settle(p, version_info{facts_.version, protocol_version, facts_.pid,
                             facts_.uid, facts_.system});
    else if (core::is_about_ports(what))
      tell(self_, to_.ports, port_submission{std::move(s)});
    else if (std::holds_alternative<events_request>(what)) {
      p.source = to_.events;
      tell(self_, p.source, events_submission{std::move(s)});
    } else if (core::is_about_hooks(what))
      tell(self_, to_.hooks, hook_submission{std::move(s)});
    else if (std::holds_alternative<quota_request>(what))
      tell(self_, to_.quotas, quota_submission{std::move(s)});
    else if (std::holds_alternative<doctor_request>(what))
      tell(self_, to_.inspector, doctor_submission{std::move(s)});
    else if (std::holds_alternative<debug_request>(what)) {
      p.source = to_.inspector;
      tell(self_, p.source, debug_submission{std::move(s)});
    } else
      tell(self_, to_.host, std::move(s));
  }

  // -- out --------------------------------------------------------------------

  void settle(pending& p, protocol::payload what) {
    if (p.response)
      return;
    p.response = std::make_shared<protocol::payload>(std::move(what));
    note_refusal(*p.response);
    count(p);
    if (p.sent && !p.looks)
      --changing_;
  }

  /// That a limit is reached is an event, whoever found it so.
  void note_refusal(const protocol::payload& what) {
    const auto* why = std::get_if<protocol::error>(&what);
    const auto who = callers_->self();
    if (!why || why->code != errc::limit_exceeded || !to_.events || !who)
      return;
    const auto& by = *callers_->behind_it();
    protocol::event e;
    e.at = os::wall_now();
    e.what = protocol::event_kind::refusal;
    e.uid = callers_->uid();
    e.user = who->name;
    e.by = {protocol::event_cause::kind::user, by.uid, by.user, by.pid};
    e.text = why->message;
    tell(self_, to_.events, happened{std::move(e)});
  }

  void answered(answer& m) {
    // What was given up at its deadline may be answered after all.
    if (m.sequence < first_ || m.sequence >= first_ + queue_.size())
      return;
    auto& p = queue_[m.sequence - first_];
    if (p.response)
      return;
    if (std::exchange(p.measured, false)
        && std::holds_alternative<protocol::status_list>(*m.what)) {
      tell(self_, to_.metrics,
           measure{{self_, m.sequence}, std::move(m.what), p.measured_whole});
      return;
    }
    p.response = std::move(m.what);
    note_refusal(*p.response);
    count(p);
    if (!p.looks)
      --changing_;
    send_on();
  }

  void answered_in_part(answer_part& m) {
    if (m.sequence < first_ || m.sequence >= first_ + queue_.size())
      return;
    auto& p = queue_[m.sequence - first_];
    p.part = std::move(m.what);
    p.last_part = m.last;
    flush_soon();
  }

  /// The client has taken the part before.
  void ask_for_more() {
    if (!queue_.empty() && queue_.front().source && !queue_.front().part)
      tell(self_, queue_.front().source, stream_more{{self_, first_}});
  }

  void count(const pending& p) {
    if (p.verb)
      to_.tallies->answered(*p.verb, os::boottime() - p.since);
    if (const auto* why = std::get_if<protocol::error>(&*p.response))
      to_.tallies->failed(why->code);
  }

  /// A ladder may still be climbed for one of these; that it is answered so
  /// early is the price of never leaving a client without an answer.
  void give_up_before(uint64_t sequence) {
    for (auto i = first_; i < sequence && i - first_ < queue_.size(); ++i)
      if (queue_[i - first_].sent && !queue_[i - first_].source)
        settle(queue_[i - first_],
               make_error(errc::timed_out,
                          "a part of hiidet failed while this was being done",
                          "it may still take effect: look at hiisi status"));
    send_on();
  }

  /// Answers go out together that have come together: to hand them to the
  /// broker, and by it to the kernel, takes longer than to make them.
  void flush_soon() {
    if (!queue_.empty() && (queue_.front().response || queue_.front().part)
        && !std::exchange(sending_, true))
      tell(self_, caf::actor{self_}, send_answers{});
  }

  /// Sends the answers that are ready, in the order of the requests.
  void flush() {
    frames_ready out{connection_, {}, 0, false};
    while (!queue_.empty()) {
      auto& p = queue_.front();
      if (p.response) {
        append_frames(out.bytes, std::move(*p.response), p.version);
      } else if (p.part) {
        protocol::append_frame(out.bytes, {std::move(*p.part), !p.last_part},
                               p.version);
        p.part.reset();
        out.wants_more = !p.last_part;
      } else {
        break;
      }
      if (out.wants_more)
        break;
      out.done += p.bytes;
      queue_.pop_front();
      ++first_;
    }
    first_unsent_ = std::max(first_unsent_, first_);
    if (!out.bytes.empty())
      tell(self_, to_.broker, std::move(out));
  }

  caf::event_based_actor* self_;
  session_neighbours to_;
  daemon_facts facts_;
  uint64_t connection_ = 0;
  os::credentials peer_;
  std::optional<request_callers> callers_;
  /// The answers that are ready are sent in a moment.
  bool sending_ = false;
  /// Requests not yet answered; the front has the number `first_`.
  std::deque<pending> queue_;
  uint64_t first_ = 0;
  uint64_t first_unsent_ = 0;
  /// Of the last run that was asked for. A thousand that wait would take
  /// megabytes for the same variables, and leave holes in memory behind.
  protocol::shared_environment last_environment_;
  /// Requests that change something and have been sent on, unanswered.
  size_t changing_ = 0;
};

caf::behavior session(caf::stateful_actor<session_state>* self,
                      session_neighbours neighbours, daemon_facts facts,
                      uint64_t connection, os::credentials peer) {
  auto& state = state_of(self);
  state.init(std::move(neighbours), std::move(facts), connection, peer);
  return state.make_behavior();
}

} // namespace

caf::actor spawn_session(caf::local_actor& parent,
                         session_neighbours neighbours, daemon_facts facts,
                         uint64_t connection, os::credentials peer) {
  return parent.spawn(session, std::move(neighbours), std::move(facts),
                      connection, peer);
}

} // namespace hiisi::actors
