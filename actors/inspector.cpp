#include "actors/inspector.hpp"

#include "actors/core/authorization.hpp"
#include "actors/inspector_report.hpp"
#include "actors/message_tracing.hpp"
#include "actors/observed.hpp"
#include "actors/reply.hpp"
#include "actors/roster.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace hiisi::actors {

namespace {

using namespace std::chrono_literals;
using protocol::errc;
using protocol::make_error;

/// Who does not show itself within this is busy. The whole answer is to be
/// there in 50 ms.
constexpr auto inspection_patience = 20ms;
/// One that waits for a disk is worth a longer wait where it alone is asked.
constexpr auto patience_for_one = 2s;
/// Handlers are timed for so long after the last look.
constexpr auto timing_lasts = 60s;

class inspector_state {
public:
  static inline const char* name = "inspector";

  explicit inspector_state(caf::event_based_actor* self) : self_(self) {}

  void init(inspector_neighbours neighbours) {
    to_ = std::move(neighbours);
    tracing_.emplace(self_, to_.directory);
    self_->set_down_handler(
        [this](caf::down_msg& m) { tracing_->end_of(m.source); });
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return std::to_string(tracing_->count()) + " tracing"; }, {}},
        [this](debug_submission& m) { serve(std::move(m.what)); },
        [this](doctor_submission& m) { examine(m.what); },
        [this](described_self& m) { collect(m); },
        [this](answer& m) { compare_registry(m); },
        [this](gathering_due& m) { finish(m.question); },
        [this](identified& m) { tracing_->learn(m); },
        [this](timing_over&) { end_timing(); },
        [this](trace_ready&) { tracing_->pass_on(); },
        [this](trace_over& m) { tracing_->end(m.reply_to); },
        [this](stream_more& m) { tracing_->go_on(m.reply_to); },
        [this](inspect_broker& m) { to_.broker = std::move(m.broker); },
        [this](shown_configuration& m) { configuration_ = std::move(m.json); });
  }

