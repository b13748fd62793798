#include "actors/core/ron/value.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace hiisi::core::ron;

BOOST_AUTO_TEST_SUITE(ron_value)

BOOST_AUTO_TEST_CASE(whole_numbers_hold_all_of_i64_and_u64) {
  whole_number least = std::numeric_limits<int64_t>::min();
  whole_number greatest = std::numeric_limits<uint64_t>::max();
  BOOST_TEST(to_string(least) == "-9223372036854775808");
  BOOST_TEST(to_string(greatest) == "18446744073709551615");
  BOOST_TEST((least < whole_number(-1)));
  BOOST_TEST((whole_number(-1) < whole_number(0)));
  BOOST_TEST((whole_number(5) < greatest));
}

BOOST_AUTO_TEST_CASE(a_whole_number_fits_only_where_it_fits) {
  BOOST_TEST((whole_number(-1).as<int8_t>() == int8_t{-1}));
  BOOST_TEST(!whole_number(-1).as<uint64_t>());
  BOOST_TEST(!whole_number(128).as<int8_t>());
  BOOST_TEST(!whole_number(std::numeric_limits<uint64_t>::max()).as<int64_t>());
}

BOOST_AUTO_TEST_CASE(a_magnitude_beyond_i64_cannot_be_negative) {
  auto least = uint64_t{1} << 63;
  BOOST_TEST(
      (whole_number::from_magnitude(true, least)
       == std::optional<whole_number>(std::numeric_limits<int64_t>::min())));
  BOOST_TEST(!whole_number::from_magnitude(true, least + 1));
  BOOST_TEST((whole_number::from_magnitude(true, 0)
              == std::optional<whole_number>(0)));
}

BOOST_AUTO_TEST_CASE(positions_do_not_count_in_equality) {
  value a = 1;
  value b = 1;
  b.place({3, 4}, {.implicit_some = true});
  BOOST_TEST((a == b));
}

BOOST_AUTO_TEST_CASE(names_count_in_equality) {
  BOOST_TEST((value::variant("A") != value::variant("B")));
  BOOST_TEST((value::variant("A") != value::structure({}, "A")));
  BOOST_TEST((value::tuple({1}, "A") != value::tuple({1})));
}

BOOST_AUTO_TEST_CASE(nan_equals_nan_and_the_zeros_differ) {
  BOOST_TEST((value(std::nan("")) == value(std::nan(""))));
  BOOST_TEST((value(0.0) != value(-0.0)));
  BOOST_TEST((value(1.0) != value(1)));
}

BOOST_AUTO_TEST_CASE(an_empty_tuple_and_an_empty_struct_are_units) {
  BOOST_TEST((value::tuple({}) == value()));
  BOOST_TEST((value::structure({}) == value()));
  BOOST_TEST((value::tuple({}, "A") == value::structure({}, "A")));
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_becomes_a_byte_string) {
  BOOST_TEST(value("h\xc3\xa4").is(kind::string));
  BOOST_TEST(value("h\xe4").is(kind::bytes));
  // Over-long, a surrogate, beyond U+10FFFF, cut short.
  for (const auto* text :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
    BOOST_TEST(value(text).is(kind::bytes));
}

BOOST_AUTO_TEST_CASE(a_char_that_is_no_scalar_is_replaced) {
  BOOST_TEST((value::character(0xd800) == value::character(0xfffd)));
  BOOST_TEST((value::character(0x110000) == value::character(0xfffd)));
}

BOOST_AUTO_TEST_CASE(a_builder_keeps_the_order_and_skips_what_is_absent) {
  auto built = struct_builder("Entry")
                   .add("user", "alice")
                   .add_some("port", std::optional<uint16_t>(8080))
                   .add_some("note", std::optional<std::string>())
                   .build();
  BOOST_TEST_REQUIRE(built.fields().size() == 2U);
  BOOST_TEST(built.name() == "Entry");
  BOOST_TEST(built.fields()[0].name == "user");
  BOOST_TEST((*built.find("port") == value::some(8080)));
  BOOST_TEST(!built.find("note"));
}

BOOST_AUTO_TEST_CASE(a_map_finds_by_any_key) {
  auto map = value::map({{1, "one"}, {value::tuple({1, 2}), "pair"}});
  BOOST_TEST((*map.find_entry(value::tuple({1, 2})) == value("pair")));
  BOOST_TEST(!map.find_entry("one"));
}

BOOST_AUTO_TEST_SUITE_END()
