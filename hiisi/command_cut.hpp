#pragma once

#include "protocol/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::cli {

/// Whether the word looks like an option, or like several letters of them.
[[nodiscard]] bool is_option(std::string_view word);

/// Whether an option takes a value.
enum class takes : uint8_t {
  nothing,
  a_value,
  /// Only as --option=value: a word of its own is not looked at.
  an_optional_value,
};

struct option_spec {
  std::string_view name;
  /// The one-letter form, or NUL.
  char letter = 0;
  takes value = takes::nothing;
};

/// Where the options of a command line end.
struct command_cut {
  /// words[0, options) are options and their values.
  size_t options = 0;
  /// words[rest, size) is what follows: one more than `options` where a "--"
  /// stood between.
  size_t rest = 0;
};

/// Finds the first word that is neither an option nor an option's value. All
/// from there on belongs to somebody else, whatever it looks like. cxxopts
/// cannot do this by itself: it looks for options behind such a word too.
[[nodiscard]] command_cut cut_command(std::span<const std::string> words,
                                      std::span<const option_spec> table);

/// A command line with its options apart from the other words.
struct sorted_words {
  std::vector<std::string> options;
  std::vector<std::string> others;
};

/// Parts the words, looking for options behind other words too, up to "--".
/// Errors: `invalid_argument` for an option that is not in `table` (with the
/// nearest that is), a missing value, a value where none is taken. `where`
/// names the command for these texts, such as "hiisi logs".
protocol::result<sorted_words> sort_words(std::span<const std::string> words,
                                          std::span<const option_spec> table,
                                          std::string_view where);

} // namespace hiisi::cli
