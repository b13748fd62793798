#include "actors/client_connection.hpp"

#include <algorithm>
#include <chrono>

namespace hiisi::actors {

size_t client_connection::held() const noexcept {
  return decoder.buffered() + requests + output;
}

void client_connection::note_held() noexcept {
  most_held = std::max(most_held, held());
}

bool client_connection::has_more() const noexcept {
  return !decoder.partial() && decoder.buffered() > 0;
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
