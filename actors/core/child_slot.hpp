#pragma once

#include "actors/core/ron/value.hpp"
#include "protocol/keeper_wire.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace hiisi::core {

/// What has become of a process, as the keeper tells.
enum class child_news : uint8_t {
  spawned,      ///< its child waits at the gate
  started,      ///< execve has succeeded
  start_failed, ///< it never ran: `at` and `error` say why, nothing is left
  exited,       ///< its first process has ended, all of it where `empty`
  emptied,      ///< the rest has, too
  refused,      ///< the keeper would not: `error`
  hold_refused, ///< it would not store sockets: `error`
};

/// What a keeper holds of one process: what it last said of it, with what only
/// hiidet knows, which holds the gate. Past its loss, it is what the next
/// keeper is to take over.
///
/// A keeper lists numbers alone, which would not do to find a process again
/// should that keeper be lost, so each slot is marked with the identity of its
/// process: the live record has it; without one the number tells, which is
/// nobody else's while the keeper has not reaped.
class child_slot {
public:
  using message = keeper_wire::message;
  /// Fills in which process has the message's number just now.
  using marker = std::function<void(message&)>;

  struct told {
    child_news what = child_news::spawned;
    message slot{};
  };

  // -- what the keeper holds --------------------------------------------------

  /// It says so, when it is asked for all or has taken the process over.
  void set(const message& m) noexcept { held_ = m; }
  /// It holds nothing any more, or will not in a moment.
  void clear() noexcept { held_ = {}; }
  /// The last word on it; nothing is set where it holds nothing.
  [[nodiscard]] const message& held() const noexcept { return held_; }
  [[nodiscard]] bool held_any() const noexcept;
  [[nodiscard]] bool holds(uint32_t run) const noexcept;

  /// Takes the keeper's news; returns what is to be told of them, which is
  /// nothing of what was known. After `start_failed` nothing is held, and the
  /// keeper is to forget it.
  [[nodiscard]] std::optional<told> note(message m, const marker& mark);

  // -- the start --------------------------------------------------------------

  /// Opens the gate of `run`, in that round of looks at starts; false where it
  /// does not wait there.
  [[nodiscard]] bool release(uint32_t run, uint64_t round) noexcept;
  /// The child's last word before execve; false where it was killed for being
  /// late.
  [[nodiscard]] bool start() noexcept;
  /// The child has said why it gives up; its end follows.
  void give_up(keeper_wire::stage at, int32_t error) noexcept;
  /// On its way from the gate to execve.
  [[nodiscard]] bool starting() const noexcept;
  /// The same since before `round`.
  [[nodiscard]] bool late(uint64_t round) const noexcept;
  /// The request that ends such a start.
  [[nodiscard]] message end_late() noexcept;

  // -- from one keeper to the next --------------------------------------------

  /// The live record tells of it in this slot, unless more is known.
  void know(const message& m) noexcept;
  /// The keeper is lost. True where the next one is to take over what was held,
  /// which is known() now. A child at its gate ends with its keeper.
  [[nodiscard]] bool lose() noexcept;
  [[nodiscard]] const message& known() const noexcept { return known_; }
  /// The keeper does not hold what is known.
  [[nodiscard]] bool to_be_taken() const noexcept;
  /// The request by which it takes that over.
  [[nodiscard]] message taking() const noexcept;
  /// Marks what is held, in case this keeper is lost, too.
  void mark(const marker& mark);
  /// What is held was compared with the record, so nothing else is known.
  void settle() noexcept { known_ = {}; }

private:
  [[nodiscard]] told fail_start(message m, keeper_wire::phase was) noexcept;

  /// `what` is not set for nothing, in both.
  message held_{};
  message known_{};
  /// What the child said before it gave up, or why it was killed.
  keeper_wire::gate_report said_{};
  /// In which round its gate was opened.
  uint64_t released_in_ = 0;
};

/// What is held of the process `id`, for those who look; more may be added.
[[nodiscard]] ron::struct_builder portrait_of(uint32_t id,
                                              const child_slot& slot);

} // namespace hiisi::core
