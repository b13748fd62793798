#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hiisi::protocol {

/// Whether every character of a word is harmless to a POSIX shell, and to JSON
/// as well; the empty word is none such.
[[nodiscard]] bool is_plain(std::string_view word) noexcept;

/// A word as a POSIX shell would have to be given it: as it is where every
/// character is harmless, else in single quotes.
[[nodiscard]] std::string shell_quote(std::string_view word);

/// A command as it would be typed: its words quoted where needed, with spaces
/// between them.
[[nodiscard]] std::string shell_join(const std::vector<std::string>& words);

/// The words of a text that ASCII white space separates, without regard to
/// quotes: how the first Hiisi takes a command apart.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

} // namespace hiisi::protocol
