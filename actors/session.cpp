#include "actors/session.hpp"

#include "actors/answer_frames.hpp"
#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/request_decoder.hpp"
#include "protocol/codec.hpp"
#include "protocol/limits.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

/// After a failure: what is not answered within this is given up. Whoever
/// takes over answers none of the requests of whoever failed.
constexpr std::chrono::seconds failure_patience{5};

/// Root alone may act for another user.
constexpr uint32_t root_uid = 0;

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
    uid_ = facts_.system ? peer.uid : facts_.uid;
    tell(self_, to_.directory, identify{uid_, self_});
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based",
        {name, "uid " + std::to_string(uid_), to_.broker.id(), uid_, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](frame_received& m) { receive(std::move(m.body)); },
        [this](body_decoded& m) { decoded(m); },
        [this](answer& m) { answered(m); },
        [this](answer_part& m) { answered_in_part(m); },
        [this](output_taken&) { ask_for_more(); },
        [this](identified& m) { learn(m); },
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
        .add("uid", uid_)
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

  void understand(pending& p, request_ptr what) {
    p.version = what->version;
    p.verb = what->what.index();
    if (const auto* status
        = std::get_if<protocol::status_request>(&what->what)) {
      p.measured = status->usage && to_.metrics;
      p.measured_whole = status->what.has_value();
    }
    p.looks
        = std::visit([](const auto& r) { return only_looks(r); }, what->what);
    p.what = std::move(what);
  }

  template <class Request, class... Kinds>
  static constexpr bool is_any_of = (std::is_same_v<Request, Kinds> || ...);

  template <class Request>
  static constexpr bool only_looks(const Request&) {
    using namespace protocol;
    return is_any_of<Request, status_request, logs_request, port_lookup_request,
                     port_check_request, port_suggest_request, version_request,
                     events_request, hook_list_request, debug_request,
                     quota_request, doctor_request>;
  }

  template <class Request>
  static constexpr bool is_about_ports(const Request&) {
    using namespace protocol;
    return is_any_of<
        Request, port_allocate_request, port_free_request, port_lookup_request,
        port_check_request, port_suggest_request, port_keep_request,
        port_transfer_request, port_accept_request, port_collect_request>;
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
      auto who = caller_for(*p.what);
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
    flush();
  }

  /// Who the request acts for, or nothing while that is being found out. The
  /// kernel says who the peer is; only root may name somebody else.
  std::optional<protocol::result<identity_ptr>>
  caller_for(const protocol::request& what) {
    if (!self_identity_)
      return std::nullopt;
    if (!facts_.system || uid_ != root_uid || what.user.empty()
        || !self_identity_->ok() || what.user == (**self_identity_)->name)
      return self_identity_;
    auto i = others_.find(what.user);
    if (i == others_.end()) {
      others_.emplace(what.user, std::nullopt);
      tell(self_, to_.directory, identify_name{what.user, self_});
      return std::nullopt;
    }
    return i->second;
  }

  void learn(identified& m) {
    if (m.name.empty())
      self_identity_ = rights_here(std::move(m.who));
    else
      others_[m.name] = std::move(m.who);
    send_on();
  }

  /// Whoever has a daemon of their own administers it.
  protocol::result<identity_ptr>
  rights_here(protocol::result<identity_ptr> who) const {
    if (facts_.system || !who.ok() || (*who)->administrator)
      return who;
    auto own = std::make_shared<os::identity>(**who);
    own->administrator = true;
    return identity_ptr{std::move(own)};
  }

  void dispatch(uint64_t sequence, pending& p, identity_ptr caller) {
    using namespace protocol;
    submission s{
        {self_, sequence}, std::move(caller), std::move(p.what), behind_it()};
    const auto& what = s.what->what;
    if (std::holds_alternative<version_request>(what))
      settle(p, version_info{facts_.version, protocol_version, facts_.pid,
                             facts_.uid, facts_.system});
    else if (std::visit([](const auto& r) { return is_about_ports(r); }, what))
      tell(self_, to_.ports, port_submission{std::move(s)});
    else if (std::holds_alternative<events_request>(what)) {
      p.source = to_.events;
      tell(self_, p.source, events_submission{std::move(s)});
    } else if (std::holds_alternative<hook_add_request>(what)
               || std::holds_alternative<hook_list_request>(what)
               || std::holds_alternative<hook_remove_request>(what))
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

  /// Made with the first request, when the peer's name is known.
  const requester_ptr& behind_it() {
    if (!requester_) {
      const auto named = peer_.uid == uid_ && self_identity_->ok();
      requester_ = std::make_shared<requester>(
          requester{peer_.uid, named ? (**self_identity_)->name : std::string{},
                    peer_.pid});
    }
    return requester_;
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
    if (!why || why->code != errc::limit_exceeded || !to_.events
        || !self_identity_ || !self_identity_->ok())
      return;
    const auto& by = *behind_it();
    protocol::event e;
    e.at = os::wall_now();
    e.what = protocol::event_kind::refusal;
    e.uid = uid_;
    e.user = (**self_identity_)->name;
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
    flush();
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
  requester_ptr requester_;
  /// Whom the peer acts as.
  uint32_t uid_ = 0;
  std::optional<protocol::result<identity_ptr>> self_identity_;
  std::map<std::string, std::optional<protocol::result<identity_ptr>>> others_;
  /// Requests not yet answered; the front has the number `first_`.
  std::deque<pending> queue_;
  uint64_t first_ = 0;
  uint64_t first_unsent_ = 0;
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
