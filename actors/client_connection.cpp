#include "actors/client_connection.hpp"

#include <algorithm>
#include <chrono>

namespace hiisi::actors {

namespace {

/// So much less memory in use, a few dozen times at once, is worth giving back.
constexpr size_t much_memory = 64 * 1024;
/// The same of a connection that had so much in use for a while.
constexpr size_t much_for_a_while = 1024 * 1024;
/// The same of one that has asked so often: requests on their way are some ten
/// times as large as the shortest of them on the wire.
constexpr uint64_t many_requests = 1000;

} // namespace

size_t client_connection::held() const noexcept {
  return decoder.buffered() + requests + output;
}

void client_connection::note_held() noexcept {
  most_held = std::max(most_held, held());
}

bool client_connection::has_more() const noexcept {
  return !decoder.partial() && decoder.buffered() > 0;
}

bool client_connection::used_much_memory() const noexcept {
  return held() > much_memory || most_held > much_for_a_while
         || frames > many_requests;
}

bool client_connection::has_let_go_of_much() noexcept {
  if (held() > 0 || most_held <= much_for_a_while)
    return false;
  most_held = 0;
  return true;
}

void client_connection::expect_progress(time_point now) {
  if (!stalled_since)
    stalled_since = now;
}

core::ron::value client_connection::portrait(time_point now) const {
  return core::ron::struct_builder{}
      .add("connection", serial)
      .add("uid", uid)
      .add("pid", pid)
      .add("actor", session.id())
      .add(
          "age_s",
          std::chrono::duration_cast<std::chrono::seconds>(now - since).count())
      .add("frames", frames)
      .add("in_flight", requests)
      .add("unread", output)
      .add("partial", decoder.buffered())
      .add("stalled", stalled_since.has_value())
      .build();
}

} // namespace hiisi::actors
