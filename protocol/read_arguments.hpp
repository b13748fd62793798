#pragma once

#include "protocol/json_cursor.hpp"
#include "protocol/request.hpp"

#include <map>
#include <string>
#include <vector>

namespace hiisi::protocol {

// What several commands have among their arguments. Mistakes go into the
// cursor.

/// A string that goes to the kernel or into a file, where NUL would end it.
[[nodiscard]] std::string plain_text(const json_cursor& at);

/// A process's name, checked.
[[nodiscard]] std::string name_at(const json_cursor& at);

/// A process, by "id" or by "name" among the members.
[[nodiscard]] target target_at(const json_cursor& arguments);

/// A command in "argv", or as one line in "cmd"; never empty.
[[nodiscard]] std::vector<std::string> argv_at(const json_cursor& arguments);

/// An environment: an object of texts.
[[nodiscard]] std::map<std::string, std::string> env_at(const json_cursor& env);

/// The absolute path in "cwd".
[[nodiscard]] std::string cwd_at(const json_cursor& arguments);

/// A file-creation mask, if there is one.
[[nodiscard]] std::optional<uint32_t> umask_at(const json_cursor& arguments);

} // namespace hiisi::protocol
