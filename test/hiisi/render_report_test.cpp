#include "hiisi/render_report.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <ctime>

using namespace hiisi;

namespace {

std::string shown(const std::string& json) {
  const auto parsed = protocol::parse_json(json);
  BOOST_TEST_REQUIRE(parsed.ok());
  return cli::render_report(*parsed, {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(reports_as_text)

BOOST_AUTO_TEST_CASE(single_values_stand_before_tables) {
  BOOST_TEST(shown(R"({"rows":[{"id":1,"name":"a"},{"id":20,"name":null}],)"
                   R"("ready":true,"queue":0})")
             == "ready: yes\nqueue: 0\n\nID  NAME\n 1  a\n20  -\n");
}

BOOST_AUTO_TEST_CASE(names_are_indented_by_their_depth) {
  BOOST_TEST(shown(R"({"actors":[{"id":1,"depth":0,"name":"root"},)"
                   R"({"id":2,"depth":1,"name":"leaf"}]})")
             == "ID  NAME\n 1  root\n 2    leaf\n");
}

BOOST_AUTO_TEST_CASE(several_tables_have_their_names_and_texts_their_lines) {
  BOOST_TEST(shown(R"({"a":[{"x_y":1}],"b":[],"state":"(\n  x: 1\n)\n"})")
             == "a:\nX Y\n  1\n\nb:\n(none)\n\n(\n  x: 1\n)\n");
}

BOOST_AUTO_TEST_CASE(no_text_drives_the_terminal) {
  BOOST_TEST(shown(R"({"a":"\u001b[2J","b":"x\n\u001b[2J"})").find('\x1b')
             == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_traced_message_is_a_line) {
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
  const auto parsed = protocol::parse_json(
      R"({"at":"2026-11-25T03:12:05.123456789Z","from":"session 14",)"
      R"("to":"host_supervisor 9","message":"submission","us":12})");
  const auto line = cli::render_traced(*parsed);
  ::unsetenv("TZ");
  ::tzset();
  BOOST_TEST(line
             == "03:12:05.123456  session 14 -> host_supervisor 9  submission  "
                "12 us\n");
}

BOOST_AUTO_TEST_SUITE_END()
