#include "actors/core/process_events.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

namespace {

using protocol::event_cause;
using protocol::event_kind;
using protocol::process_state;

const event_cause by_policy{event_cause::kind::policy, 0, {}, 0};
const event_cause by_itself{event_cause::kind::process, 0, {}, 0};
const event_cause by_daemon{};

/// One step, looked at as a whole.
class step {
public:
  step(const process_spec& spec, const process_moment& before,
       const process_moment& after, const event_context& context)
      : spec_(spec), before_(before), after_(after), context_(context) {}

  std::vector<protocol::event> events() {
    tell_recovery();
    tell_start();
    tell_stop();
    tell_exit();
    tell_failed_start();
    tell_what_follows();
    return std::move(out_);
  }

private:
  protocol::event& add(event_kind what, event_cause by) {
    auto& e = out_.emplace_back();
    e.at = context_.now;
    e.what = what;
    e.uid = spec_.uid;
    e.user = spec_.user;
    e.id = spec_.id;
    e.name = spec_.name;
    e.by = std::move(by);
    e.run = after_.run;
    return e;
  }

  [[nodiscard]] event_cause asker() const {
    return context_.asked.value_or(by_daemon);
  }

  [[nodiscard]] bool has_ended() const {
    return after_.last_exit && after_.last_exit != before_.last_exit;
  }

  /// Its start was under way and came to nothing.
  [[nodiscard]] bool start_has_failed() const {
    return before_.state == process_state::starting && !has_ended()
           && (after_.state == process_state::failed
               || after_.state == process_state::backoff);
  }

  void tell_recovery() {
    // Whatever is on record: automatic restarts are not, so that it may look
    // as if it waited for one.
    if (context_.recovering
        && (after_.state == process_state::running
            || after_.state == process_state::stopping))
      add(event_kind::recovery, by_daemon).text = "taken over as it ran";
  }

  void tell_start() {
    // What was found was started before; what has ended must have been.
    if (context_.recovering || before_.state != process_state::starting
        || !(after_.state == process_state::running
             || after_.state == process_state::stopping || has_ended()))
      return;
    const auto again = context_.launched_by.who == event_cause::kind::policy;
    add(again ? event_kind::restart : event_kind::start, context_.launched_by);
  }

  void tell_stop() {
    const auto begins = context_.ending_asked
                        && (before_.state == process_state::starting
                            || before_.state == process_state::running
                            || before_.state == process_state::backoff)
                        && (after_.state == process_state::stopping
                            || after_.state == process_state::stopped);
    // What was being cleared away after a crash is to stay away now.
    const auto joins = before_.wanted && !after_.wanted
                       && before_.state == process_state::stopping;
    if (begins || joins)
      add(event_kind::stop, asker());
  }

  void tell_exit() {
    if (!has_ended())
      return;
    auto& e
        = add(event_kind::exit, context_.ending_asked ? asker() : by_itself);
    e.at = after_.last_exit->at;
    e.exit = after_.last_exit;
    e.used = context_.used;
    if (after_.state == process_state::exited
        || after_.state == process_state::stopped)
      e.text = after_.reason;
    else if (e.exit->how == protocol::exit_info::kind::unknown)
      e.text = "ended while nobody could watch";
  }

  void tell_failed_start() {
    if (start_has_failed())
      add(event_kind::start_failed, context_.launched_by).text = after_.reason;
  }

  void tell_what_follows() {
    if (after_.state == before_.state)
      return;
    const auto wait = after_.restart_at - context_.since_boot;
    if (after_.state == process_state::backoff && !context_.start_asked
        && wait.count() > 0) {
      auto& e = add(event_kind::backoff, by_policy);
      e.delay = std::chrono::duration_cast<std::chrono::milliseconds>(wait);
      e.text = after_.reason;
    }
    // A start by hand that fails is no failure too many, nor is one that has
    // no policy.
    if (after_.state == process_state::failed && !context_.start_asked
        && spec_.policy != protocol::restart_policy::no
        && (has_ended() || start_has_failed()))
      add(event_kind::give_up, by_policy).text = after_.reason;
  }

  const process_spec& spec_;
  const process_moment& before_;
  const process_moment& after_;
  const event_context& context_;
  std::vector<protocol::event> out_;
};

} // namespace

process_moment moment_of(const process_machine& machine) {
  const auto& record = machine.record();
  return {record.state,     record.wanted, record.run,
          record.last_exit, record.reason, machine.restart_at()};
}

std::vector<protocol::event> events_between(const process_spec& spec,
                                            const process_moment& before,
                                            const process_moment& after,
                                            const event_context& context) {
  return step{spec, before, after, context}.events();
}

} // namespace hiisi::core
