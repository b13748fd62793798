#pragma once

#include "actors/core/process_machine.hpp"
#include "test/support/records.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace hiisi::test {

using namespace std::chrono_literals;

/// An effect as a word, such as "spawn(1)", so that tests read as tables.
struct effect_words {
  static std::string of(core::save_purpose purpose) {
    switch (purpose) {
    case core::save_purpose::note:
      return "note";
    case core::save_purpose::open_gate:
      return "open_gate";
    case core::save_purpose::end_of_run:
      return "end_of_run";
    case core::save_purpose::report_stop:
      return "report_stop";
    case core::save_purpose::first_signal:
      return "first_signal";
    }
    return "?";
  }
  static std::string of(const protocol::result<void>& outcome) {
    if (outcome.ok())
      return "ok";
    return std::string{to_string(outcome.failure().code)} + ": "
           + outcome.failure().message;
  }
  std::string operator()(const core::effect::save& e) const {
    return "save(" + of(e.purpose) + "," + std::to_string(e.run) + ")";
  }
  std::string operator()(const core::effect::save_live&) const {
    return "save_live";
  }
  std::string operator()(const core::effect::spawn& e) const {
    return "spawn(" + std::to_string(e.run) + ")";
  }
  std::string operator()(const core::effect::open_gate& e) const {
    return "open_gate(" + std::to_string(e.run) + ")";
  }
  std::string operator()(const core::effect::send_signal& e) const {
    return "signal(" + std::to_string(e.run) + "," + std::to_string(e.signal)
           + ")";
  }
  std::string operator()(const core::effect::kill_tree& e) const {
    return "kill(" + std::to_string(e.run) + ")";
  }
  std::string operator()(const core::effect::acknowledge& e) const {
    return "acknowledge(" + std::to_string(e.run) + ")";
  }
  std::string operator()(const core::effect::arm_timer& e) const {
    return "timer(" + std::to_string(e.delay.count()) + "ms)";
  }
  std::string operator()(const core::effect::start_finished& e) const {
    return "started(" + of(e.outcome) + ")";
  }
  std::string operator()(const core::effect::stop_finished& e) const {
    return "stopped(" + of(e.outcome) + ")";
  }
};

inline std::string words_of(const core::process_effects& effects) {
  std::string out;
  for (const auto& e : effects)
    out += (out.empty() ? "" : " ") + std::visit(effect_words{}, e);
  return out;
}

/// A process_machine with one function for each event, which returns the
/// effects as words.
class process_life {
public:
  using policy = protocol::restart_policy;
  using state_t = protocol::process_state;

  explicit process_life(policy when = policy::no,
                        core::process_settings settings = {})
      : process_life(fresh_record(when), settings) {}

  process_life(core::process_record record, core::process_settings settings)
      : machine{std::move(record), settings} {}

  static core::process_record fresh_record(policy when) {
    return record_of(when);
  }

  /// A record as it was found on disk.
  static core::process_record found_record(policy when, state_t state,
                                           bool wanted = true,
                                           uint32_t run = 3) {
    return record_of(when, state, run, wanted);
  }

  static protocol::exit_info exited(int status) {
    return {protocol::exit_info::kind::exited, status, false, {}};
  }
  static protocol::exit_info killed(int signal) {
    return {protocol::exit_info::kind::signaled, signal, false, {}};
  }
  static protocol::error disk_full() {
    return protocol::make_error(protocol::errc::storage_failed, "disk full");
  }

  std::string feed(core::process_event what) {
    auto effects = machine.handle(std::move(what), {now, random});
    for (const auto& e : effects)
      if (const auto* armed = std::get_if<core::effect::arm_timer>(&e)) {
        epoch = armed->epoch;
        delay = armed->delay;
      }
    return words_of(effects);
  }

  std::string start() { return feed(core::event::start{}); }
  std::string stop() { return feed(core::event::stop{}); }
  /// A stop that gets on record, where it has to, up to the first rung of the
  /// ladder.
  std::string stop_on_record() {
    if (record().spec->policy == policy::no)
      return stop();
    BOOST_TEST(stop() == "save(first_signal," + std::to_string(run()) + ")");
    return saved(core::save_purpose::first_signal);
  }
  std::string suspend() { return feed(core::event::suspend{}); }
  std::string saved(core::save_purpose purpose,
                    protocol::result<void> outcome = {}) {
    return saved(purpose, run(), std::move(outcome));
  }
  std::string saved(core::save_purpose purpose, uint32_t which,
                    protocol::result<void> outcome = {}) {
    return feed(core::event::saved{purpose, which, std::move(outcome)});
  }
  std::string live_saved() { return feed(core::event::live_saved{run()}); }
  core::child_facts facts(int32_t pid = 100) const { return {pid, 5, 6, now}; }
  std::string child_made() {
    return feed(core::event::child_made{run(), facts()});
  }
  std::string child_started() {
    return feed(core::event::child_started{run()});
  }
  std::string start_failed(std::string reason) {
    return feed(core::event::start_failed{run(), std::move(reason)});
  }
  std::string impossible(std::string reason) {
    return feed(
        core::event::start_failed{run(), std::move(reason), false, true});
  }
  std::string refused_for_now(std::string reason) {
    return feed(core::event::start_failed{run(), std::move(reason), true});
  }
  std::string ended(protocol::exit_info exit, bool tree_empty = true,
                    std::optional<core::leaf_memory> memory = {}) {
    return feed(
        core::event::child_ended{run(), {exit, now, tree_empty, memory}});
  }
  /// Lets the time of the timer last armed pass, and delivers it.
  std::string timer() {
    now += delay;
    return feed(core::event::timer{epoch});
  }
  std::string found(uint32_t which, bool has_started,
                    std::optional<core::child_end> end = std::nullopt,
                    bool released = false) {
    return feed(core::event::found{which, has_started, facts(), end, released});
  }
  std::string not_found(bool rebooted = false, uint32_t live_run = 0) {
    return feed(core::event::not_found{rebooted, live_run, {}});
  }

  /// Carries a launch on from `spawn` to the state running.
  void come_up() {
    child_made();
    saved(core::save_purpose::open_gate);
    live_saved();
    BOOST_TEST_REQUIRE(child_started().find("error") == std::string::npos);
    BOOST_TEST_REQUIRE(state() == "running");
  }
  /// From a new process to the state running.
  void run_up() {
    start();
    come_up();
  }

  [[nodiscard]] uint32_t run() const { return machine.record().run; }
  [[nodiscard]] std::string state() const {
    return std::string{to_string(machine.record().state)};
  }
  [[nodiscard]] const core::process_record& record() const {
    return machine.record();
  }

  core::process_machine machine;
  core::boot_time now{1h};
  double random = 0.5;
  uint64_t epoch = 0;
  std::chrono::milliseconds delay{0};
};

} // namespace hiisi::test
