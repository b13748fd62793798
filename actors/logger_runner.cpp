#include "actors/logger_runner.hpp"

#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/logger_launch.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace hiisi::actors {

namespace {

namespace wire = keeper_wire;

class logger_state {
public:
  static inline const char* name = "logger_runner";

  explicit logger_state(caf::event_based_actor* self) : self_(self) {}

  void init(caf::actor keeper, std::string program) {
    keeper_ = std::move(keeper);
    program_ = std::move(program);
    // Loggers of an earlier daemon's may still have numbers.
    next_ = number(static_cast<uint32_t>(os::boottime().count() / 1000));
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", {name, {}, 0, {}, 0},
        {[this] { return std::to_string(uids_.size()) + " loggers"; }, {}},
        [this](start_logger& m) { start(m); },
        [this](keeper_news& m) { hear(m); },
        [this](spawn_impossible& m) { forget(m.run); },
        [this](reconcile& m) { compare(m); });
  }

private:
  static uint32_t number(uint32_t count) {
    return os::first_logger_run | (count & ~os::first_logger_run);
  }

  /// The asker's end is answered with, whatever comes of the logger: whoever
  /// finds nobody at the other end does without.
  void start(start_logger& m) {
    auto ends = os::make_logger_channel();
    if (!ends) {
      tell(self_, m.asker, logger_ready{m.run, nullptr, nullptr});
      return;
    }
    while (uids_.contains(next_))
      next_ = number(next_ + 1);
    const auto id = std::exchange(next_, number(next_ + 1));
    auto plan = std::make_shared<os::launch_spec>(
        os::plan_logger(*m.launch, program_, *m.spec));
    uids_.emplace(id, plan->uid);
    std::vector<os::fd> held;
    held.push_back(std::move(ends->first));
    tell(self_, keeper_, watch_child{id, self_, false});
    tell(self_, keeper_,
         hold_sockets{
             id, std::make_shared<const std::vector<os::fd>>(std::move(held))});
    tell(self_, keeper_, spawn_child{id, id, std::move(plan), self_});
    // The child has it; a copy would keep the other end from seeing its end.
    tell(self_, keeper_, hold_sockets{id, nullptr});
    auto channel = os::with_channel(m.sockets, ends->second);
    auto connected = std::make_shared<os::launch_spec>(*m.launch);
    os::connect_to_logger(*connected, program_, *m.spec);
    tell(self_, m.asker,
         logger_ready{m.run, channel ? *std::move(channel) : nullptr,
                      std::move(connected)});
  }

  void hear(const keeper_news& news) {
    const auto& m = news.slot;
    switch (news.what) {
    case child_news::spawned:
      tell(self_, keeper_, release_child{m.id, m.run});
      break;
    case child_news::started:
    case child_news::hold_refused:
      break;
    case child_news::start_failed:
      forget(m.id);
      break;
    case child_news::refused:
      if (m.value == static_cast<uint32_t>(wire::kind::spawn))
        forget(m.id);
      break;
    case child_news::exited:
    case child_news::emptied:
      if (m.how_far == wire::phase::empty)
        ended(m.id);
      break;
    }
  }

  void ended(uint32_t id) {
    const auto i = uids_.find(id);
    if (i == uids_.end())
      return;
    wire::message m;
    m.what = wire::kind::acknowledge;
    m.id = m.run = id;
    m.uid = i->second;
    tell(self_, keeper_, command_child{m});
    forget(id);
  }

  /// After the keeper was away.
  void compare(const reconcile& m) {
    if (!m.slot)
      forget(m.id);
    else if (m.slot->how_far == wire::phase::empty)
      ended(m.id);
  }

  void forget(uint32_t id) {
    if (uids_.erase(id) > 0)
      tell(self_, keeper_, unwatch_child{id});
  }

  caf::event_based_actor* self_;
  caf::actor keeper_;
  std::string program_;
  uint32_t next_ = 0;
  /// Of the loggers that live, whose they are.
  std::map<uint32_t, uint32_t> uids_;
};

caf::behavior logger_runner(caf::stateful_actor<logger_state>* self,
                            caf::actor keeper, std::string program) {
  auto& state = state_of(self);
  state.init(std::move(keeper), std::move(program));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_logger_runner(caf::actor_system& system, caf::actor keeper,
                               std::string program) {
  return system.spawn(logger_runner, std::move(keeper), std::move(program));
}

} // namespace hiisi::actors
