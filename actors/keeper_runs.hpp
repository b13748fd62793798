#pragma once

#include "actors/messages.hpp"
#include "actors/os/keeper_client.hpp"
#include "actors/os/launch_block.hpp"
#include "protocol/keeper_wire.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace hiisi::actors {

/// The ids of one kind of run: those of `first` with any of the bits of `mask`.
struct run_numbers {
  uint32_t first = 0;
  uint32_t mask = 0;
};

/// Programs that the keeper runs for an actor of ours, and that are nobody's
/// process: hooks, looks at logs, loggers. Nothing of them is on record, so
/// each gate is opened at once, and each is forgotten with its end, which is
/// told exactly once.
class keeper_runs {
public:
  enum class ending : uint8_t {
    ended,        ///< nothing of it lives any more: `slot` says how it ended
    start_failed, ///< it never ran: `slot` says why
    refused,      ///< the keeper would not: `slot.error`
    impossible,   ///< the keeper could not be asked: `reason`
    lost,         ///< no keeper knows it any more
  };
  struct end {
    uint32_t id = 0;
    ending how = ending::ended;
    keeper_wire::message slot{};
    std::string reason{};
  };
  using listener = std::function<void(const end&)>;

  /// Numbers begin with `seed`, since the keeper may still hold runs of a
  /// daemon before this one.
  keeper_runs(caf::event_based_actor* self, caf::actor keeper,
              run_numbers numbers, uint32_t seed, listener on_end);

  /// Has it run, with these sockets or none; returns its id. Whatever comes of
  /// it is told later.
  uint32_t start(std::shared_ptr<const os::launch_spec> plan,
                 os::sockets_ptr sockets = nullptr);
  /// Ends all of it; nothing where it has ended.
  void cancel(uint32_t id);

  [[nodiscard]] size_t size() const noexcept { return uids_.size(); }

  // -- from the keeper_link ---------------------------------------------------

  void hear(const keeper_news& news);
  void hear(const spawn_impossible& m);
  /// After the keeper was away.
  void hear(const reconcile& m);

private:
  void command(keeper_wire::kind what, uint32_t id);
  void ended(const keeper_wire::message& slot);
  void finish(end what);
  [[nodiscard]] uint32_t number(uint32_t count) const noexcept;

  caf::event_based_actor* self_;
  caf::actor keeper_;
  run_numbers numbers_;
  listener on_end_;
  uint32_t next_;
  /// Of those that live, whose they are.
  std::unordered_map<uint32_t, uint32_t> uids_;
};

} // namespace hiisi::actors
