#include "protocol/json_value.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace hiisi::protocol;
using namespace std::string_literals;

namespace {

std::string written(std::string_view text) {
  json_writer out;
  out.text(text);
  return std::move(out).take();
}

std::string read_back(const std::string& json) {
  auto parsed = parse_json(json);
  BOOST_REQUIRE_MESSAGE(parsed.ok(), json);
  return std::get<std::string>(parsed->data);
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_writing)

BOOST_AUTO_TEST_CASE(strings_are_escaped_as_json_demands) {
  BOOST_TEST(written("") == R"("")");
  BOOST_TEST(written("a\"b\\c/") == R"("a\"b\\c/")");
  BOOST_TEST(written("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  BOOST_TEST(written("\0\x1f"s) == R"("\u0000\u001f")");
  BOOST_TEST(written("\xe2\x80\xa8") == "\"\xe2\x80\xa8\"");
  BOOST_TEST(written("a\xff\xc3\xa4") == "\"a\xef\xbf\xbd\xc3\xa4\"");
}

BOOST_AUTO_TEST_CASE(no_control_character_is_written_as_it_is) {
  BOOST_TEST(written("\x7f") == R"("\u007f")");
  BOOST_TEST(written("\xc2\x80\xc2\x9b\xc2\xa0")
             == "\"\\u0080\\u009b\xc2\xa0\"");
  for (size_t at = 0; at < 20; ++at) {
    std::string text(20, 'a');
    text[at] = '\x7f';
    BOOST_TEST(written(text).find('\x7f') == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(every_byte_is_seen_wherever_it_stands_in_a_word) {
  for (int byte = 0; byte < 256; ++byte)
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'a');
      text[at] = static_cast<char>(byte);
      BOOST_REQUIRE_EQUAL(read_back(written(text)), to_valid_utf8(text));
    }
}

BOOST_AUTO_TEST_CASE(every_byte_and_pair_of_bytes_comes_back) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string text{static_cast<char>(first), static_cast<char>(second)};
      BOOST_REQUIRE_EQUAL(read_back(written(text)), to_valid_utf8(text));
    }
  }
}

BOOST_AUTO_TEST_CASE(random_strings_come_back) {
  std::mt19937 random{3};
  constexpr std::string_view pieces[] = {"\"",
                                         "\\",
                                         "\n",
                                         "\x01",
                                         "\x7f",
                                         "\xe2\x80\xa8",
                                         "\xf0\x9f\x98\x80",
                                         "\xff",
                                         "\xe2\x82",
                                         "\xed\xa0\x80",
                                         "plain text ",
                                         "\xc3\xa4"};
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (auto n = random() % 12; n > 0; --n)
      text += pieces[random() % std::size(pieces)];
    BOOST_REQUIRE_EQUAL(read_back(written(text)), to_valid_utf8(text));
  }
}

BOOST_AUTO_TEST_CASE(numbers_are_written_in_full) {
  json_writer out;
  out.number(UINT64_MAX).raw(" ").number(INT64_MIN).raw(" ").number(0);
  BOOST_TEST(std::move(out).take()
             == "18446744073709551615 -9223372036854775808 0");
}

BOOST_AUTO_TEST_CASE(arrays_have_commas_between_their_items) {
  auto array = [](std::vector<int> items) {
    json_writer out;
    out.array(items, [&](int item) { out.number(item); });
    return std::move(out).take();
  };
  BOOST_TEST(array({}) == "[]");
  BOOST_TEST(array({1}) == "[1]");
  BOOST_TEST(array({1, 2, 3}) == "[1,2,3]");
}

BOOST_AUTO_TEST_SUITE_END()
