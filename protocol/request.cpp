#include "protocol/request.hpp"

#include <array>
#include <string_view>

namespace hiisi::protocol {

namespace {

constexpr std::array<std::string_view, 3> policies
    = {"no", "on-failure", "always"};

} // namespace

std::string_view to_string(restart_policy policy) noexcept {
  auto index = static_cast<size_t>(policy);
  return index < policies.size() ? policies[index] : policies.front();
}

std::optional<restart_policy>
restart_policy_from_string(std::string_view word) noexcept {
  for (size_t i = 0; i < policies.size(); ++i)
    if (policies[i] == word)
      return static_cast<restart_policy>(i);
  return std::nullopt;
}

} // namespace hiisi::protocol
