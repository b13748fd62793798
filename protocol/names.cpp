#include "protocol/names.hpp"

#include "protocol/limits.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <string>

namespace hiisi::protocol {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || c == '.' || c == '_' || c == '-';
}

} // namespace

result<void> check_name(std::string_view name) {
  auto refuse = [&](std::string_view why, std::string_view hint) {
    return make_error(errc::invalid_argument,
                      "the name \"" + excerpt(name) + "\" " + std::string{why},
                      std::string{hint});
  };
  constexpr std::string_view characters
      = "use letters, digits, '.', '_' and '-'";
  if (name.empty())
    return refuse("is empty", "give 1 to 64 characters");
  if (name.size() > max_name_bytes)
    return refuse("is longer than " + std::to_string(max_name_bytes)
                      + " characters",
                  "choose a shorter one");
  if (!std::all_of(name.begin(), name.end(), is_name_character))
    return refuse("holds a character that names may not hold", characters);
  if (name.front() == '-' || name.front() == '.')
    return refuse("begins with '" + std::string{name.substr(0, 1)} + "'",
                  "begin it with a letter, a digit or '_'");
  if (std::all_of(name.begin(), name.end(), is_digit))
    return refuse("is a number, which would be an id",
                  "add a letter to it, or give the number as the id");
  return {};
}

result<void> check_port(uint64_t port) {
  auto refuse = [&](std::string_view why) {
    return make_error(errc::invalid_argument,
                      "port " + std::to_string(port) + std::string{why},
                      "choose one from " + std::to_string(min_port) + " to "
                          + std::to_string(max_port));
  };
  if (port < min_port)
    return refuse(" is below " + std::to_string(min_port));
  if (port > max_port)
    return refuse(" is above " + std::to_string(max_port));
  return {};
}

} // namespace hiisi::protocol
