#pragma once

#include "hiisi/command_cut.hpp"
#include "protocol/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hiisi::cli {

/// The values that options were given, after sort_words found nothing wrong
/// with their words. The only thing that sees cxxopts.
class parsed_values {
public:
  /// Errors: `invalid_argument` should cxxopts refuse what sort_words let
  /// pass. `where` names the command for the text.
  static protocol::result<parsed_values>
  parse(const std::vector<std::string>& options,
        std::span<const option_spec> table, std::string_view where);

  [[nodiscard]] bool has(std::string_view name) const;

  /// The last value given; the empty text for an option whose value is
  /// optional and was left out.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;

  /// All values given, in their order, of an option that may be repeated.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

private:
  struct entry {
    std::string name;
    std::string value;
  };
  std::vector<entry> entries_;
};

} // namespace hiisi::cli
