#include "actors/quota_clerk.hpp"

#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"
#include "actors/reply.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <iterator>
#include <map>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

class clerk_state {
public:
  static inline const char* name = "quota_clerk";

  explicit clerk_state(caf::event_based_actor* self) : self_(self) {}

  void init(quota_neighbours neighbours) { to_ = std::move(neighbours); }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](inspect_broker& m) { broker_ = std::move(m.broker); },
        [this](quota_submission& m) { begin(m.what); },
        [this](identified& m) { learn(m); },
        [this](use_counted& m) { collect(m); });
  }

private:
  struct question {
    ticket reply_to;
    protocol::quota_report report;
    size_t missing = 0;
  };

  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(questions_.size()) + " questions";
  }

  core::ron::value whole() const {
    return core::ron::struct_builder{"quota_clerk"}
        .add("questions", questions_.size())
        .add("users_being_looked_up", looked_up_.size())
        .build();
  }

  // -- questions --------------------------------------------------------------

  void begin(const submission& m) {
    const auto& user = std::get<protocol::quota_request>(m.what->what).user;
    if (!user || *user == m.caller->name) {
      ask(m.reply_to, m.caller);
    } else if (!m.caller->administrator) {
      send_reply(self_, m.reply_to,
                 make_error(errc::not_permitted,
                            "what others use only root and members of "
                            "hiisi-admin may see",
                            "leave out --user"));
    } else {
      looked_up_.emplace(*user, m.reply_to);
      tell(self_, to_.directory, identify_name{*user, self_});
    }
  }

  void learn(const identified& m) {
    const auto [first, last] = looked_up_.equal_range(m.name);
    for (auto i = first; i != last; ++i)
      if (m.who.ok())
        ask(i->second, *m.who);
      else
        send_reply(self_, i->second, m.who.failure());
    looked_up_.erase(first, last);
  }

  void ask(const ticket& reply_to, const identity_ptr& who) {
    const auto number = next_++;
    auto& q = questions_[number];
    q.reply_to = reply_to;
    q.report.user = who->name;
    q.report.uid = who->uid;
    for (const auto& counter : {to_.host, broker_, to_.ports})
      if (counter) {
        ++q.missing;
        tell(self_, counter, count_use{number, who, self_});
      }
  }

  void collect(use_counted& m) {
    const auto i = questions_.find(m.question);
    if (i == questions_.end())
      return;
    auto& q = i->second;
    std::ranges::move(m.entries, std::back_inserter(q.report.entries));
    if (--q.missing > 0)
      return;
    std::ranges::sort(q.report.entries, {}, [](const auto& entry) {
      return std::ranges::find(order, entry.what) - std::begin(order);
    });
    send_reply(self_, q.reply_to, std::move(q.report));
    questions_.erase(i);
  }

  static constexpr std::string_view order[]
      = {"processes", "starts_per_minute", "ports",
         "log_bytes", "connections",       "bytes_in_flight"};

  caf::event_based_actor* self_;
  quota_neighbours to_;
  caf::actor broker_;
  /// Who asks for somebody by name, while the name services are asked.
  std::multimap<std::string, ticket> looked_up_;
  std::map<uint64_t, question> questions_;
  uint64_t next_ = 1;
};

caf::behavior quota_clerk(caf::stateful_actor<clerk_state>* self,
                          quota_neighbours neighbours) {
  auto& state = state_of(self);
  state.init(std::move(neighbours));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_quota_clerk(caf::actor_system& system,
                             quota_neighbours neighbours) {
  return system.spawn(quota_clerk, std::move(neighbours));
}

} // namespace hiisi::actors
