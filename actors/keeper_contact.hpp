#pragma once

#include "actors/core/ron/value.hpp"
#include "actors/keeper_link.hpp"
#include "protocol/keeper_wire.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace hiisi::actors {

/// The one connection to the keeper, and the dialling where there is none: at
/// once after a loss, then at waits that grow up to a second, each of which
/// ends with `reconnect`. Connections are numbered, so that what an earlier one
/// still says is known.
class keeper_contact {
public:
  using warning = std::function<void(std::string_view)>;

  keeper_contact(caf::event_based_actor* self, keeper_dialer dial,
                 warning warn);

  /// Connects and greets. False where nobody is there, and it is tried again.
  bool dial();
  /// It has greeted back and listed what it holds.
  void established() noexcept;
  /// The connection is gone. What came of it was `established` or hung up at
  /// once, and to dial such a one at once would spin: then it is dialled again
  /// later (false).
  [[nodiscard]] bool lose(bool was_established);

  [[nodiscard]] bool connected() const noexcept {
    return connection_ != nullptr;
  }
  /// The number of the latest connection.
  [[nodiscard]] uint64_t number() const noexcept { return number_; }

  /// Notes what has come in.
  void heard(const keeper_wire::message& m);
  /// As of keeper_connection. Only while it is connected.
  void send(const keeper_wire::message& what, os::sockets_ptr attached = {});
  void spawn(const keeper_wire::message& what, os::fd launch_block);
  void release(uint32_t id);

  /// The directory of the keeper's cgroups; null where it has none.
  [[nodiscard]] const leaves_ptr& leaves() const noexcept { return leaves_; }

  /// For those who look; more may be added.
  [[nodiscard]] core::ron::struct_builder portrait(bool ready) const;

private:
  void redial_later(std::string_view why);

  static constexpr std::chrono::milliseconds first_redial{20};
  static constexpr std::chrono::milliseconds longest_redial{1000};

  caf::event_based_actor* self_;
  keeper_dialer dial_;
  warning warn_;
  std::unique_ptr<keeper_connection> connection_;
  uint64_t number_ = 0;
  std::chrono::milliseconds redial_ = first_redial;
  /// It was said that the keeper cannot be reached.
  bool missed_ = false;
  /// What it said of itself, and how much was said.
  keeper_wire::message keeper_{};
  leaves_ptr leaves_;
  uint64_t sent_ = 0;
  uint64_t heard_ = 0;
};

} // namespace hiisi::actors
