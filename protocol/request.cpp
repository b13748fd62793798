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

command::command() = default;
command::command(const command&) = default;
command::command(command&&) noexcept = default;
command& command::operator=(const command&) = default;
command& command::operator=(command&&) noexcept = default;
command::~command() = default;

bool operator==(const command& a, const command& b) {
  return static_cast<const command_alternatives&>(a)
         == static_cast<const command_alternatives&>(b);
}

} // namespace hiisi::protocol
