#pragma once

#include <cstddef>

namespace hiisi::test {

/// What operator new has given out and not got back, in all of the program
/// (bytes). Linking counted_memory.cpp replaces the operators.
[[nodiscard]] size_t live_bytes() noexcept;

} // namespace hiisi::test
