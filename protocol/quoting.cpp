#include "protocol/quoting.hpp"

#include <algorithm>
#include <array>

namespace hiisi::protocol {

namespace {

constexpr auto harmless = [] {
  std::array<bool, 256> table{};
  for (auto c : std::string_view{"abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_@%+=:,./-"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

void append_quoted(std::string& out, std::string_view word) {
  out += '\'';
  for (auto c : word) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  out += '\'';
}

constexpr std::string_view white_space = " \t\n\v\f\r";

} // namespace

bool is_plain(std::string_view word) noexcept {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return harmless[static_cast<unsigned char>(c)];
  });
}

std::string shell_quote(std::string_view word) {
  if (is_plain(word))
    return std::string{word};
  std::string out;
  append_quoted(out, word);
  return out;
}

std::string shell_join(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0)
      out += ' ';
    // A first word with '=' would be an assignment.
    auto assigns = i == 0 && words[i].find('=') != std::string::npos;
    if (is_plain(words[i]) && !assigns)
      out += words[i];
    else
      append_quoted(out, words[i]);
  }
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = 0;;) {
    auto begin = text.find_first_not_of(white_space, at);
    if (begin == text.npos)
      return out;
    auto end = std::min(text.find_first_of(white_space, begin), text.size());
    out.emplace_back(text.substr(begin, end - begin));
    at = end;
  }
}

} // namespace hiisi::protocol
