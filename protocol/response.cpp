#include "protocol/response.hpp"

#include <array>
#include <string_view>

namespace hiisi::protocol {

namespace {

constexpr std::array<std::string_view, process_state_count> states = {
    "starting", "running", "backoff", "stopping", "exited", "failed", "stopped",
};

// A value without a name would leave the last entry empty.
static_assert(!states.back().empty());

constexpr std::array<std::string_view, port_use_count> uses
    = {"idle", "listening", "taken", "unregistered"};
static_assert(!uses.back().empty());

} // namespace

std::string_view to_string(process_state state) noexcept {
  auto index = static_cast<size_t>(state);
  return index < states.size() ? states[index] : states.back();
}

std::optional<process_state>
process_state_from_string(std::string_view name) noexcept {
  for (size_t i = 0; i < states.size(); ++i)
    if (states[i] == name)
      return static_cast<process_state>(i);
  return std::nullopt;
}

std::string_view to_string(port_use use) noexcept {
  auto index = static_cast<size_t>(use);
  return index < uses.size() ? uses[index] : uses.back();
}

std::optional<port_use> port_use_from_string(std::string_view name) noexcept {
  for (size_t i = 0; i < uses.size(); ++i)
    if (uses[i] == name)
      return static_cast<port_use>(i);
  return std::nullopt;
}

payload::payload() = default;
payload::payload(const payload&) = default;
payload::payload(payload&&) noexcept = default;
payload& payload::operator=(const payload&) = default;
payload& payload::operator=(payload&&) noexcept = default;
payload::~payload() = default;

bool operator==(const payload& a, const payload& b) {
  return static_cast<const payload_alternatives&>(a)
         == static_cast<const payload_alternatives&>(b);
}

} // namespace hiisi::protocol
