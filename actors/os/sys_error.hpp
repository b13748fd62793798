#pragma once

#include "protocol/error.hpp"

#include <string>
#include <string_view>

namespace hiisi::os {

/// The kernel's words for an errno, such as "No space left on device". Unlike
/// strerror(3) it may be called from any thread, and says the same in every
/// locale.
[[nodiscard]] std::string errno_text(int number);

/// An error of a system call: "open /var/lib/hiisi/ports.ron: No space left on
/// device". `stage` is what was tried, `path` what it was tried on (may be
/// empty). The two come apart so that a caller can pass `errno` without
/// building a string, which might change it. For the errors that have a
/// common remedy the hint names it.
[[nodiscard]] protocol::error sys_error(protocol::errc code, int number,
                                        std::string_view stage,
                                        std::string_view path = {});

} // namespace hiisi::os
