#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/writer.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace hiisi::core::ron;

namespace {

struct form {
  std::string_view text;
  value expected;
};

void check_forms(const std::vector<form>& forms) {
  for (const auto& [text, expected] : forms) {
    BOOST_TEST_CONTEXT(text) {
      auto result = read(text);
      BOOST_TEST_REQUIRE(result.ok(), (result ? "" : result.failure().message));
      BOOST_TEST((*result == expected),
                 "got " << write(*result, {.compact = true}));
    }
  }
}

struct mistake {
  std::string_view text;
  std::string_view message;
};

void check_mistakes(const std::vector<mistake>& mistakes) {
  for (const auto& [text, message] : mistakes) {
    BOOST_TEST_CONTEXT(text) {
      auto result = read(text);
      BOOST_TEST_REQUIRE(!result.ok());
      BOOST_TEST(result.failure().message == message);
    }
  }
}

value symbol(const char* name) {
  return value::variant(name);
}

std::string repeat(std::string_view piece, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result += piece;
  return result;
}

constexpr auto infinity = std::numeric_limits<double>::infinity();
constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();

} // namespace

BOOST_AUTO_TEST_SUITE(ron_reader)

BOOST_AUTO_TEST_CASE(integers_have_four_bases_signs_and_underscores) {
  check_forms({
      {"0", 0},
      {"42", 42},
      {"+42", 42},
      {"-42", -42},
      {"-0", 0},
      {"007", 7},
      {"1_000__000_", 1000000},
      {"0xFf", 255},
      {"-0x10", -16},
      {"0x1e5", 0x1e5},
      {"0x1f32", 0x1f32},
      {"0o17", 15},
      {"0b1_01", 5},
      {"9223372036854775807", std::numeric_limits<int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<int64_t>::min()},
      {"18446744073709551615", std::numeric_limits<uint64_t>::max()},
      {"0xffffffffffffffff", std::numeric_limits<uint64_t>::max()},
  });
}

BOOST_AUTO_TEST_CASE(integers_may_say_their_type) {
  check_forms({
      {"127i8", 127},
      {"-128i8", -128},
      {"255u8", 255},
      {"0xffu16", 255},
      {"1_i32", 1},
      {"1u64", 1},
      {"1i128", 1},
      {"0b1u128", 1},
      {"-0u8", 0},
  });
}

BOOST_AUTO_TEST_CASE(floats_have_points_exponents_and_suffixes) {
  check_forms({
      {"1.5", 1.5},
      {"-1.5", -1.5},
      {"+1.5", 1.5},
      {".5", 0.5},
      {"-.5", -0.5},
      {"5.", 5.0},
      {"5.e1", 50.0},
      {"1e3", 1000.0},
      {"1E+3", 1000.0},
      {"1.25e-2", 0.0125},
      {"1_0.2_5", 10.25},
      {"1e_1_0_", 1e10},
      {"1f64", 1.0},
      {"1.5f32", 1.5},
      {"0.1f32", static_cast<double>(0.1F)},
      {"inf", infinity},
      {"+inf", infinity},
      {"-inf", -infinity},
      {"NaN", not_a_number},
      {"-NaN", not_a_number},
      {"0.0", 0.0},
      {"-0.0", -0.0},
      {"4.9e-324", 4.9e-324},
      {"1e-400", 0.0},
      {"1.7976931348623157e308", 1.7976931348623157e308},
  });
}

