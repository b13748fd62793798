#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

namespace hiisi::core {

/// Has answers wait until every process that was found on disk has been
/// compared with what the keeper holds: until then a record may say "starting"
/// of what runs.
class recovery_gate {
public:
  /// That process was found on disk.
  void found(uint32_t id);
  /// It is known by now what came of it; any other may be named, too. The last
  /// of them has the answers given.
  void compared(uint32_t id);
  /// Waits for none of them any longer, as when the keeper is away.
  void give_up();

  [[nodiscard]] bool open() const noexcept { return uncompared_.empty(); }
  /// Calls `answer` once it is open: at once where it is.
  void when_open(std::function<void()> answer);

private:
  void answer_if_open();

  std::set<uint32_t> uncompared_;
  std::vector<std::function<void()>> waiting_;
};

} // namespace hiisi::core
