#include "hiisi/nearest.hpp"
#include "hiisi/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::cli;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(control_characters_are_shown_not_sent) {
  BOOST_TEST(printable("a\x1b[31mb") == "a\\x1b[31mb");
  BOOST_TEST(printable("a\nb\tc\rd\x7f") == "a\\nb\\tc\\x0dd\\x7f");
  BOOST_TEST(printable(std::string{'a', '\0', 'b'}) == "a\\x00b");
}

BOOST_AUTO_TEST_CASE(c1_controls_and_direction_marks_are_shown) {
  BOOST_TEST(printable("a\u009bb") == "a\\u009bb");
  BOOST_TEST(printable("a\u202eb") == "a\\u202eb");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_shown_by_number) {
  BOOST_TEST(printable("a\xff\xc3") == "a\\xff\\xc3");
  BOOST_TEST(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

BOOST_AUTO_TEST_CASE(other_text_stays) {
  BOOST_TEST(printable("žluťoučký 日本 🦀")
             == "žluťoučký 日本 🦀");
}

BOOST_AUTO_TEST_CASE(width_counts_columns_not_bytes) {
  BOOST_TEST(display_width("abc") == 3u);
  BOOST_TEST(display_width("ž…") == 2u);
  BOOST_TEST(display_width("日本") == 4u);
  BOOST_TEST(display_width("e\u0301") == 1u);
}

BOOST_AUTO_TEST_CASE(cutting_keeps_characters_whole) {
  BOOST_TEST(cut_to_width("abcdef", 4) == "abc…");
  BOOST_TEST(cut_to_width("abcd", 4) == "abcd");
  BOOST_TEST(cut_to_width("žluť", 3) == "žl…");
  BOOST_TEST(cut_to_width("日本語", 4) == "日…");
  BOOST_TEST(cut_to_width("ab", 1) == "…");
  BOOST_TEST(cut_to_width("ab", 0).empty());
}

BOOST_AUTO_TEST_CASE(nearest_finds_slips_and_nothing_else) {
  constexpr std::string_view names[] = {"restart", "rm", "status", "stop"};
  BOOST_TEST(*nearest("restrat", names) == "restart");
  BOOST_TEST(*nearest("sttaus", names) == "status");
  BOOST_TEST(*nearest("stopp", names) == "stop");
  BOOST_TEST(!nearest("frobnicate", names));
  BOOST_TEST(!nearest("", names));
  BOOST_TEST(!nearest(std::string(100000, 'r'), names));
}

BOOST_AUTO_TEST_SUITE_END()
