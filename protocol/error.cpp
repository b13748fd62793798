#include "protocol/error.hpp"

#include <array>

namespace hiisi::protocol {

namespace {

constexpr std::array<std::string_view, errc_count> names = {
    "bad_frame",      "bad_request",    "unknown_command",  "invalid_argument",
    "not_found",      "not_permitted",  "conflict",         "start_failed",
    "limit_exceeded", "storage_failed", "registry_damaged", "unavailable",
    "timed_out",      "internal",
};

// A value without a name would leave the last entry empty.
static_assert(!names.back().empty());

} // namespace

std::string_view to_string(errc code) noexcept {
  auto index = static_cast<size_t>(code);
  return index < names.size() ? names[index] : names.back();
}

errc errc_from_string(std::string_view name) noexcept {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name)
      return static_cast<errc>(i);
  return errc::internal;
}

} // namespace hiisi::protocol
