#pragma once

#include "actors/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

namespace hiisi::actors {

/// What a process's owner asked for, in order: one operation at a time is under
/// way, the others wait for it. It sends nothing.
class operation_queue {
public:
  void push(operate what);

  /// The next one, which is under way from now on; null while another is, and
  /// where none waits.
  const operate* begin_next();
  /// The one under way; null where none is.
  [[nodiscard]] const operate* current() const noexcept {
    return current_ ? &*current_ : nullptr;
  }
  [[nodiscard]] size_t waiting() const noexcept { return waiting_.size(); }

  /// That under way ends the process: stop, restart, remove, shutdown.
  [[nodiscard]] bool ending_asked() const noexcept;
  /// That under way starts it, or has stopped it and starts it next.
  [[nodiscard]] bool start_asked() const noexcept;
  [[nodiscard]] bool restarting() const noexcept;

  /// The one under way has ended so.
  void finish(uint32_t id, protocol::result<void> outcome);
  /// Those that have ended since the last call.
  [[nodiscard]] std::vector<operation_done> take_done();

  /// There is nothing left to do the others to.
  void drop_waiting() { waiting_.clear(); }

private:
  [[nodiscard]] bool is(operation_kind kind) const noexcept {
    return current_ && current_->kind == kind;
  }

  /// Nearly always empty, where a deque would hold 576 bytes for each process.
  std::list<operate> waiting_;
  std::optional<operate> current_;
  std::vector<operation_done> done_;
};

} // namespace hiisi::actors