private:
  enum class topic { actors, timers, actor, whole, doctor };

  /// Answers of actors that are being waited for.
  struct gathering {
    ticket reply_to;
    topic what{};
    std::vector<card_ptr> cards;
    self_descriptions said;
  };

  // -- requests ---------------------------------------------------------------

  void serve(submission m) {
    const auto& asked = std::get<protocol::debug_request>(m.what->what);
    if (!core::may({m.caller->uid, m.caller->administrator},
                   core::action::inspect_daemon, core::no_owner)) {
      send_reply(self_, m.reply_to,
                 make_error(errc::not_permitted,
                            "only root and members of hiisi-admin may look "
                            "inside of hiidet",
                            "hiisi status and hiisi events show what is "
                            "yours"));
      return;
    }
    keep_timing();
    if (asked.topic == "actors")
      ask(m, topic::actors, roster::instance().all(), inspection_patience);
    else if (asked.topic == "timers")
      ask(m, topic::timers, roster::instance().all(), inspection_patience);
    else if (asked.topic == "actor")
      ask_one(m, asked.actor.value_or(0));
    else if (asked.topic == "connections")
      ask_whole(m, to_.broker);
    else if (asked.topic == "keeper")
      ask_whole(m, to_.keeper);
    else if (asked.topic == "registry")
      ask_registry(m);
    else if (asked.topic == "config")
      report(m.reply_to, configuration_);
    else if (asked.topic == "trace")
      tracing_->begin(std::move(m));
    else
      send_reply(self_, m.reply_to,
                 make_error(errc::invalid_argument,
                            "there is no topic \"" + asked.topic + "\"",
                            "there are actors, actor, connections, keeper, "
                            "timers, registry, config and trace"));
  }

  void report(const ticket& to, std::string json) {
    send_reply(self_, to, protocol::debug_report{std::move(json)});
  }

  void keep_timing() {
    roster::instance().set_timing(true);
    last_look_ = self_->clock().now();
    if (!std::exchange(timing_, true))
      tell_self_after(self_, timing_lasts, timing_over{});
  }

  void end_timing() {
    const auto left = last_look_ + timing_lasts - self_->clock().now();
    timing_ = left.count() > 0 || tracing_->count() > 0;
    roster::instance().set_timing(timing_);
    if (timing_)
      tell_self_after(self_,
                      left.count() > 0
                          ? std::chrono::ceil<std::chrono::milliseconds>(left)
                          : std::chrono::milliseconds{timing_lasts},
                      timing_over{});
  }

  // -- asking actors ----------------------------------------------------------

  void ask_whole(const submission& m, const caf::actor& whom) {
    const auto card = whom ? roster::instance().find(whom.id()) : nullptr;
    if (card)
      ask(m, topic::whole, {card}, patience_for_one);
    else
      send_reply(self_, m.reply_to,
                 make_error(errc::unavailable, "that part is not there"));
  }

  /// Everybody may ask how the host is; only the keeper's part is not seen from
  /// here.
  void examine(const submission& m) {
    std::vector<card_ptr> keeper;
    if (auto card = roster::instance().find(to_.keeper ? to_.keeper.id() : 0))
      keeper.push_back(std::move(card));
    ask(m, topic::doctor, std::move(keeper), patience_for_one);
  }

  static core::keeper_facts keeper_of(const self_descriptions& said) {
    core::keeper_facts facts;
    if (said.empty() || !said.begin()->second.whole)
      return facts;
    const auto truth = [&](std::string_view name) {
      const auto* value = said.begin()->second.whole->find(name);
      const auto* is = value ? value->if_boolean() : nullptr;
      return is && *is;
    };
    facts.known = true;
    facts.ready = truth("ready");
    facts.cgroups = truth("cgroups");
    const auto* leaves = said.begin()->second.whole->find("leaves");
    if (const auto* text = leaves ? leaves->if_string() : nullptr)
      facts.leaves = *text;
    return facts;
  }

  /// The registry answers as it would a client.
  void ask_registry(const submission& m) {
    const auto question = next_question_++;
    registry_asked_.emplace(question, m.reply_to);
    submission all;
    all.reply_to = {self_, question};
    all.caller = m.caller;
    all.what = std::make_shared<const protocol::request>(
        protocol::request{protocol::port_lookup_request{}, {}, 2});
    tell(self_, to_.ports, port_submission{std::move(all)});
  }

  void compare_registry(const answer& m) {
    auto asked = registry_asked_.extract(m.sequence);
    if (asked)
      report(asked.mapped(), to_.compare_registry(*m.what));
  }

  void ask_one(const submission& m, uint64_t id) {
    const auto card = roster::instance().find(id);
    if (card)
      ask(m, topic::actor, {card}, patience_for_one);
    else
      send_reply(self_, m.reply_to,
                 make_error(errc::not_found,
                            "there is no actor " + std::to_string(id),
                            "hiisi debug actors lists them"));
  }

  void ask(const submission& m, topic what, std::vector<card_ptr> cards,
           std::chrono::milliseconds how_long) {
    const auto question = next_question_++;
    const auto whole
        = what == topic::actor || what == topic::whole || what == topic::doctor;
    auto& g = gatherings_[question];
    g.reply_to = m.reply_to;
    g.what = what;
    g.cards = std::move(cards);
    for (const auto& card : g.cards)
      if (auto whom = caf::actor_cast<caf::actor>(card->address))
        tell_first(self_, whom, describe_yourself{self_, question, whole});
    if (g.cards.empty())
      finish(question);
    else
      tell_self_after(self_, how_long, gathering_due{question});
  }

  void collect(described_self& m) {
    const auto i = gatherings_.find(m.question);
    if (i == gatherings_.end())
      return;
    auto& g = i->second;
    const auto question = m.question;
    g.said.insert_or_assign(m.id, std::move(m));
    if (g.said.size() == g.cards.size())
      finish(question);
  }

  void finish(uint64_t question) {
    auto gone = gatherings_.extract(question);
    if (!gone)
      return;
    const auto& g = gone.mapped();
    const auto now = std::chrono::steady_clock::now();
    if (g.what == topic::actors) {
      report(g.reply_to, report_actors(g.cards, g.said, now));
    } else if (g.what == topic::timers) {
      report(g.reply_to, report_timers(g.cards, g.said, now));
    } else if (g.what == topic::doctor) {
      send_reply(self_, g.reply_to,
                 protocol::doctor_report{to_.examine(keeper_of(g.said))});
    } else if (g.said.empty()) {
      send_reply(self_, g.reply_to,
                 make_error(errc::timed_out,
                            "actor " + std::to_string(g.cards.front()->id)
                                + " is busy, or has just ended",
                            "try again"));
    } else {
      const auto& said = g.said.begin()->second;
      report(g.reply_to, g.what == topic::whole
                             ? report_whole(said)
                             : report_actor(*g.cards.front(), said, now));
    }
  }

  caf::event_based_actor* self_;
  inspector_neighbours to_;
  std::string configuration_ = "{}";
  std::map<uint64_t, gathering> gatherings_;
  std::map<uint64_t, ticket> registry_asked_;
  uint64_t next_question_ = 1;
  /// Handlers are timed; a timing_over is on its way.
  bool timing_ = false;
  caf::actor_clock::time_point last_look_;
  std::optional<message_tracing> tracing_;
};

} // namespace

caf::actor spawn_inspector(caf::actor_system& system,
                           inspector_neighbours neighbours, bool detached) {
  auto begin =
      [to = std::move(neighbours)](caf::stateful_actor<inspector_state>* self) {
        auto& state = state_of(self);
        state.init(to);
        return state.make_behavior();
      };
  return detached ? system.spawn<caf::detached>(begin) : system.spawn(begin);
}

} // namespace hiisi::actors
