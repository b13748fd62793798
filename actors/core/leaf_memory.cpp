#include "actors/core/leaf_memory.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>

namespace hiisi::core {

namespace {

std::optional<uint64_t> number_at(std::string_view text) {
  uint64_t number = 0;
  const auto read
      = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} ? std::optional{number} : std::nullopt;
}

} // namespace

std::optional<leaf_memory> read_leaf_memory(std::string_view events,
                                            std::string_view max) {
  constexpr std::string_view key = "oom_kill ";
  while (!events.empty()) {
    const auto end = std::min(events.find('\n'), events.size());
    if (events.starts_with(key))
      if (const auto killed = number_at(events.substr(key.size())))
        return leaf_memory{*killed, number_at(max)}; // "max" is no number.
    events.remove_prefix(std::min(end + 1, events.size()));
  }
  return std::nullopt;
}

bool was_out_of_memory(const protocol::exit_info& exit,
                       const std::optional<leaf_memory>& memory) {
  return exit.how == protocol::exit_info::kind::signaled
         && exit.value == SIGKILL && memory && memory->killed > 0;
}

} // namespace hiisi::core
