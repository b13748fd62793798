#pragma once

#include "hiisi/command_cut.hpp"
#include "protocol/request.hpp"
#include "protocol/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::cli {

/// Reads what stands behind "--port=": a number, a label, "LABEL:NUMBER", or
/// nothing for any port; "/udp" behind it for UDP. Errors: `invalid_argument`.
protocol::result<protocol::port_wish> parse_port_wish(std::string_view text);

/// Reads what stands behind "--listen=": an IPv4 or IPv6 address, or nothing
/// for every address. Errors: `invalid_argument`.
protocol::result<std::string> parse_listen_address(std::string_view text);

/// Puts "--port web" into one word, "--port=web", where the second can be no
/// command: it is a number, or what is behind it are options up to a "--".
/// "--listen" likewise, with its address.
[[nodiscard]] std::vector<std::string>
join_port_values(std::span<const std::string> words,
                 std::span<const option_spec> table);

} // namespace hiisi::cli
