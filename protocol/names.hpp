#pragma once

#include "protocol/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hiisi::protocol {

/// Whether `name` may be a process's name: 1 to max_name_bytes letters,
/// digits, '.', '_' and '-', beginning with none of '.' and '-' (it becomes
/// part of a file's name and stands on command lines), and no whole number,
/// since a number is an id. The error, `invalid_argument`, says which rule it
/// breaks.
result<void> check_name(std::string_view name);

/// Whether `port` is one that users may have. The error says which end it is
/// beyond.
result<void> check_port(uint64_t port);

} // namespace hiisi::protocol
