#include "actors/core/log_paths.hpp"

#include "protocol/limits.hpp"

namespace hiisi::core {

namespace {

// Not isalnum: that depends on the locale.
bool is_kept(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

} // namespace

std::string log_stem(std::string_view name) {
  std::string stem;
  bool replaced = false;
  bool anything = false;
  for (auto c : name) {
    if (stem.size() == protocol::max_name_bytes)
      break;
    if (is_kept(c)) {
      stem += c;
      anything = true;
      replaced = false;
    } else if (!replaced) {
      stem += '-';
      replaced = true;
    }
  }
  return anything ? stem : "process";
}

protocol::result<protocol::log_paths>
log_paths_for(std::string_view home, uint32_t id, std::string_view name) {
  if (home.empty() || home.front() != '/')
    return protocol::make_error(
        protocol::errc::invalid_argument,
        "the home directory \"" + std::string(home)
            + "\" is not an absolute path, so there is no place for logs",
        "ask the administrator to give the account a home directory");
  while (home.ends_with('/'))
    home.remove_suffix(1);
  std::string base(home);
  base += '/';
  base += log_directory_name;
  base += '/';
  base += std::to_string(id);
  base += '-';
  base += log_stem(name);
  return protocol::log_paths{base + ".out", base + ".err"};
}

} // namespace hiisi::core