BOOST_AUTO_TEST_CASE(a_float_with_thousands_of_digits_is_read) {
  auto small = "0." + repeat("0", 5000) + "1";
  auto whole = "1" + repeat("0", 5000) + "e-5000";
  check_forms({{small, 0.0}, {whole, 1.0}});
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_named) {
  check_mistakes({
      {"-", "1:1: `-` is not a number"},
      {"+-1", "1:1: `+` is not a number"},
      {".", "1:1: `.` is not a number"},
      {"1.2.3", "1:1: `1.2.3` is not a number"},
      {"12ab", "1:1: `12ab` is not a number"},
      {"1e", "1:1: `1e` is not a number"},
      {"1e+", "1:1: `1e+` is not a number"},
      {"1._5", "1:1: `1._5` is not a number"},
      {"0x", "1:1: `0x` is not a number"},
      {"0x_1", "1:1: `0x_1` is not a number"},
      {"0b12", "1:1: `0b12` is not a number"},
      {"0o8", "1:1: `0o8` is not a number"},
      {"0b1e5", "1:1: `0b1e5` is not a number"},
      {"1.0i32", "1:1: `1.0i32` is not a number"},
      {"1i9", "1:1: `1i9` is not a number"},
      {"1f16", "1:1: `1f16` is not a number"},
      {"[1, 2x]", "1:5: `2x` is not a number"},
  });
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_say_the_range) {
  const std::string all = " is out of range; expected a whole number from "
                          "-9223372036854775808 to "
                          "18446744073709551615";
  const std::string digits = "340282366920938463463374607431768211455";
  check_mistakes({
      {"18446744073709551616", "1:1: `18446744073709551616`" + all},
      {"-9223372036854775809", "1:1: `-9223372036854775809`" + all},
      {digits, "1:1: `34028236692093846346337460743176...`" + all},
      {"18446744073709551616u128", "1:1: `18446744073709551616u128` is out of "
                                   "range; expected a whole number from 0 to "
                                   "18446744073709551615"},
      {"256u8",
       "1:1: `256u8` is out of range; expected a whole number from 0 to "
       "255"},
      {"-1u8", "1:1: `-1u8` is out of range; expected a whole number from 0 to "
               "255"},
      {"-129i8", "1:1: `-129i8` is out of range; expected a whole number from "
                 "-128 to 127"},
      {"1e309", "1:1: `1e309` is out of range; write inf for infinity"},
      {"-1e99999999999999999999", "1:1: `-1e99999999999999999999` is out of "
                                  "range; write inf for infinity"},
      {"1e39f32", "1:1: `1e39f32` is out of range; write inf for infinity"},
  });
}

BOOST_AUTO_TEST_CASE(strings_take_every_escape) {
  check_forms({
      {R"("")", ""},
      {R"("häß 😀")", "häß 😀"},
      {R"("\n\r\t\\\'\"")", "\n\r\t\\'\""},
      {R"("\0")", std::string(1, '\0')},
      {R"("\b\f")", "\b\f"},
      {R"("\x41\xe4")", "Aä"},
      {R"("\u{1F600}\u{e4}\u{10ffff}\u{000041}")", "😀ä\U0010ffffA"},
      {"\"two\nlines\"", "two\nlines"},
      {"\"it's\"", "it's"},
  });
}

