#include "actors/core/authorization.hpp"

#include <array>

namespace hiisi::core {

namespace {

constexpr std::array<std::string_view, action_count> action_names{
    "see",
    "see the details of",
    "run a program as",
    "start",
    "stop",
    "restart",
    "remove",
    "read the logs of",
    "allocate a port for",
    "free a port of",
    "look up the ports of",
    "act for",
    "look inside the daemon of",
    "shut down what runs on the host of",
};
static_assert(!action_names.back().empty());

} // namespace

std::string_view to_string(action what) noexcept {
  return action_names[static_cast<size_t>(what)];
}

bool may(const subject& who, action what, uint32_t owner_uid) noexcept {
  const auto root = who.uid == 0;
  const auto owner = who.uid == owner_uid;
  switch (what) {
  case action::see_briefly:
  case action::look_up_ports:
    return true;
  case action::see_fully:
  case action::start:
  case action::stop:
  case action::restart:
  case action::remove:
  case action::read_logs:
  case action::free_port:
    return root || owner || who.administrator;
  case action::run:
  case action::allocate_port:
    return root || owner;
  case action::act_for_another_user:
    return root;
  case action::inspect_daemon:
  case action::shut_down:
    return root || who.administrator;
  }
  // A value that is none of the above came from a defect; nobody may.
  return false;
}

} // namespace hiisi::core
