#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/writer.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <limits>
#include <sstream>

using namespace hiisi::core::ron;

namespace {

std::string compact(const value& content) {
  return write(content, {.compact = true});
}

std::string golden(const std::string& name) {
  std::ifstream in(HIISI_SOURCE_DIR "/test/golden/ron/" + name,
                   std::ios::binary);
  BOOST_TEST_REQUIRE(in.good(), "cannot open " << name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

value read_golden(const std::string& name) {
  auto result = read(golden(name), {.source = name});
  BOOST_TEST_REQUIRE(result.ok(), (result ? "" : result.failure().message));
  return *std::move(result);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ron_writer)

BOOST_AUTO_TEST_CASE(scalars_are_written_as_rust_writes_them) {
  BOOST_TEST(compact(true) == "true");
  BOOST_TEST(compact(-1) == "-1");
  BOOST_TEST(compact(std::numeric_limits<uint64_t>::max())
             == "18446744073709551615");
  BOOST_TEST(compact(value::none()) == "None");
  BOOST_TEST(compact(value()) == "()");
}

BOOST_AUTO_TEST_CASE(floats_are_short_and_never_look_like_integers) {
  BOOST_TEST(compact(1.0) == "1.0");
  BOOST_TEST(compact(-0.0) == "-0.0");
  BOOST_TEST(compact(0.1) == "0.1");
  BOOST_TEST(compact(1e300) == "1e+300");
  BOOST_TEST(compact(std::numeric_limits<double>::infinity()) == "inf");
  BOOST_TEST(compact(-std::numeric_limits<double>::infinity()) == "-inf");
  BOOST_TEST(compact(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_only_where_needed) {
  BOOST_TEST(compact("it's häß 😀") == "\"it's häß 😀\"");
  BOOST_TEST(compact("\"\\\n\r\t") == R"("\"\\\n\r\t")");
  BOOST_TEST(compact(std::string("\0\x1b\x7f", 3)) == R"("\0\u{1b}\u{7f}")");
}

BOOST_AUTO_TEST_CASE(what_reorders_or_hides_text_is_escaped) {
  BOOST_TEST(compact("a\u202eb\u2028\u0085\ufeff")
             == R"("a\u{202e}b\u{2028}\u{85}\u{feff}")");
}

BOOST_AUTO_TEST_CASE(byte_strings_and_chars_are_escaped) {
  BOOST_TEST(compact(value::bytes("a\"'\n\xff")) == R"(b"a\"'\n\xff")");
  BOOST_TEST(compact(value::character('\'')) == R"('\'')");
  BOOST_TEST(compact(value::character('"')) == R"('"')");
}

BOOST_AUTO_TEST_CASE(names_that_mean_something_else_are_raw) {
  BOOST_TEST(compact(value::variant("None")) == "r#None");
  BOOST_TEST(compact(value::tuple({1}, "Some")) == "r#Some(1)");
  BOOST_TEST(compact(value::variant("a-b")) == "r#a-b");
  BOOST_TEST(compact(value::structure({{"true", 1}, {"1", 2}}, "inf"))
             == "r#inf(true:1,r#1:2)");
}

BOOST_AUTO_TEST_CASE(an_outermost_struct_or_map_has_a_line_for_each_entry) {
  BOOST_TEST(write(value::structure({{"a", 1}, {"b", value::list({1, 2})}}))
             == "(\n    a: 1,\n    b: [1, 2],\n)\n");
  BOOST_TEST(write(value::map({{1, value::none()}})) == "{\n    1: None,\n}\n");
  BOOST_TEST(write(value::list({})) == "[]\n");
  BOOST_TEST(write(value::structure({}, "A")) == "A()\n");
}

BOOST_AUTO_TEST_CASE(a_list_breaks_where_the_line_would_be_too_long) {
  auto list = value::list({"abc", "def"});
  BOOST_TEST(write(list, {.width = 14}) == "[\"abc\", \"def\"]\n");
  BOOST_TEST(write(list, {.width = 13})
             == "[\n    \"abc\",\n    \"def\",\n]\n");
  // The comma behind counts too.
  auto outer = value::structure({{"k", list}});
  BOOST_TEST(write(outer, {.width = 22}).find("\"abc\", \"def\"],\n")
             != std::string::npos);
  BOOST_TEST(write(outer, {.width = 21}).find("\"abc\", \"def\"],\n")
             == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_option_breaks_with_what_it_holds) {
  auto option = value::some(value::structure({{"a", "x"}}));
  BOOST_TEST(write(option, {.indent = 2, .width = 10})
             == "Some((\n  a: \"x\",\n))\n");
}

BOOST_AUTO_TEST_CASE(a_scalar_too_long_for_any_line_stays_whole) {
  BOOST_TEST(write("0123456789", {.width = 5}) == "\"0123456789\"\n");
}

BOOST_AUTO_TEST_CASE(the_first_hiisis_registry_is_written_as_it_was) {
  auto content = read_golden("first_hiisi_ports.ron");
  BOOST_TEST(compact(content) == golden("first_hiisi_ports.ron"));
  BOOST_TEST(write(content) == golden("first_hiisi_ports.pretty.ron"));
}

BOOST_AUTO_TEST_CASE(every_form_is_written_as_recorded) {
  auto content = read_golden("every_form.ron");
  BOOST_TEST(write(content) == golden("every_form.pretty.ron"));
  BOOST_TEST(compact(content) == golden("every_form.compact.ron"));
  BOOST_TEST((read_golden("every_form.pretty.ron") == content));
  BOOST_TEST((read_golden("every_form.compact.ron") == content));
}

BOOST_AUTO_TEST_SUITE_END()
