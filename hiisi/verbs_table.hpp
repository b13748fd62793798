#pragma once

#include "hiisi/command_cut.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hiisi::cli {

/// One verb and what it takes.
struct verb_spec {
  /// As typed; two words for the verbs of a family such as `port`.
  std::string_view name;
  /// The options of its own, beside the global ones.
  std::span<const option_spec> options;
  size_t min_words = 0;
  size_t max_words = 0;
  /// What is missing when there are fewer words, for the error text.
  std::string_view wants;
  /// Its other words are a command with options of its own.
  bool takes_command = false;
};

/// The options that stand before or behind every verb.
[[nodiscard]] std::span<const option_spec> global_options_table() noexcept;

[[nodiscard]] std::span<const verb_spec> verbs() noexcept;

/// Whether there are verbs of two words that begin with this one.
[[nodiscard]] bool is_family(std::string_view word) noexcept;

/// The second words of a family, for texts: "allocate, free, lookup".
[[nodiscard]] std::string members_of(std::string_view family);

[[nodiscard]] const verb_spec* find_verb(std::string_view name) noexcept;

/// The global options and the verb's own.
[[nodiscard]] std::vector<option_spec> options_of(const verb_spec& what);

/// The verb that an unknown word was perhaps meant for: a slip of the keys, or
/// what other process managers call it.
[[nodiscard]] std::optional<std::string> nearest_verb(std::string_view word);

} // namespace hiisi::cli
