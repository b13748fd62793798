#include "hiisi/terminal_guard.hpp"

#include "hiisi/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace hiisi::cli {

namespace {

/// Longer ones are no colour that anybody writes.
constexpr size_t longest_color = 48;

/// The length of a sequence `ESC [ numbers m` at the start of the text; none
/// where there is another. One that might go on is as long as the text and
/// has no m.
std::optional<size_t> color_length(std::string_view text) {
  if (text.size() > 1 && text[1] != '[')
    return std::nullopt;
  const auto end = text.find_first_not_of("0123456789;", 2);
  if (end == text.npos)
    return text.size() < longest_color ? std::optional{text.size()}
                                       : std::nullopt;
  return text[end] == 'm' && end < longest_color ? std::optional{end + 1}
                                                 : std::nullopt;
}

std::optional<std::vector<uint32_t>> numbers_of(std::string_view list) {
  std::vector<uint32_t> numbers;
  while (true) {
    const auto end = std::min(list.find(';'), list.size());
    uint32_t number = 0;
    const auto read = std::from_chars(list.data(), list.data() + end, number);
    if (end > 0 && (read.ec != std::errc{} || read.ptr != list.data() + end))
      return std::nullopt;
    numbers.push_back(number);
    if (end == list.size())
      return numbers;
    list.remove_prefix(end + 1);
  }
}

/// Whether all of it is colours, weights and lines. What blinks or is
/// concealed is not.
bool is_harmless(std::string_view color) {
  const auto numbers = numbers_of(color.substr(2, color.size() - 3));
  if (!numbers)
    return false;
  for (size_t i = 0; i < numbers->size(); ++i) {
    const auto number = (*numbers)[i];
    if (number == 38 || number == 48) {
      // Of 256 by one number, or of all by three.
      const auto kind = i + 1 < numbers->size() ? (*numbers)[i + 1] : 0;
      if (kind != 5 && kind != 2)
        return false;
      i += kind == 5 ? 2 : 4;
      if (i >= numbers->size())
        return false;
      continue;
    }
    const auto known = number <= 4 || number == 7 || number == 9
                       || (number >= 21 && number <= 49)
                       || (number >= 90 && number <= 107);
    if (!known)
      return false;
  }
  return true;
}

/// Whether the text is the begin of a character that is not whole yet.
bool is_begun(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t whole = lead >= 0xf0   ? 4
                       : lead >= 0xe0 ? 3
                       : lead >= 0xc2 ? 2
                                      : 1;
  return text.size() < whole && lead < 0xf5
         && std::ranges::all_of(text.substr(1), [](char c) {
              return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
            });
}

} // namespace

void terminal_guard::end_color(std::string& shown) {
  if (colored_)
    shown += "\x1b[0m";
  colored_ = false;
}

std::string terminal_guard::take(std::string_view bytes, bool colors) {
  const auto all = held_ + std::string{bytes};
  std::string_view text = all;
  held_.clear();
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto plain = static_cast<size_t>(
        std::ranges::find_if(text, [](char c) { return c < ' ' || c > '~'; })
        - text.begin());
    shown += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty())
      break;
    size_t used = 1;
    const auto color = text[0] == '\x1b' ? color_length(text) : std::nullopt;
    if (is_begun(text) || text == "\r"
        || (color == text.size() && text.back() != 'm')) {
      held_ = text;
      break;
    }
    if (color && is_harmless(text.substr(0, *color))) {
      used = *color;
      if (colors) {
        shown += text.substr(0, used);
        colored_ = true;
      }
    } else if (text[0] == '\n') {
      end_color(shown);
      shown += '\n';
    } else if (text[0] == '\t' || text.starts_with("\r\n")) {
      shown += text[0];
    } else {
      used = first_code_point(text).bytes;
      shown += printable(text.substr(0, used));
    }
    text.remove_prefix(used);
  }
  return shown;
}

std::string terminal_guard::finish() {
  auto shown = printable(held_);
  held_.clear();
  end_color(shown);
  return shown;
}

} // namespace hiisi::cli
