#include "hiisi/process_details.hpp"
#include "test/hiisi/temp_place.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

#include <sys/stat.h>

using namespace hiisi;
using namespace hiisi::cli;
using protocol::exit_info;
using protocol::process_state;

namespace {

using lines = std::vector<std::string>;

struct fixture {
  test::temp_place place;
  std::string path = place / "e";

  lines last_of(const std::string& content, size_t count) {
    test::write_file(path, content);
    return last_lines(path, count);
  }
};

bool grieves(process_state state, std::optional<exit_info> end = {}) {
  protocol::status_entry entry;
  entry.state = state;
  entry.last_exit = end;
  return came_to_grief(entry);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_details, fixture)

BOOST_AUTO_TEST_CASE(last_lines_are_counted_from_the_end) {
  BOOST_TEST((last_of("1\n2\n3\n", 2) == lines{"2", "3"}));
  BOOST_TEST((last_of("1\n2\n3", 2) == lines{"2", "3"}));
  BOOST_TEST((last_of("1\n2\n", 5) == lines{"1", "2"}));
  BOOST_TEST((last_of("1\n\n\n", 2) == lines{"", ""}));
}

BOOST_AUTO_TEST_CASE(nothing_to_read_is_nothing) {
  BOOST_TEST(last_of("", 5).empty());
  BOOST_TEST(last_lines(place / "absent", 5).empty());
  BOOST_TEST(last_lines(place.path(), 5).empty());
  // Would wait for a writer for ever.
  std::string fifo = place / "fifo";
  BOOST_TEST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  BOOST_TEST(last_lines(fifo, 5).empty());
}

BOOST_AUTO_TEST_CASE(endless_line_is_cut_at_its_beginning) {
  auto found = last_of("first\n" + std::string(100'000, 'x') + "\nlast\n", 5);
  BOOST_TEST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].starts_with("…xxx"));
  BOOST_TEST(found[0].size() < 17'000u);
  BOOST_TEST(found[1] == "last");
}

BOOST_AUTO_TEST_CASE(grief_is_every_end_that_nobody_wanted) {
  using kind = exit_info::kind;
  BOOST_TEST(grieves(process_state::failed));
  BOOST_TEST(grieves(process_state::backoff));
  BOOST_TEST(
      grieves(process_state::exited, exit_info{kind::exited, 3, false, {}}));
  BOOST_TEST(grieves(process_state::exited,
                     exit_info{kind::signaled, SIGSEGV, true, {}}));
  BOOST_TEST(
      !grieves(process_state::exited, exit_info{kind::exited, 0, false, {}}));
  BOOST_TEST(!grieves(process_state::exited));
  BOOST_TEST(!grieves(process_state::running));
  // Somebody stopped it.
  BOOST_TEST(!grieves(process_state::stopped,
                      exit_info{kind::signaled, SIGINT, false, {}}));
}

BOOST_AUTO_TEST_SUITE_END()
