#include "hiisi/render_events.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi;
using namespace std::chrono_literals;
using protocol::event;
using protocol::event_cause;
using protocol::event_kind;

namespace {

event of_web(event_kind what) {
  event e;
  e.at = protocol::wall_time{1h};
  e.what = what;
  e.id = 7;
  e.name = "web";
  e.uid = 1000;
  e.user = "anna";
  return e;
}

std::string shown(const event& e, std::string_view reader = "anna") {
  const auto line = cli::render_event(e, reader, {});
  BOOST_TEST(line.ends_with('\n'));
  // The time is the caller's zone's.
  return line.substr(21, line.size() - 22);
}

} // namespace

BOOST_AUTO_TEST_SUITE(events_as_lines)

BOOST_AUTO_TEST_CASE(a_start_says_by_whom) {
  auto e = of_web(event_kind::start);
  e.by = {event_cause::kind::user, 1000, "anna", 4242};
  BOOST_TEST(shown(e) == "start          7 (web)  by anna (pid 4242)");
  e.by = {};
  BOOST_TEST(shown(e) == "start          7 (web)  by hiidet");
}

BOOST_AUTO_TEST_CASE(an_end_says_how_and_what_it_took) {
  auto e = of_web(event_kind::exit);
  e.by.who = event_cause::kind::process;
  e.exit = protocol::exit_info{protocol::exit_info::kind::exited, 7, false, {}};
  e.used = protocol::resource_use{1s, 10ms, 64 << 20};
  BOOST_TEST(shown(e)
             == "exit           7 (web)  exited (7), CPU 1.01 s, memory 64.0 "
                "MiB");
  e.exit
      = protocol::exit_info{protocol::exit_info::kind::signaled, 11, true, {}};
  e.used.reset();
  BOOST_TEST(shown(e)
             == "exit           7 (web)  killed by SIGSEGV (core dumped)");
}

BOOST_AUTO_TEST_CASE(a_wait_says_how_long) {
  auto e = of_web(event_kind::backoff);
  e.by.who = event_cause::kind::policy;
  e.delay = 4s;
  BOOST_TEST(shown(e) == "backoff        7 (web)  again in 4 s");
}

BOOST_AUTO_TEST_CASE(whose_it_is_is_said_of_others) {
  auto e = of_web(event_kind::give_up);
  e.by.who = event_cause::kind::policy;
  e.text = "10 quick failures\nlast line";
  BOOST_TEST(shown(e, "root")
             == "give_up        7 (web) of anna  10 quick failures");
  e = {};
  e.what = event_kind::configuration;
  e.text = "read again";
  BOOST_TEST(shown(e, "root") == "configuration  read again, by hiidet");
}

BOOST_AUTO_TEST_CASE(no_text_drives_the_terminal) {
  auto e = of_web(event_kind::start_failed);
  e.text = "\x1b[2Jgone";
  e.user = "\x1b]0;x";
  const auto line = cli::render_event(e, "root", {});
  BOOST_TEST(line.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
