#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hiisi::test {

/// Calls `visit` with what becomes of a file: cut after each byte, empty among
/// those; with each bit turned over; and filled with what is no text at all.
/// Returns how many that were.
template <class Visit>
size_t for_each_mutation(std::string_view text, Visit visit) {
  size_t count = 0;
  for (size_t size = 0; size < text.size(); ++size, ++count)
    visit(std::string(text.substr(0, size)));
  for (size_t bit = 0; bit < 8 * text.size(); ++bit, ++count) {
    std::string turned(text);
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
    visit(turned);
  }
  for (const char filler : {'\0', '(', '"', '\xff', ' ', '\n'})
    for (const size_t size : {size_t{1}, text.size(), size_t{100'000}}) {
      visit(std::string(size, filler));
      ++count;
    }
  return count;
}

} // namespace hiisi::test
