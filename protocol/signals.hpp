#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hiisi::protocol {

/// The largest signal number on Linux.
inline constexpr int max_signal = 64;

/// The number of a signal given as "SIGTERM", "TERM", "SIGRTMIN+3" or "15",
/// letters of either case; empty where there is none of that name.
[[nodiscard]] std::optional<int> signal_from_string(std::string_view word);

/// The name of a signal, such as "SIGTERM" or "SIGRTMIN+3"; "signal 99" for a
/// number that has none.
[[nodiscard]] std::string signal_name(int number);

} // namespace hiisi::protocol
