#pragma once

#include "actors/roster.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message_priority.hpp>
#include <caf/send.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <type_traits>
#include <utility>

/// The few things in which CAF 0.17 and 1.x differ and that our actors need.
/// A move to another CAF changes this file, messages.hpp and the spawn
/// functions, and nothing else.
namespace hiisi::actors {

namespace detail {

/// What a message is called when somebody looks.
template <class T, class = void>
struct message_name {
  static constexpr const char* value = "(not ours)";
};
template <class T>
struct message_name<T, std::void_t<decltype(caf::type_name<T>::value)>> {
  static constexpr const char* value = caf::type_name<T>::value;
};

} // namespace detail

#if CAF_VERSION < 1700 || CAF_VERSION >= 1800
#error "caf_compat.hpp is written for CAF 0.17"
#endif

/// Sends `message` to `to`.
template <class Self, class Message>
void tell(Self* self, const caf::actor& to, Message&& message) {
  self->send(to, std::forward<Message>(message));
}

/// The same, before all that waits there already but other such messages.
template <class Self, class Message>
void tell_first(Self* self, const caf::actor& to, Message&& message) {
  self->template send<caf::message_priority::high>(
      to, std::forward<Message>(message));
}

/// Delivers `message` to `self` after `delay`. It cannot be taken back, so
/// every such message carries an epoch that tells a stale one.
template <class Self, class Message>
void tell_self_after(Self* self, std::chrono::milliseconds delay,
                     Message&& message) {
  note_timer(detail::message_name<std::decay_t<Message>>::value,
             self->clock().now() + delay);
  self->delayed_send(self, delay, std::forward<Message>(message));
}

/// Sends `message` to `whom`, who returns an `Answer`: `then(answer)` is called
/// with it, or `otherwise()` where none came within `patience`.
template <class Answer, class Self, class Message, class Then, class Otherwise>
void ask(Self* self, const caf::actor& whom, std::chrono::milliseconds patience,
         Message&& message, Then then, Otherwise otherwise) {
  self->request(whom, patience, std::forward<Message>(message))
      .then([then](Answer& answer) { then(answer); },
            [otherwise](const caf::error&) { otherwise(); });
}

/// The same without an end to patience: `otherwise()` is called where `whom` is
/// gone.
template <class Answer, class Self, class Message, class Then, class Otherwise>
void ask(Self* self, const caf::actor& whom, Message&& message, Then then,
         Otherwise otherwise) {
  self->request(whom, caf::infinite, std::forward<Message>(message))
      .then([then](Answer& answer) { then(answer); },
            [otherwise](const caf::error&) { otherwise(); });
}

/// Sends `message` from outside of any actor.
template <class Message>
void tell_from_outside(const caf::actor& to, Message&& message) {
  caf::anon_send(to, std::forward<Message>(message));
}

/// The state of an actor spawned by function, for its first line.
template <class Self>
auto& state_of(Self* self) {
  return self->state;
}

/// What every actor sets first: CAF's own handlers print on standard output.
/// An unexpected message is dropped; an exception ends the actor with
/// sec::runtime_error, which its supervisor sees and mends.
template <class Self>
void quiet(Self* self) {
  self->set_default_handler(caf::drop);
  self->set_exception_handler([](std::exception_ptr&) -> caf::error {
    return caf::sec::runtime_error;
  });
}

/// The settings that the daemon runs with, measured: "sharing" sleeps where
/// "stealing" polls. One worker serves any machine, since no handler waits:
/// whatever touches a disk or the kernel's lists has a thread of its own. A
/// second one takes turns with it at the lock of their queue, message by
/// message, and made a start take a tenth longer. One read per wake-up keeps a
/// flooding client from holding the others up.
inline void configure(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", size_t{1});
  config.set("middleman.max-consecutive-reads", size_t{1});
  config.set("middleman.attach-utility-actors", true);
  config.set("middleman.workers", size_t{0});
}

} // namespace hiisi::actors
