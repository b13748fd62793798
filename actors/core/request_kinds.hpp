#pragma once

#include "protocol/request.hpp"

namespace hiisi::core {

/// Whether it changes nothing: then it waits for the changes that were asked
/// for before it on the same connection.
[[nodiscard]] bool only_looks(const protocol::command& what);

/// Whether it is for the port registry.
[[nodiscard]] bool is_about_ports(const protocol::command& what);

/// Whether it is for who keeps the hooks.
[[nodiscard]] bool is_about_hooks(const protocol::command& what);

} // namespace hiisi::core
