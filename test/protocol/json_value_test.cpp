#include "protocol/json_cursor.hpp"
#include "protocol/json_value.hpp"
#include "protocol/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::protocol;
using namespace std::string_literals;

namespace {

std::string refusal(std::string_view text) {
  auto parsed = parse_json(text);
  BOOST_REQUIRE(!parsed.ok());
  BOOST_TEST((parsed.failure().code == errc::bad_request));
  return parsed.failure().message;
}

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_reading)

BOOST_AUTO_TEST_CASE(an_empty_text_is_refused) {
  BOOST_TEST(refusal("") == "the frame is empty");
}

BOOST_AUTO_TEST_CASE(what_is_not_json_is_refused_with_its_place) {
  BOOST_TEST(contains(refusal(" "), "not JSON, at byte 2"));
  BOOST_TEST(contains(refusal(R"({"a":x})"), "not JSON, at byte 6"));
  BOOST_TEST(contains(refusal(R"({"a":1)"), "unexpected end of input"));
  BOOST_TEST(contains(refusal("{} {}"), "not JSON, at byte 4"));
  BOOST_TEST(contains(refusal("[1,]"), "not JSON, at byte 4"));
  BOOST_TEST(contains(refusal("\"a\nb\""), "not JSON, at byte 3"));
  BOOST_TEST(contains(refusal("[NaN]"), "not JSON, at byte 2"));
}

BOOST_AUTO_TEST_CASE(what_was_read_last_is_not_repeated_at_length) {
  BOOST_TEST(refusal("\"" + std::string(100000, 'x')).size() < 300u);
  BOOST_TEST(!contains(refusal("[truex]"), "last read"));
  BOOST_TEST(refusal("[1e" + std::string(100000, '9') + "]").size() < 300u);
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_refused_with_its_place) {
  BOOST_TEST(refusal("\"ab\xff\"") == "not UTF-8, at byte 4");
  BOOST_TEST(refusal("\"\xed\xa0\x80\"") == "not UTF-8, at byte 2");
}

BOOST_AUTO_TEST_CASE(lone_surrogates_are_refused) {
  BOOST_TEST(contains(refusal(R"("\ud800")"), "surrogate"));
  BOOST_TEST(contains(refusal(R"("\udc00")"), "surrogate"));
  BOOST_TEST(contains(refusal(R"("\ud800\u0041")"), "surrogate"));
  BOOST_TEST(parse_json(R"("\ud83d\ude00")").ok());
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded) {
  BOOST_TEST(parse_json(nested(max_json_depth)).ok());
  BOOST_TEST(refusal(nested(max_json_depth + 1))
             == "the JSON nests deeper than 32 levels");
  std::string objects;
  for (size_t i = 0; i <= max_json_depth; ++i)
    objects += R"({"a":)";
  BOOST_TEST(contains(refusal(objects), "deeper than 32"));
  BOOST_TEST(contains(refusal(nested(5'000'000)), "deeper than 32"));
  // Brackets inside a string nest nothing.
  BOOST_TEST(parse_json("\"" + std::string(100, '[') + "\"").ok());
}

BOOST_AUTO_TEST_CASE(the_number_of_values_is_bounded) {
  std::string many = "[0";
  for (size_t i = 0; i < max_json_values; ++i)
    many += ",0";
  BOOST_TEST(contains(refusal(many + "]"), "more than 1000000 values"));
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_kind_and_range) {
  auto parsed = parse_json("[18446744073709551615,18446744073709551616,-1,2.0,"
                           "-9223372036854775808]");
  BOOST_REQUIRE(parsed.ok());
  const auto& items = std::get<json_value::array>(parsed->data);
  BOOST_TEST(std::get<uint64_t>(items[0].data) == UINT64_MAX);
  BOOST_TEST(std::holds_alternative<double>(items[1].data));
  BOOST_TEST(std::get<int64_t>(items[2].data) == -1);
  BOOST_TEST(std::holds_alternative<double>(items[3].data));
  BOOST_TEST(std::get<int64_t>(items[4].data) == INT64_MIN);
  BOOST_TEST(contains(refusal("1e400"), "the number is too large"));
}

BOOST_AUTO_TEST_CASE(values_of_every_kind_lie_where_the_text_has_them) {
  auto parsed = parse_json(R"({"a":[1,"x",{"b":[true,null]}],"c":{},"d":[]})");
  BOOST_REQUIRE(parsed.ok());
  std::optional<error> failure;
  json_cursor root{*parsed, failure};
  auto a = root.member("a");
  size_t count = 0;
  a.for_each_item([&](const json_cursor& item) {
    if (count == 1)
      BOOST_TEST(item.text() == "x");
    if (count++ == 2) {
      auto b = item.member("b");
      BOOST_TEST(b.items().size() == 2u);
      BOOST_TEST(b.path() == "a[2].b");
    }
  });
  BOOST_TEST(count == 3u);
  BOOST_TEST(root.member("c").members().empty());
  BOOST_TEST(root.member("d").items().empty());
  BOOST_TEST(!root.member("e").present());
  BOOST_TEST(!failure);
}

BOOST_AUTO_TEST_CASE(the_last_of_several_equal_keys_counts) {
  auto parsed = parse_json(R"({"a":1,"a":2})");
  BOOST_REQUIRE(parsed.ok());
  std::optional<error> failure;
  json_cursor root{*parsed, failure};
  BOOST_TEST(root.member("a").number(0, 9) == 2u);
}

BOOST_AUTO_TEST_CASE(the_first_mistake_is_the_one_that_is_told) {
  auto parsed = parse_json(R"({"a":"x","b":-1,"c":1.5})");
  BOOST_REQUIRE(parsed.ok());
  std::optional<error> failure;
  json_cursor root{*parsed, failure};
  BOOST_TEST(root.member("b").signed_number(-5, 5) == -1);
  BOOST_TEST(!failure);
  BOOST_TEST(root.member("a").number(0, 9) == 0u);
  BOOST_TEST(root.member("c").number(0, 9) == 0u);
  BOOST_TEST(failure->message
             == "a: expected a whole number from 0 to 9, found a string");
}

BOOST_AUTO_TEST_SUITE_END()
