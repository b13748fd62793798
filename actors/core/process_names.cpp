#include "actors/core/process_names.hpp"

#include "protocol/limits.hpp"

#include <algorithm>

namespace hiisi::core {

namespace {

// Room for the number that makes a name unique.
constexpr size_t longest_stem = protocol::max_name_bytes - 12;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool may_stand_in_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || c == '.' || c == '_' || c == '-';
}

} // namespace

std::string default_name(std::string_view program,
                         const std::function<bool(std::string_view)>& taken) {
  const auto slash = program.find_last_of('/');
  if (slash != std::string_view::npos)
    program.remove_prefix(slash + 1);
  std::string stem{program.substr(0, longest_stem)};
  std::replace_if(
      stem.begin(), stem.end(), [](char c) { return !may_stand_in_name(c); },
      '_');
  // A name must not look like an option, a hidden file or an id.
  if (stem.empty() || stem.front() == '-' || stem.front() == '.'
      || std::all_of(stem.begin(), stem.end(), is_digit))
    stem.insert(0, "p");
  auto name = stem;
  for (unsigned n = 2; taken(name); ++n)
    name = stem + "-" + std::to_string(n);
  return name;
}

} // namespace hiisi::core
