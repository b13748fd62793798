#pragma once

#include "actors/core/port_table.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hiisi::core {

/// When each allocated port was last seen to be listened on, and which were
/// freed a short while ago. It is worth far less than the table and changes
/// all the time, so it has a file of its own, `<state>/port_history.ron`, which
/// is written when somebody stops listening or a port is freed, and else once
/// an hour while somebody listens: `ports.ron` is left alone meanwhile, and a
/// crash of the host costs an hour of a period of days.
class port_history {
public:
  using clock_time = protocol::wall_time;

  /// Somebody was seen to listen on the port, or nobody was.
  void observe(uint16_t port, bool listening, clock_time now);

  /// The port was freed: its past is forgotten, and it is in quarantine.
  void freed(uint16_t port, clock_time now);

  /// Since when nobody has been seen to listen: since the last sight, or since
  /// it was allocated.
  [[nodiscard]] clock_time idle_since(const port_allocation& what) const;

  /// When the port was freed, if that is less than `period` ago.
  [[nodiscard]] std::optional<clock_time>
  in_quarantine(uint16_t port, clock_time now,
                std::chrono::seconds period) const;

  /// Adds to `ports` those that were freed less than `period` ago, and forgets
  /// the others.
  void add_quarantined(port_set& ports, clock_time now,
                       std::chrono::seconds period);

  /// Whether there is something to be written; after the call there is not.
  [[nodiscard]] bool take_change() noexcept;

  [[nodiscard]] std::string text() const;

  /// Reads it back. Errors name line and column.
  static protocol::result<port_history> read(std::string_view text,
                                             std::string_view source);

private:
  struct sight {
    clock_time seen{};
    /// As it stands in the file.
    clock_time written{};
    bool listening = false;
  };

  std::map<uint16_t, sight> seen_;
  std::map<uint16_t, clock_time> freed_;
  bool changed_ = false;
};

} // namespace hiisi::core
