#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace hiisi::core {

struct hook_settings {
  /// A hook is started so often at most.
  std::chrono::nanoseconds interval = std::chrono::seconds{1};
  /// And ended by force after so long.
  std::chrono::milliseconds timeout = std::chrono::seconds{30};
  /// What happens while it may not be started waits: so many events, of so many
  /// bytes. A single text of an environment may have 128 KiB.
  size_t waiting_events = 100;
  size_t waiting_bytes = 64 * 1024;

  friend bool operator==(const hook_settings&, const hook_settings&) = default;
};

/// When a hook is run and with what, so that a storm of events is no storm of
/// hooks. One run at a time, and one start each `interval`; the events that
/// come meanwhile are the input of the next run, one on each line. Where there
/// are too many the oldest are left out.
class hook_throttle {
public:
  explicit hook_throttle(hook_settings settings = {}) : settings_(settings) {}

  /// An event, as JSON without a newline.
  void add(std::string event);

  /// How long until the next start may be; nothing while it runs, and where
  /// nothing waits.
  [[nodiscard]] std::optional<std::chrono::nanoseconds>
  due_in(std::chrono::nanoseconds now) const;

  /// It is started: returns its input. Only when it is due.
  [[nodiscard]] std::string begin(std::chrono::nanoseconds now);

  /// It has ended.
  void end() { running_ = false; }

  [[nodiscard]] bool running() const noexcept { return running_; }

  /// How many events were left out, in all.
  [[nodiscard]] uint64_t left_out() const noexcept { return left_out_; }

  void reconfigure(hook_settings settings) { settings_ = settings; }

private:
  hook_settings settings_;
  std::deque<std::string> waiting_;
  size_t bytes_ = 0;
  uint64_t left_out_ = 0;
  bool running_ = false;
  std::optional<std::chrono::nanoseconds> started_at_;
};

} // namespace hiisi::core
