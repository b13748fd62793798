#include "actors/core/leaf_memory.hpp"

#include "actors/core/kernel_text.hpp"

#include <csignal>

namespace hiisi::core {

std::optional<leaf_memory> read_leaf_memory(std::string_view events,
                                            std::string_view max) {
  const auto killed = value_of(events, "oom_kill ");
  if (!killed)
    return std::nullopt;
  return leaf_memory{*killed, number_at<uint64_t>(max)}; // "max" is no number.
}

bool was_out_of_memory(const protocol::exit_info& exit,
                       const std::optional<leaf_memory>& memory) {
  return exit.how == protocol::exit_info::kind::signaled
         && exit.value == SIGKILL && memory && memory->killed > 0;
}

} // namespace hiisi::core
