#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/struct_reader.hpp"
#include "actors/core/ron/view.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core::ron;

namespace {

struct limits {
  uint32_t connections = 100;
  std::optional<std::string> note;
};

hiisi::protocol::result<void> read_into(const view& from, limits& out) {
  return struct_reader(from)
      .optional("connections", out.connections, 1, 65535)
      .optional("note", out.note)
      .finish();
}

struct config {
  std::string socket;
  limits bounds;
  std::vector<uint16_t> ports;
  bool quiet = false;
  double factor = 1;
  size_t level = 0;
};

hiisi::protocol::result<void> read_into(const view& from, config& out) {
  return struct_reader(from)
      .required("socket", out.socket)
      .optional("limits", out.bounds)
      .optional("ports", out.ports)
      .optional("quiet", out.quiet)
      .optional("factor", out.factor)
      .optional_by("level",
                   [&](const view& v) -> hiisi::protocol::result<void> {
                     auto index = v.as_variant({"Low", "High"});
                     if (!index)
                       return index.failure();
                     out.level = *index;
                     return {};
                   })
      .finish();
}

/// The message that reading a config from the text fails with; empty if it
/// does not.
std::string complaint(std::string_view text) {
  auto content = read(text, {.source = "hiidet.ron"});
  BOOST_TEST_REQUIRE(content.ok());
  config out;
  auto done = read_into(view(*content, "hiidet.ron"), out);
  return done ? "" : done.failure().message;
}

value parse(std::string_view text) {
  auto content = read(text);
  BOOST_TEST_REQUIRE(content.ok());
  return *std::move(content);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ron_view)

BOOST_AUTO_TEST_CASE(a_struct_is_filled_from_its_fields) {
  auto content = parse("Config(socket: \"/run/s\", limits: (connections: 7, "
                       "note: Some(\"n\")), ports: [80, 81], quiet: true, "
                       "factor: 2, level: High)");
  config out;
  BOOST_TEST_REQUIRE(read_into(view(content), out).ok());
  BOOST_TEST(out.socket == "/run/s");
  BOOST_TEST(out.bounds.connections == 7U);
  BOOST_TEST((out.bounds.note == "n"));
  BOOST_TEST(out.ports == (std::vector<uint16_t>{80, 81}),
             boost::test_tools::per_element());
  BOOST_TEST(out.quiet);
  BOOST_TEST(out.factor == 2.0);
  BOOST_TEST(out.level == 1U);
}

BOOST_AUTO_TEST_CASE(absent_optional_fields_stay_as_they_are) {
  config out;
  auto content = parse("(socket: \"\", limits: ())");
  BOOST_TEST(read_into(view(content), out).ok());
  BOOST_TEST(out.bounds.connections == 100U);
}

BOOST_AUTO_TEST_CASE(errors_name_file_place_and_path) {
  BOOST_TEST(complaint("(socket: \"\",\n  limits: (connections: \"many\"))")
             == "hiidet.ron:2:25: limits.connections: expected a whole number "
                "from 1 to 65535, found \"many\"");
  BOOST_TEST(complaint("(socket: \"\", ports: [80, 65536])")
             == "hiidet.ron:1:26: ports[1]: expected a whole number from 0 to "
                "65535, found 65536");
  BOOST_TEST(complaint("(socket: \"\", limits: (connections: 0))")
             == "hiidet.ron:1:36: limits.connections: expected a whole number "
                "from 1 to 65535, found 0");
}

BOOST_AUTO_TEST_CASE(missing_and_unknown_fields_are_named) {
  BOOST_TEST(complaint("()")
             == "hiidet.ron:1:1: the field `socket` is missing");
  BOOST_TEST(complaint("(socket: \"\",\n limits: (conections: 1))")
             == "hiidet.ron:2:11: limits: unknown field `conections`; expected "
                "connections or note");
}

BOOST_AUTO_TEST_CASE(each_kind_is_described_when_it_is_wrong) {
  BOOST_TEST(complaint("[]")
             == "hiidet.ron:1:1: expected a struct, as in (name: value), found "
                "a list");
  BOOST_TEST(complaint("(socket: 'a')")
             == "hiidet.ron:1:10: socket: expected a string or a byte string, "
                "found 'a'");
  BOOST_TEST(complaint("(socket: \"\", quiet: Yes)")
             == "hiidet.ron:1:21: quiet: expected true or false, found `Yes`");
  BOOST_TEST(complaint("(socket: \"\", level: Up(1))")
             == "hiidet.ron:1:21: level: expected Low or High, found "
                "`Up(...)`");
  BOOST_TEST(complaint("(socket: \"\", level: 1.5)")
             == "hiidet.ron:1:21: level: expected Low or High, found 1.5");
  BOOST_TEST(complaint("(socket: \"\", limits: (note: \"n\"))")
             == "hiidet.ron:1:29: limits.note: expected Some(...) or None, "
                "found \"n\"");
}

BOOST_AUTO_TEST_CASE(a_long_string_is_cut_short_between_characters) {
  auto text = "\"" + std::string(39, 'x') + "äää\"";
  auto content = parse(text);
  BOOST_TEST(view(content).as_boolean().failure().message
             == "1:1: expected true or false, found \"" + std::string(39, 'x')
                    + "...\"");
}

BOOST_AUTO_TEST_CASE(a_built_value_has_no_place) {
  value content = 1;
  BOOST_TEST(view(content).as_string().failure().message
             == "expected a string, found 1");
  BOOST_TEST(view(content, "x").as_string().failure().message
             == "x: expected a string, found 1");
}

BOOST_AUTO_TEST_CASE(numbers_of_every_width_are_bounded) {
  auto content = parse("[-1, 255, 18446744073709551615, 1.0]");
  auto items = *view(content).as_list();
  BOOST_TEST(*items[0].as_integer<int8_t>() == -1);
  BOOST_TEST(!items[0].as_integer<uint64_t>().ok());
  BOOST_TEST(*items[1].as_integer<uint8_t>() == 255);
  BOOST_TEST(!items[1].as_integer<int8_t>().ok());
  BOOST_TEST(*items[2].as_integer<uint64_t>() == UINT64_MAX);
  BOOST_TEST(*items[2].as_floating() == 18446744073709551615.0);
  BOOST_TEST(*items[0].as_floating() == -1.0);
  BOOST_TEST(!items[3].as_integer<int>().ok());
}

BOOST_AUTO_TEST_CASE(a_map_gives_keys_and_contents) {
  auto content = parse("{8080: \"a\", \"x\": 1}");
  auto entries = *view(content).as_map();
  BOOST_TEST_REQUIRE(entries.size() == 2U);
  BOOST_TEST(*entries[0].first.as_integer<uint16_t>() == 8080);
  BOOST_TEST(*entries[0].second.as_string() == "a");
  BOOST_TEST(entries[1].second.as_string().failure().message
             == "1:18: [\"x\"]: expected a string, found 1");
}

BOOST_AUTO_TEST_CASE(a_tuple_has_the_size_asked_for) {
  auto content = parse("(1, 2)");
  BOOST_TEST(view(content).as_tuple(2)->size() == 2U);
  BOOST_TEST(view(content).as_tuple(3).failure().message
             == "1:1: expected a tuple of 3, found one of 2");
  auto unit = parse("()");
  BOOST_TEST(view(unit).as_tuple(0)->empty());
  BOOST_TEST(!view(unit).as_tuple(1).ok());
}

BOOST_AUTO_TEST_CASE(implicit_some_takes_a_bare_value) {
  auto content = parse("#![enable(implicit_some)] [5, Some(6), None]");
  std::vector<std::optional<int>> out;
  BOOST_TEST_REQUIRE(read_into(view(content), out).ok());
  BOOST_TEST((out[0] == 5 && out[1] == 6 && !out[2]));
  auto plain = parse("[5]");
  BOOST_TEST(!read_into(view(plain), out).ok());
}

BOOST_AUTO_TEST_CASE(newtypes_unwrap_if_so_enabled) {
  auto wrapped = parse("Meters(5)");
  BOOST_TEST(*view(wrapped).as_newtype()->as_integer<int>() == 5);
  auto bare = parse("5");
  BOOST_TEST(!view(bare).as_newtype().ok());
  auto enabled = parse("#![enable(unwrap_newtypes)] 5");
  BOOST_TEST(*view(enabled).as_newtype()->as_integer<int>() == 5);
}

BOOST_AUTO_TEST_CASE(variant_newtypes_unwrap_if_so_enabled) {
  auto plain = parse("Move(x: 1)");
  BOOST_TEST(!view(plain).as_newtype().ok());
  auto enabled = parse("#![enable(unwrap_variant_newtypes)] Move(x: 1)");
  auto inner = view(enabled).as_newtype();
  BOOST_TEST_REQUIRE(inner.ok());
  BOOST_TEST(*inner->field("x")->as_integer<int>() == 1);
  auto unit = parse("#![enable(unwrap_variant_newtypes)] Stop");
  BOOST_TEST(!view(unit).as_newtype().ok());
}

BOOST_AUTO_TEST_CASE(octets_come_back_from_either_kind_of_string) {
  for (const std::string text : {"plain", "not utf-8: \xff"}) {
    value content = text;
    BOOST_TEST(*view(content).as_octets() == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
