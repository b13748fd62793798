#pragma once

#include "protocol/request.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::core {

/// One hook as it is kept.
struct kept_hook {
  uint32_t number = 0;
  protocol::wall_time created{};
  protocol::hook_add_request what;

  friend bool operator==(const kept_hook&, const kept_hook&) = default;
};

/// The hooks of one user.
struct kept_hooks {
  /// The number of the next one; numbers are never given out again.
  uint32_t next_number = 1;
  std::vector<kept_hook> hooks;

  friend bool operator==(const kept_hooks&, const kept_hooks&) = default;
};

/// `<state>/hooks/<uid>.json`.
[[nodiscard]] std::string write_hooks(const kept_hooks& what);

/// Reads it back. Errors: `bad_request`, naming the key.
protocol::result<kept_hooks> read_hooks(std::string_view text);

} // namespace hiisi::core
