#pragma once

#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Every actor as those see it who look at the daemon from inside.
namespace hiisi::actors {

/// What an actor says of itself once.
struct actor_facts {
  std::string_view name;
  /// What tells it from others of its name: a process's name, a user.
  std::string label;
  /// The id of the actor that spawned it; 0 for none.
  uint64_t parent = 0;
  /// Whose it is, where it is somebody's.
  std::optional<uint32_t> uid;
  /// How often it was built anew after a failure.
  uint32_t rebuilds = 0;
};

/// A timer that an actor has set for itself.
struct armed_timer {
  /// The type of the message that it brings.
  const char* message = nullptr;
  std::chrono::steady_clock::time_point due;
};

/// An actor's own page. Counters are written by its thread alone and read by
/// anyone; `timers` belongs to its thread.
struct actor_card {
  /// For its own thread alone.
  caf::local_actor* self = nullptr;
  uint64_t id = 0;
  caf::actor_addr address;
  /// "event-based", "detached" or "broker".
  std::string_view kind;
  actor_facts facts;
  std::chrono::nanoseconds born{};
  std::atomic<uint64_t> handled{0};
  /// While somebody looks only.
  std::atomic<uint64_t> busy_ns{0};
  std::atomic<uint64_t> longest_ns{0};
  std::vector<armed_timer> timers;
};
using card_ptr = std::shared_ptr<actor_card>;

/// One message that was handled while somebody traced.
struct traced_message {
  std::chrono::system_clock::time_point at;
  /// 0 for the outside, such as a thread that is no actor.
  uint64_t from = 0;
  uint64_t to = 0;
  const char* message = nullptr;
  std::chrono::nanoseconds took{};
  std::optional<uint32_t> uid;
};

/// The list of all actors of the process, and what they do while somebody
/// looks. Thread-safe.
class roster {
public:
  /// There is one, as there is one daemon.
  [[nodiscard]] static roster& instance();

  void add(card_ptr card);
  void remove(const card_ptr& card);
  [[nodiscard]] std::vector<card_ptr> all() const;
  [[nodiscard]] card_ptr find(uint64_t id) const;

  // -- looking ----------------------------------------------------------------

  /// Whether handlers are timed: the only thing that each of them looks at.
  [[nodiscard]] bool timing() const noexcept {
    return timing_.load(std::memory_order_relaxed);
  }
  void set_timing(bool on) noexcept { timing_ = on; }

  // -- tracing ----------------------------------------------------------------

  [[nodiscard]] bool tracing() const noexcept {
    return tracing_.load(std::memory_order_relaxed);
  }
  /// Begins or ends keeping messages. `on_message` is called, on any actor's
  /// thread, when there is the first one since take_trace(). What those actors
  /// in `ignored` take or send is left out: a trace that traced how it is sent
  /// would never end.
  void set_tracing(std::function<void()> on_message,
                   std::vector<uint64_t> ignored);
  void add_traced(traced_message what);
  /// What was kept since the last call; `lost` counts what there was no room
  /// for.
  [[nodiscard]] std::deque<traced_message> take_trace(uint64_t& lost);

private:
  mutable std::mutex mutex_;
  std::map<uint64_t, card_ptr> cards_;
  std::atomic<bool> timing_{false};
  std::atomic<bool> tracing_{false};
  std::function<void()> on_message_;
  std::vector<uint64_t> ignored_;
  std::deque<traced_message> trace_;
  uint64_t lost_ = 0;
};

/// The page of the actor whose handler runs on this thread, if one does.
[[nodiscard]] actor_card*& current_card() noexcept;

/// That actor has set itself a timer; without one, as in an actor's first
/// moments, it is not noted.
void note_timer(const char* message, std::chrono::steady_clock::time_point due);

/// Stands around one handler: counts it, and times it while somebody looks.
class observation {
public:
  observation(actor_card& card, const char* message) noexcept;
  ~observation();
  observation(const observation&) = delete;
  observation& operator=(const observation&) = delete;

private:
  actor_card& card_;
  actor_card* outer_;
  const char* message_;
  /// Who sent it, while somebody looks; 0 for nobody.
  uint64_t from_ = 0;
  bool timed_;
  std::chrono::steady_clock::time_point begin_;
};

} // namespace hiisi::actors
