#include "hiisi/logs.hpp"
#include "test/hiisi/temp_place.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::cli;

namespace {

struct fixture {
  test::temp_place place;
  std::string path = place / "log";

  std::string last(const std::string& content, uint64_t lines) {
    test::write_file(path, content);
    log_tail log{"stdout", path};
    BOOST_TEST_REQUIRE(log.open_current());
    log.seek_last_lines(lines);
    return rest(log);
  }

  static std::string rest(log_tail& log) {
    std::string text;
    log.read_on([&](std::string_view bytes) {
      text += bytes;
      return true;
    });
    return text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(logs, fixture)

BOOST_AUTO_TEST_CASE(last_lines_are_counted_in_lines) {
  BOOST_TEST(last("a\nb\nc\n", 2) == "b\nc\n");
  BOOST_TEST(last("a\nb\nc\n", 3) == "a\nb\nc\n");
  BOOST_TEST(last("a\nb\nc\n", 99) == "a\nb\nc\n");
  BOOST_TEST(last("a\nb\nc\n", 0).empty());
  BOOST_TEST(last("a\n\n\n", 2) == "\n\n");
}

BOOST_AUTO_TEST_CASE(a_line_without_its_newline_counts) {
  BOOST_TEST(last("a\nb\nc", 2) == "b\nc");
  BOOST_TEST(last("c", 1) == "c");
}

BOOST_AUTO_TEST_CASE(empty_files_have_no_lines) {
  BOOST_TEST(last("", 5).empty());
  BOOST_TEST(last("\n", 5) == "\n");
}

BOOST_AUTO_TEST_CASE(lines_may_be_longer_than_any_block) {
  std::string huge(300000, 'x');
  BOOST_TEST((last("a\n" + huge + "\nb\n", 2) == huge + "\nb\n"));
  BOOST_TEST((last("a\n" + huge, 1) == huge));
  std::string many;
  for (int i = 0; i < 50000; ++i)
    many += std::to_string(i) + "\n";
  BOOST_TEST(last(many, 2) == "49998\n49999\n");
  // Newlines exactly at the blocks' borders.
  std::string bordered = std::string(64 * 1024 - 1, 'a') + "\n"
                         + std::string(64 * 1024 - 1, 'b') + "\n";
  BOOST_TEST((last(bordered, 1) == bordered.substr(64 * 1024)));
}

BOOST_AUTO_TEST_CASE(missing_file_is_a_problem_to_tell) {
  log_tail log{"stdout", place / "none"};
  BOOST_TEST(!log.open_current());
  BOOST_TEST(log.problem() == "No such file or directory");
}

BOOST_AUTO_TEST_CASE(fifo_in_its_place_does_not_hold_the_reader_up) {
  BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  log_tail log{"stdout", path};
  BOOST_TEST(!log.open_current());
  BOOST_TEST(log.problem() == "not a regular file");
}

BOOST_AUTO_TEST_CASE(growth_is_read_on_and_truncation_from_the_start) {
  BOOST_TEST(last("a\nb\n", 9) == "a\nb\n");
  log_tail log{"stdout", path};
  log.open_current();
  BOOST_TEST(rest(log) == "a\nb\n");
  test::write_file(path, "c\n", std::ios::app);
  BOOST_TEST(rest(log) == "c\n");
  test::write_file(path, "d\n");
  BOOST_TEST(rest(log) == "d\n");
}

BOOST_AUTO_TEST_CASE(headings_stand_where_the_source_changes) {
  log_tail out{"stdout", path};
  log_tail err{"stderr", path};
  test::write_file(place / "shown", "");
  descriptor shown{::open((place / "shown").c_str(), O_WRONLY)};
  log_output output{shown.get(), true, guarding::none};
  output.write(out, "a\n");
  output.write(out, "b");
  output.write(err, "c\n");
  log_tail all{"", place / "shown"};
  all.open_current();
  BOOST_TEST(rest(all) == "==> stdout <==\na\nb\n\n==> stderr <==\nc\n");
}

BOOST_AUTO_TEST_CASE(another_s_log_cannot_drive_the_terminal) {
  if (::geteuid() != 0)
    return; // only root can make a file another's
  test::write_file(path, "a\x1b[2J\x1b[31mb\n\tž\u009b\n");
  BOOST_TEST_REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
  test::write_file(place / "shown", "");
  descriptor shown{::open((place / "shown").c_str(), O_WRONLY)};
  log_output output{shown.get(), false, guarding::all_but_colors};
  log_tail log{"stdout", path};
  log.open_current();
  log.read_on([&](std::string_view bytes) { return output.write(log, bytes); });
  log_tail all{"", place / "shown"};
  all.open_current();
  BOOST_TEST(rest(all) == "a\\x1b[2Jb\n\tž\\u009b\n");
}

BOOST_AUTO_TEST_CASE(full_device_is_told) {
  descriptor full{::open("/dev/full", O_WRONLY)};
  log_output output{full.get(), false, guarding::none};
  log_tail log{"stdout", path};
  BOOST_TEST(!output.write(log, "x"));
  BOOST_TEST(output.error() == ENOSPC);
}

BOOST_AUTO_TEST_SUITE_END()
