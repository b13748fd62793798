#include "actors/core/kernel_text.hpp"

namespace hiisi::core {

std::optional<uint64_t> value_of(std::string_view text, std::string_view key) {
  for (auto at = text.find(key); at != text.npos;
       at = text.find(key, at + key.size()))
    if (at == 0 || text[at - 1] == '\n')
      return number_at<uint64_t>(text.substr(at + key.size()));
  return std::nullopt;
}

} // namespace hiisi::core
