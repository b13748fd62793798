#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/messages.hpp"
#include "actors/process_actor.hpp"
#include "actors/process_sockets.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace hiisi::actors {

/// What lies between the machine's wish for a new incarnation and the keeper's
/// fork, each step once the one before has been answered:
///
///   owner    The name services know them; before a start by the policy the
///            supervisor is asked whether they are still there.
///   budget   A start by the policy is one of so many within a minute.
///   ports    They are held in its place, or else nobody else is on them.
///   logger   One has been started, where its output goes through one.
///   spawn    The keeper is asked, and has the news from there on.
///
/// It may be called off at any of them, as the machine then has another run or
/// state: what is answered late is dropped.
class launch_sequence {
public:
  /// Takes why a start has come to nothing.
  using failure_report = std::function<void(core::event::start_failed)>;

  /// `to`, `machine` and `sockets` must outlive it. `owner` is null while the
  /// name services have not answered.
  launch_sequence(caf::event_based_actor* self, const process_neighbours& to,
                  const core::process_machine& machine,
                  process_sockets& sockets, identity_ptr owner,
                  failure_report failed);

  /// Begins with `run`. `by_hand`: an operation is under way that starts it, so
  /// the start was counted before it came here, and was asked for by somebody
  /// who is there.
  void begin(uint32_t run, bool by_hand);

  // -- answers ----------------------------------------------------------------

  /// Null where there is no such user any more.
  void learn_owner(identity_ptr owner, bool by_hand);
  void looked_at(const ports_looked_at& m);
  void logger_started(logger_ready& m);

  /// Whether the start of `run` is still to be gone on with.
  [[nodiscard]] bool under_way(uint32_t run) const;
  [[nodiscard]] const identity_ptr& owner() const noexcept { return owner_; }

private:
  [[nodiscard]] const core::process_spec& spec() const;
  void find_ports(uint32_t run);
  void spawn(uint32_t run);
  void fail(uint32_t run, std::string reason, bool not_now = false);

  caf::event_based_actor* self_;
  const process_neighbours& to_;
  const core::process_machine& machine_;
  process_sockets& sockets_;
  failure_report failed_;
  identity_ptr owner_;
  bool owner_known_once_ = false;
  /// The run that waits for the owner to be known.
  std::optional<uint32_t> waiting_for_owner_;
  /// The last run before which it was asked whether the owner is there.
  std::optional<uint32_t> owner_seen_for_;
  /// Why its ports cannot be held, while the registry is asked by whom.
  std::string hold_failure_;
};

} // namespace hiisi::actors
