#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace hiisi::core {

/// A name for a process whose owner gave none: the program's base name, with
/// whatever a name may not hold replaced, and "-2", "-3" … behind it while
/// `taken` says that it is in use. `program` is argv[0].
[[nodiscard]] std::string
default_name(std::string_view program,
             const std::function<bool(std::string_view)>& taken);

} // namespace hiisi::core
