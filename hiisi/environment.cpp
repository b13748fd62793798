#include "hiisi/environment.hpp"

namespace hiisi::cli {

environment environment::from(const char* const* block) {
  environment result;
  for (; block != nullptr && *block != nullptr; ++block) {
    std::string_view entry{*block};
    size_t equals = entry.find('=');
    if (equals != std::string_view::npos && equals > 0)
      result.all_.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return result;
}

std::string environment::get(std::string_view name) const {
  auto found = all_.find(name);
  return found == all_.end() ? std::string{} : found->second;
}

} // namespace hiisi::cli
