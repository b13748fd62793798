#pragma once

#include "actors/core/port_table.hpp"
#include "protocol/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace hiisi::core {

/// The uid of an allocation whose owner the host does not know.
inline constexpr uint32_t unknown_uid = 0xffffffff;

/// A file with every port that there is, each with a long label, is smaller.
inline constexpr size_t max_registry_bytes = size_t{64} * 1024 * 1024;

/// The registry as the RON text of `<state>/ports.ron`. It is the first
/// Hiisi's file with a uid more in each allocation.
[[nodiscard]] std::string write_ports(const port_table& table);

/// Reads it back, or the first Hiisi's file, which knows owners by name only:
/// `uid_of` is asked for those, and gives unknown_uid for a name that the host
/// does not know. Errors (`registry_damaged`) name line and column.
protocol::result<port_table>
read_ports(std::string_view text, std::string_view source,
           const std::function<uint32_t(const std::string& user)>& uid_of);

} // namespace hiisi::core
