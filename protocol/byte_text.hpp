#pragma once

#include <cstdint>
#include <string>

namespace hiisi::protocol {

/// A number with one decimal where that says something.
[[nodiscard]] std::string rounded(double value);

/// A number of bytes in the unit that leaves it short: "512 B", "1.5 MiB".
[[nodiscard]] std::string describe_bytes(uint64_t bytes);

} // namespace hiisi::protocol
