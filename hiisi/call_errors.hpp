#pragma once

#include "protocol/error.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace hiisi::cli {

/// What somebody typed cannot be done as it stands: `invalid_argument`.
[[nodiscard]] inline protocol::error wrong(std::string message,
                                           std::string hint = {}) {
  return protocol::make_error(protocol::errc::invalid_argument,
                              std::move(message), std::move(hint));
}

/// A call of the kernel's failed with that errno: `unavailable`.
[[nodiscard]] inline protocol::error failed(const std::string& what,
                                            int error) {
  return protocol::make_error(protocol::errc::unavailable,
                              what + ": " + std::strerror(error));
}

} // namespace hiisi::cli
