#include "actors/logger_runner.hpp"

#include "actors/caf_compat.hpp"
#include "actors/keeper_runs.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/logger_launch.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hiisi::actors {

namespace {

class logger_state {
public:
  static inline const char* name = "logger_runner";

  explicit logger_state(caf::event_based_actor* self) : self_(self) {}

  void init(caf::actor keeper, std::string program) {
    keeper_ = std::move(keeper);
    program_ = std::move(program);
    runs_.emplace(self_, keeper_,
                  run_numbers{os::first_logger_run, ~os::first_logger_run},
                  static_cast<uint32_t>(os::boottime().count() / 1000),
                  [](const keeper_runs::end&) {});
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", {name, {}, 0, {}, 0},
        {[this] { return std::to_string(runs_->size()) + " loggers"; }, {}},
        [this](start_logger& m) { start(m); },
        [this](keeper_news& m) { runs_->hear(m); },
        [this](spawn_impossible& m) { runs_->hear(m); },
        [this](reconcile& m) { runs_->hear(m); });
  }

private:
  /// The asker's end is answered with, whatever comes of the logger: whoever
  /// finds nobody at the other end does without.
  void start(start_logger& m) {
    auto ends = os::make_logger_channel();
    if (!ends) {
      tell(self_, m.asker, logger_ready{m.run, nullptr, nullptr});
      return;
    }
    auto plan = std::make_shared<os::launch_spec>(
        os::plan_logger(*m.launch, program_, *m.spec));
    std::vector<os::fd> held;
    held.push_back(std::move(ends->first));
    const auto id = runs_->start(
        std::move(plan),
        std::make_shared<const std::vector<os::fd>>(std::move(held)));
    // The child has it; a copy would keep the other end from seeing its end.
    tell(self_, keeper_, hold_sockets{id, nullptr});
    auto channel = os::with_channel(m.sockets, ends->second);
    auto connected = std::make_shared<os::launch_spec>(*m.launch);
    os::connect_to_logger(*connected, program_, *m.spec);
    tell(self_, m.asker,
         logger_ready{m.run, channel ? *std::move(channel) : nullptr,
                      std::move(connected)});
  }

  caf::event_based_actor* self_;
  caf::actor keeper_;
  std::string program_;
  /// The loggers that live.
  std::optional<keeper_runs> runs_;
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
