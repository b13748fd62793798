#pragma once

#include "hiisi/terminal.hpp"
#include "protocol/response.hpp"

#include <span>
#include <string>

namespace hiisi::cli {

/// The allocated ports as a table.
[[nodiscard]] std::string
render_ports(std::span<const protocol::port_entry> entries, const layout& how);

} // namespace hiisi::cli
