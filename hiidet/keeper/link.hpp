#pragma once

#include "hiidet/keeper/slots.hpp"

namespace hiisi::keeper {

/// Listens on the socket. Null, or what could not be done, with errno.
[[nodiscard]] const char* open_link();
/// Removes the socket.
void close_link();
[[nodiscard]] bool connected();

void on_listener();
/// `events` as from epoll: reads requests and sends what is due.
void on_connection(uint32_t events);
/// Sends what is due, as far as the socket takes it.
void flush();

/// Notes news of a slot; flush() sends it.
void tell(slot& one, news what);
/// Takes a slot that is about to be returned off the list of news.
void withdraw(slot& one);
/// The answer to a request that no slot stands for. No further request is
/// read until it is sent, so one is all there ever is to keep.
void answer(const wire::message& reply);
/// Greets the daemon: `welcome`, all slots, `slots_end`.
void greet(uint32_t flags);

} // namespace hiisi::keeper
