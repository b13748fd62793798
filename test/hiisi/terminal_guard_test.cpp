#include "hiisi/terminal_guard.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::cli;
using namespace std::string_literals;

namespace {

std::string shown(const std::string& bytes, bool colors = true) {
  terminal_guard guard;
  auto text = guard.take(bytes, colors);
  return text + guard.finish();
}

/// The same, given a byte at a time.
std::string shown_by_bytes(const std::string& bytes) {
  terminal_guard guard;
  std::string text;
  for (const char c : bytes)
    text += guard.take({&c, 1}, true);
  return text + guard.finish();
}

} // namespace

BOOST_AUTO_TEST_SUITE(terminal_guards)

BOOST_AUTO_TEST_CASE(what_drives_a_terminal_is_shown_and_text_stays) {
  BOOST_TEST(shown("a\x1b[2Jb\n\tž\u009b\n") == "a\\x1b[2Jb\n\tž\\u009b\n");
  BOOST_TEST(shown("\x1b]0;title\a\x1b"
                   "c\b\x7f")
             == "\\x1b]0;title\\x07\\x1bc\\x08\\x7f");
  BOOST_TEST(shown("a\0b\xff\u202e"s) == "a\\x00b\\xff\\u202e");
  BOOST_TEST(shown("žluťoučký 日本 🦀\n")
             == "žluťoučký 日本 🦀\n");
}

BOOST_AUTO_TEST_CASE(a_carriage_return_writes_over_nothing) {
  BOOST_TEST(shown("real\rfake\r\nnext\r") == "real\\x0dfake\r\nnext\\x0d");
}

BOOST_AUTO_TEST_CASE(colors_stay_and_end_with_their_line) {
  BOOST_TEST(shown("\x1b[1;31mred\x1b[0m\n")
             == "\x1b[1;31mred\x1b[0m\x1b[0m\n");
  BOOST_TEST(shown("\x1b[38;5;8mgrey\nb\n") == "\x1b[38;5;8mgrey\x1b[0m\nb\n");
  BOOST_TEST(shown("\x1b[48;2;1;2;3mx") == "\x1b[48;2;1;2;3mx\x1b[0m");
  BOOST_TEST(shown("\x1b[mx\n") == "\x1b[mx\x1b[0m\n");
}

BOOST_AUTO_TEST_CASE(colors_are_left_out_where_they_are_not_wanted) {
  BOOST_TEST(shown("\x1b[1;31mred\x1b[0m\x1b[2J\n", false) == "red\\x1b[2J\n");
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_color_and_is_none_is_shown) {
  // Concealed, blinking, a colour that lacks its number, one of another form.
  for (const auto* text : {"8", "1;8", "5", "38;5", "38;2;1;2", "38", "58;5;1",
                           "99999999999", "?25", "200"})
    BOOST_TEST(shown("\x1b["s + text + "m") == "\\x1b["s + text + "m");
  BOOST_TEST(shown("\x1b[31J") == "\\x1b[31J");
  const auto endless = "\x1b[" + std::string(100, '1') + "m";
  BOOST_TEST(shown(endless) == "\\x1b" + endless.substr(1));
}

BOOST_AUTO_TEST_CASE(it_does_not_matter_how_the_bytes_are_cut) {
  for (const auto& text :
       {"ž日🦀\x1b[1;31mred\x1b[0m\r\nx"s, "\xc3\xc3\xa4\xf0\x9f"s,
        "\x1b\x1b[31"s, "\r\r\n\xed\xa0\x80"s, "\xe2\x82"s, "\x1b[2J\x1b"s})
    BOOST_TEST(shown_by_bytes(text) == shown(text));
}

BOOST_AUTO_TEST_CASE(what_is_held_back_is_shown_in_the_end) {
  terminal_guard guard;
  BOOST_TEST(guard.take("a\x1b[3", true) == "a");
  BOOST_TEST(guard.finish() == "\\x1b[3");
  BOOST_TEST(guard.take("\xc5", true).empty());
  BOOST_TEST(guard.take("\xbe", true) == "ž");
  BOOST_TEST(guard.finish().empty());
}

BOOST_AUTO_TEST_SUITE_END()
