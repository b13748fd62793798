#include "protocol/utf8.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::protocol;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(well_formed_text_passes_unchanged) {
  for (auto text :
       {""s, "plain, longer than eight bytes"s, "\0\x1f\x7f"s, "\xc2\x80"s,
        "\xdf\xbf"s, "\xe0\xa0\x80"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s,
        "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s, "\xf4\x8f\xbf\xbf"s,
        "12345678\xc3\xa4"
        "12345678"s}) {
    BOOST_TEST(!find_invalid_utf8(text));
    BOOST_TEST(to_valid_utf8(text) == text);
  }
}

BOOST_AUTO_TEST_CASE(ill_formed_text_is_found_and_replaced) {
  struct sample {
    std::string text;
    size_t at;
    std::string mended;
  };
  constexpr auto r = "\xef\xbf\xbd";
  for (const auto& [text, at, mended] : {
           sample{"a\x80", 1, "a"s + r},
           sample{"\xc0\xaf", 0, ""s + r + r},         // overlong '/'
           sample{"\xe0\x80\x80", 0, ""s + r + r + r}, // overlong
           sample{"\xed\xa0\x80", 0, ""s + r + r + r}, // a surrogate
           sample{"\xf4\x90\x80\x80", 0,
                  ""s + r + r + r + r}, // beyond U+10FFFF
           sample{"\xf5", 0, ""s + r},
           sample{"\xff", 0, ""s + r},
           sample{"ab\xe2\x82", 2, "ab"s + r}, // cut off: one for the run
           sample{"\xf0\x9f\x98z", 0, r + "z"s},
           sample{"12345678\xc3", 8, "12345678"s + r},
       }) {
    BOOST_TEST(find_invalid_utf8(text).value() == at);
    BOOST_TEST(to_valid_utf8(text) == mended);
    BOOST_TEST(!find_invalid_utf8(mended));
  }
}

BOOST_AUTO_TEST_CASE(an_excerpt_is_short_and_harmless_to_a_terminal) {
  BOOST_TEST(excerpt("web") == "web");
  BOOST_TEST(excerpt("a\x1b[2J\n\x7f") == "a?[2J??");
  BOOST_TEST(excerpt("abcdef", 3) == "abc...");
  BOOST_TEST(excerpt("ab\xc3\xa4", 3) == "ab...");
  BOOST_TEST(excerpt("\xff") == "\xef\xbf\xbd");
  // U+009B is what ESC [ is, to a terminal that reads UTF-8.
  BOOST_TEST(excerpt("a\xc2\x9b\x32J") == "a?2J");
}

BOOST_AUTO_TEST_CASE(controls_of_every_kind_are_left_out) {
  BOOST_TEST(without_controls("p\xc3\xa4iv\xc3\xa4\xc3\xa4 \xf0\x9f\xa6\x8a")
             == "p\xc3\xa4iv\xc3\xa4\xc3\xa4 \xf0\x9f\xa6\x8a");
  for (const auto* control :
       {"\n", "\r", "\x1b", "\x7f", "\xc2\x80", "\xc2\x9b", "\xc2\x9f",
        "\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
        "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"})
    BOOST_TEST(without_controls(std::string("a") + control + "b") == "a?b");
  for (const auto* shown :
       {"\xc2\xa0", "\xe2\x80\x93", "\xe2\x80\xaf", "\xe2\x81\xaa"})
    BOOST_TEST(without_controls(shown) == shown);
  BOOST_TEST(without_controls("\xff") == "\xef\xbf\xbd");
}

BOOST_AUTO_TEST_SUITE_END()