BOOST_AUTO_TEST_CASE(raw_strings_end_with_as_many_hashes) {
  check_forms({
      {R"(r"a\n")", R"(a\n)"},
      {R"(r"")", ""},
      {R"(r#"say "a""#)", R"(say "a")"},
      {R"(r##"a"#b"##)", R"(a"#b)"},
      {R"(r##"a""#"##)", R"(a""#)"},
      {R"(r###"""###)", R"(")"},
  });
}

BOOST_AUTO_TEST_CASE(byte_strings_hold_any_byte) {
  check_forms({
      {R"(b"")", value::bytes("")},
      {R"(b"a\xff\n\0\"")", value::bytes(std::string("a\xff\n\0\"", 5))},
      {R"(br"a\n")", value::bytes(R"(a\n)")},
      {R"(br#"a"b"#)", value::bytes(R"(a"b)")},
      {R"(b'a')", 97},
      {R"(b'\xff')", 255},
      {R"(b'\'')", 39},
  });
}

BOOST_AUTO_TEST_CASE(chars_are_single_scalars) {
  check_forms({
      {"'a'", value::character('a')},
      {"'ä'", value::character(0xe4)},
      {"'😀'", value::character(0x1f600)},
      {R"('\'')", value::character('\'')},
      {R"('\\')", value::character('\\')},
      {R"('"')", value::character('"')},
      {R"('\n')", value::character('\n')},
      {R"('\u{1F600}')", value::character(0x1f600)},
      {R"('\x41')", value::character('A')},
  });
}

BOOST_AUTO_TEST_CASE(faulty_texts_and_chars_are_named) {
  const std::string unicode
      = "expected one to six hexadecimal digits in braces "
        "after `\\u`, as in \\u{1F600}";
  const std::string none = "no character has this number; expected up to "
                           "\\u{10FFFF} without \\u{D800} to \\u{DFFF}";
  check_mistakes({
      {"\"abc", "1:1: this string never ends; expected `\"`"},
      {"\"abc\\", "1:6: expected an escape, found end of text"},
      {R"("\q")",
       "1:2: unknown escape `q` after the backslash; expected one of "
       "n r t b f 0 \\ ' \" x u"},
      {R"("\xg1")", "1:4: expected two hexadecimal digits after `\\x`"},
      {R"("\x4")", "1:4: expected two hexadecimal digits after `\\x`"},
      {R"("\u1234")", "1:4: " + unicode},
      {R"("\u{}")", "1:4: " + unicode},
      {R"("\u{1234567}")", "1:4: " + unicode},
      {R"("\u{12")", "1:4: " + unicode},
      {R"("\u{D800}")", "1:4: " + none},
      {R"("\u{110000}")", "1:4: " + none},
      {R"(b"\u{41}")", "1:3: a byte string has no `\\u`; write the bytes as "
                       "`\\x` and two hexadecimal digits"},
      {R"(r##"a"#)", "1:2: this raw string never ends; expected `\"` and 2 of "
                     "`#`"},
      {R"(r##a)", "1:4: expected `\"` to begin a raw string, found `a`"},
      {"''", "1:2: expected a character, found `'`"},
      {"'", "1:2: expected a character, found end of text"},
      {"'ab'", "1:3: expected `'` after one character, found `b`"},
      {"'a", "1:3: expected `'` after one character, found end of text"},
      {"b'ä'", "1:2: a byte is a character of ASCII or an escape"},
  });
}

BOOST_AUTO_TEST_CASE(words_have_their_meanings) {
  check_forms({
      {"true", true},
      {"false", false},
      {"()", value()},
      {"( /* nothing */ )", value()},
      {"None", value::none()},
      {"Some(1)", value::some(1)},
      {"Some ( 1 , )", value::some(1)},
      {"Some(Some(()))", value::some(value::some(value()))},
      {"Some((1,))", value::some(value::tuple({1}))},
  });
}

BOOST_AUTO_TEST_CASE(an_option_holds_exactly_one_value) {
  check_mistakes({
      {"Some", "1:5: expected `(` and a value after `Some`, found end of text"},
      {"Some()", "1:5: expected one value after `Some`"},
      {"Some(1, 2)", "1:5: expected one value after `Some`"},
      {"Some(a: 1)", "1:5: expected one value after `Some`"},
      {"None(1)", "1:5: expected nothing more after the value, found `(`"},
  });
}

BOOST_AUTO_TEST_CASE(lists_and_maps_take_a_trailing_comma) {
  check_forms({
      {"[]", value::list({})},
      {"[ ]", value::list({})},
      {"[1]", value::list({1})},
      {"[1, [2,], ]", value::list({1, value::list({2})})},
      {"{}", value::map({})},
      {"{1:2}", value::map({{1, 2}})},
      {"{ \"b\" : 2 , 'a' : 1 , }",
       value::map({{"b", 2}, {value::character('a'), 1}})},
      {"{(1, 2): [], A: {}, Some(1): None}",
       value::map({{value::tuple({1, 2}), value::list({})},
                   {symbol("A"), value::map({})},
                   {value::some(1), value::none()}})},
      {"{1: 1, 1: 2}", value::map({{1, 1}, {1, 2}})},
  });
}

BOOST_AUTO_TEST_CASE(structs_tuples_and_variants_have_names_or_none) {
  auto one = [](std::string name) {
    return value::structure({{"a", 1}}, std::move(name));
  };
  check_forms({
      {"(1)", value::tuple({1})},
      {"(1,)", value::tuple({1})},
      {"( 1 , 2 , )", value::tuple({1, 2})},
      {"(a: 1)", one("")},
      {"( a : 1 , )", one("")},
      {"Name", symbol("Name")},
      {"_n1", symbol("_n1")},
      {"Name()", value::structure({}, "Name")},
      {"Name(1, 2)", value::tuple({1, 2}, "Name")},
      {"Name (a: 1)", one("Name")},
      {"Name /* a */ ( // b\n a: 1)", one("Name")},
      {"(a)", value::tuple({symbol("a")})},
      {"(a, b)", value::tuple({symbol("a"), symbol("b")})},
      {"(a(1), b)", value::tuple({value::tuple({1}, "a"), symbol("b")})},
      {"(true: 1, None: 2, inf: 3)",
       value::structure({{"true", 1}, {"None", 2}, {"inf", 3}})},
      {"(r: 1, b: 2, br: 3)",
       value::structure({{"r", 1}, {"b", 2}, {"br", 3}})},
      {"[r, b, br, b(1)]", value::list({symbol("r"), symbol("b"), symbol("br"),
                                        value::tuple({1}, "b")})},
      {"[inff32, truely, Nones]",
       value::list({symbol("inff32"), symbol("truely"), symbol("Nones")})},
  });
}

BOOST_AUTO_TEST_CASE(raw_names_hold_what_plain_ones_cannot) {
  check_forms({
      {"r#None", symbol("None")},
      {"r#Some(1)", value::tuple({1}, "Some")},
      {"r#a-b.c+1", symbol("a-b.c+1")},
      {"r#1", symbol("1")},
      {"(r#type: 1, r#a-b: 2)", value::structure({{"type", 1}, {"a-b", 2}})},
      {"r#S(a: 1)", value::structure({{"a", 1}}, "S")},
  });
}

BOOST_AUTO_TEST_CASE(comments_and_all_white_space_are_skipped) {
  check_forms({
      {"// first\n1 // last", 1},
      {"1//", 1},
      {"/**/1/* * / */", 1},
      {"/* a /* b // */ c */ 1", 1},
      {"\t\r\n\v\f 1\u0085\u200e\u200f\u2028\u2029", 1},
      {"[1/*,*/,2]", value::list({1, 2})},
      {"\ufeff1", 1},
  });
}

BOOST_AUTO_TEST_CASE(a_mistake_is_named_with_line_and_column) {
  check_mistakes({
      {"", "1:1: expected a value, found end of text"},
      {"\n\n  ", "3:3: expected a value, found end of text"},
      {"[1, 2", "1:6: expected `,` or `]`, found end of text"},
      {"[1 2]", "1:4: expected `,` or `]`, found `2`"},
      {"[,]", "1:2: expected a value, found `,`"},
      {"[1,,]", "1:4: expected a value, found `,`"},
      {"[1)", "1:3: expected `,` or `]`, found `)`"},
      {"{1}", "1:3: expected `:` after the key, found `}`"},
      {"{1:}", "1:4: expected a value, found `}`"},
      {"{1:2 3:4}", "1:6: expected `,` or `}`, found `3`"},
      {"(a: 1\n b: 2)", "2:2: expected `,` or `)`, found `b`"},
      {"(a: 1, 2)", "1:8: expected the name of a field, found `2`"},
      {"(a: 1, b)", "1:9: expected `:` after the field's name, found `)`"},
      {"(1, a: 2)", "1:6: expected `,` or `)`, found `:`"},
      {"(\"ä😀\": 1)", "1:6: expected `,` or `)`, found `:`"},
      {"(a: 1,\n  r#a: 2)", "2:3: the field `a` stands here a second time"},
      {"1 2", "1:3: expected nothing more after the value, found `2`"},
      {"Name Name", "1:6: expected nothing more after the value, found `Name`"},
      {"Größe", "1:3: expected nothing more after the value, found `ö`"},
      {"/* /* */", "1:1: this comment never ends; expected `*/`"},
      {"( /* ", "1:3: this comment never ends; expected `*/`"},
      {"(a /* ", "1:4: this comment never ends; expected `*/`"},
      {"1 /", "1:3: expected nothing more after the value, found `/`"},
      {"\x01", "1:1: expected a value, found `\\u{1}`"},
      {"[\u202e]", "1:2: expected a value, found `\\u{202e}`"},
      {"ä", "1:1: expected a value, found `ä`"},
      {"@", "1:1: expected a value, found `@`"},
  });
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_refused_with_its_place) {
  const std::string message = ": this byte is not part of any UTF-8 character";
  check_mistakes({
      {"\xff", "1:1" + message},
      {"[1,\n \"ä\xe4\"]", "2:4" + message},
      {"\"\xc0\x80\"", "1:2" + message},
      {"\"\xed\xa0\x80\"", "1:2" + message},
      {"\"\xf0\x9f\x98", "1:2" + message},
      {"// \x80", "1:4" + message},
  });
}

BOOST_AUTO_TEST_CASE(a_zero_byte_is_no_end_of_text) {
  using namespace std::string_view_literals;
  BOOST_TEST(read("1\0"sv).failure().message
             == "1:2: expected nothing more after the value, found `\\u{0}`");
  BOOST_TEST((*read("\"\0\""sv) == value(std::string(1, '\0'))));
}

BOOST_AUTO_TEST_CASE(extensions_are_carried_by_the_values) {
  auto result = read("#![enable(implicit_some, unwrap_newtypes,)]\n"
                     "# ! [ enable ( unwrap_variant_newtypes ) ] [1]");
  BOOST_TEST_REQUIRE(result.ok());
  extensions all = {true, true, true};
  BOOST_TEST((result->enabled() == all));
  BOOST_TEST((result->items()[0].enabled() == all));
  BOOST_TEST((read("1", {.enabled = {.implicit_some = true}})->enabled()
              == extensions{.implicit_some = true}));
}

BOOST_AUTO_TEST_CASE(some_unwraps_a_struct_if_so_enabled) {
  check_forms({
      {"#![enable(unwrap_variant_newtypes)] Some(a: 1)",
       value::some(value::structure({{"a", 1}}))},
      {"#![enable(unwrap_variant_newtypes)] Some(1, 2)",
       value::some(value::tuple({1, 2}))},
      {"#![enable(unwrap_variant_newtypes)] Some((1, 2))",
       value::some(value::tuple({1, 2}))},
  });
}

BOOST_AUTO_TEST_CASE(faulty_attributes_are_named) {
  check_mistakes({
      {"#[x] 1", "1:2: expected `!` after `#`, found `[`"},
      {"#!(x) 1", "1:3: expected `[` after `#!`, found `(`"},
      {"#![disable(x)] 1", "1:4: expected `enable`, found `disable`"},
      {"#![enable] 1", "1:10: expected `(` after `enable`, found `]`"},
      {"#![enable()] 1", "1:11: expected the name of an extension, found `)`"},
      {"#![enable(x)] 1",
       "1:11: unknown extension `x`; expected implicit_some, "
       "unwrap_newtypes or unwrap_variant_newtypes"},
      {"#![enable(implicit_some,,)] 1",
       "1:25: expected the name of an extension, found `,`"},
      {"#![enable(implicit_some unwrap_newtypes)] 1",
       "1:25: expected `,` or `)`, found `unwrap_newtypes`"},
      {"#![enable(implicit_some)", "1:25: expected `]`, found end of text"},
  });
}

BOOST_AUTO_TEST_CASE(values_know_their_places) {
  auto result = read("// ports\n(\n  ä: 1)");
  BOOST_TEST(!result.ok());
  result = read("(\n  names: [\"ä\", Some(2)],\n)");
  BOOST_TEST_REQUIRE(result.ok());
  BOOST_TEST((result->at() == position{1, 1}));
  const auto& names = result->fields()[0];
  BOOST_TEST((names.at == position{2, 3}));
  BOOST_TEST((names.content.at() == position{2, 10}));
  const auto& some = names.content.items()[1];
  BOOST_TEST((some.at() == position{2, 16}));
  BOOST_TEST((some.items()[0].at() == position{2, 21}));
}

BOOST_AUTO_TEST_CASE(nesting_ends_at_the_depth_limit) {
  auto nested
      = [](size_t depth) { return repeat("[", depth) + repeat("]", depth); };
  BOOST_TEST(read(nested(128)).ok());
  BOOST_TEST(read(nested(129)).failure().message
             == "1:129: more than 128 brackets are open here");
  BOOST_TEST(!read(nested(3), {.max_depth = 2}).ok());
  for (const auto* opening : {"[", "(", "{", "Some(", "A(", "(a:", "{1:", "/*"})
    BOOST_TEST(!read(repeat(opening, 200000)).ok());
  // The brackets of siblings do not add up.
  BOOST_TEST(read("[" + repeat("[],", 1000) + "]").ok());
}

BOOST_AUTO_TEST_CASE(the_source_stands_before_the_place) {
  BOOST_TEST(read("[", {.source = "ports.ron"}).failure().message
             == "ports.ron:1:2: expected a value, found end of text");
}

BOOST_AUTO_TEST_CASE(the_first_hiisis_registry_is_read) {
  auto result = read(
      "(allocations:{8080:(user:\"alice\",allocated_at:(secs_since_epoch:"
      "1733000000,nanos_since_epoch:0))})");
  BOOST_TEST_REQUIRE(result.ok());
  const auto* allocations = result->find("allocations");
  BOOST_TEST_REQUIRE(allocations);
  const auto* port = allocations->find_entry(8080);
  BOOST_TEST_REQUIRE(port);
  BOOST_TEST((*port->find("user") == value("alice")));
  BOOST_TEST((*port->find("allocated_at")->find("secs_since_epoch")
              == value(1733000000)));
}

BOOST_AUTO_TEST_SUITE_END()
