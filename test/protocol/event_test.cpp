#include "protocol/event.hpp"
#include "protocol/json_writer.hpp"
#include "test/protocol/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace hiisi::protocol;
using namespace std::chrono_literals;

namespace {

event full_event() {
  event e;
  e.number = 12;
  e.at = hiisi::test::sample_time();
  e.what = event_kind::exit;
  e.uid = 1000;
  e.user = "alice";
  e.id = 7;
  e.name = "web";
  e.by = {event_cause::kind::user, 0, "root", 4242};
  e.run = 3;
  e.exit = exit_info{exit_info::kind::signaled, 11, true, e.at};
  e.used = resource_use{1'000'000us, 2us, 64 * 1024 * 1024};
  e.delay = 4s;
  e.port = 8080;
  e.text = "a \"reason\"\nof two lines";
  return e;
}

} // namespace

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(an_event_is_read_as_it_was_written) {
  const auto written = full_event();
  const auto read = decode_event(encode_event(written));
  BOOST_REQUIRE_MESSAGE(read.ok(), hiisi::test::why_not(read));
  BOOST_TEST((*read == written));
}

BOOST_AUTO_TEST_CASE(an_event_of_the_daemons_has_nobody_and_no_process) {
  event written;
  written.what = event_kind::configuration;
  const auto text = encode_event(written);
  BOOST_TEST(text
             == R"({"number":0,"time":"1970-01-01T00:00:00.000000000Z",)"
                R"("kind":"configuration","uid":null,"id":0,"name":"",)"
                R"("user":"","by":{"who":"daemon"}})");
  const auto read = decode_event(text);
  BOOST_REQUIRE(read.ok());
  BOOST_TEST((*read == written));
}

BOOST_AUTO_TEST_CASE(an_event_is_one_line) {
  BOOST_TEST(encode_event(full_event()).find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_kind_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < event_kind_count; ++i) {
    const auto kind = static_cast<event_kind>(i);
    names.insert(to_string(kind));
    BOOST_TEST((event_kind_from_string(to_string(kind)) == kind));
  }
  BOOST_TEST(names.size() == event_kind_count);
  BOOST_TEST(!event_kind_from_string("explode"));
}

BOOST_AUTO_TEST_CASE(keys_that_are_not_known_are_passed_over) {
  auto text = encode_event(full_event());
  text.insert(1, R"("mood":"good",)");
  BOOST_TEST((decode_event(text).ok()));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  auto text = encode_event(full_event());
  text.replace(text.find("\"exit\""), 6, "\"boom\"");
  const auto read = decode_event(text);
  BOOST_REQUIRE(!read.ok());
  BOOST_TEST(read.failure().message.find("unknown kind \"boom\"")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
