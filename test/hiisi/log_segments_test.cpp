#include "hiisi/logs.hpp"
#include "hiisi/point_in_time.hpp"
#include "logs/segment_file.hpp"
#include "test/hiisi/temp_place.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::cli;
using namespace std::chrono_literals;

namespace {

/// Long enough that a hole in the place of some of them has whole blocks.
std::string numbered(int first, int last) {
  std::string out;
  for (int i = first; i <= last; ++i) {
    auto line = std::to_string(i);
    line.resize(1023, ' ');
    out += line + "\n";
  }
  return out;
}

struct fixture {
  test::temp_place place;
  std::string path = place / "1-web.out";

  void append(const std::string& text) {
    test::write_file(path, text, std::ios::app);
  }

  /// Makes a segment of the bytes of the live file, as hiisi-rotate does.
  void rotate(uint64_t number, uint64_t begin, uint64_t next,
              const std::string& bytes) {
    auto where = logs::directory::open(
        std::filesystem::path{path}.parent_path().string());
    auto file = logs::segment_writer::create(
        *where, logs::file_name("1-web.out", {number, begin, next}));
    BOOST_TEST_REQUIRE(file->write(bytes).ok());
    BOOST_TEST_REQUIRE(file->sync().ok());
    const descriptor live{::open(path.c_str(), O_RDWR)};
    BOOST_TEST_REQUIRE(::fallocate(live.get(),
                                   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                   0, static_cast<off_t>(next / 4096 * 4096))
                       == 0);
  }

  static std::string rest(log_tail& log) {
    std::string text;
    const auto sink = [&](std::string_view bytes) {
      text += bytes;
      return true;
    };
    log.read_on(sink);
    log.finish(sink);
    return text;
  }

  std::string last(uint64_t lines) {
    log_tail log{"stdout", path};
    BOOST_TEST_REQUIRE(log.open_current());
    log.seek_last_lines(lines);
    return rest(log);
  }

  std::string filtered(line_wishes wishes) {
    log_tail log{"stdout", path};
    BOOST_TEST_REQUIRE(log.open_current());
    if (wishes.since)
      log.seek_since(*wishes.since);
    log.filter_by(line_filter{std::move(wishes)});
    return rest(log);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_segments, fixture)

BOOST_AUTO_TEST_CASE(segments_and_the_live_file_are_one) {
  append(numbered(1, 50));
  rotate(1, 0, 20 * 1024, numbered(1, 20));
  rotate(2, 20 * 1024, 41 * 1024, numbered(21, 41));
  BOOST_TEST((last(1000) == numbered(1, 50)));
  BOOST_TEST((last(5) == numbered(46, 50)));
  BOOST_TEST((last(9) == numbered(42, 50)));
  BOOST_TEST((last(10) == numbered(41, 50)));
  BOOST_TEST((last(30) == numbered(21, 50)));
  BOOST_TEST((last(31) == numbered(20, 50)));
  BOOST_TEST(last(0).empty());
}

BOOST_AUTO_TEST_CASE(a_log_that_ends_with_a_segment_has_its_last_lines_there) {
  append(numbered(1, 40));
  rotate(1, 0, 20 * 1024, numbered(1, 20));
  rotate(2, 20 * 1024, 40 * 1024, numbered(21, 40));
  BOOST_TEST((last(3) == numbered(38, 40)));
  BOOST_TEST((last(21) == numbered(20, 40)));
}

BOOST_AUTO_TEST_CASE(a_segment_that_is_cut_within_a_line_is_joined) {
  append(numbered(1, 40));
  const auto all = numbered(1, 40);
  rotate(1, 0, 20 * 1024 + 100, all.substr(0, 20 * 1024 + 100));
  BOOST_TEST((last(20) == numbered(21, 40)));
  BOOST_TEST((last(100) == all));
}

BOOST_AUTO_TEST_CASE(who_reads_on_misses_nothing_of_a_rotation) {
  append(numbered(1, 10));
  log_tail log{"stdout", path};
  BOOST_TEST_REQUIRE(log.open_current());
  BOOST_TEST((rest(log) == numbered(1, 10)));
  // What was not read yet becomes a segment, and a hole.
  append(numbered(11, 60));
  rotate(1, 0, 40 * 1024, numbered(1, 40));
  append(numbered(61, 62));
  BOOST_TEST((rest(log) == numbered(11, 62)));
  rotate(2, 40 * 1024, 62 * 1024, numbered(41, 62));
  BOOST_TEST(rest(log).empty());
  append(numbered(63, 63));
  BOOST_TEST((rest(log) == numbered(63, 63)));
}

BOOST_AUTO_TEST_CASE(who_reads_on_misses_nothing_of_a_copy_and_truncation) {
  append(numbered(1, 10));
  log_tail log{"stdout", path};
  BOOST_TEST_REQUIRE(log.open_current());
  BOOST_TEST((rest(log) == numbered(1, 10)));
  append(numbered(11, 30));
  {
    auto where = logs::directory::open(
        std::filesystem::path{path}.parent_path().string());
    auto file
        = logs::segment_writer::create(*where, "1-web.out.000001.0-0.zst");
    BOOST_TEST_REQUIRE(file->write(numbered(1, 30)).ok());
    BOOST_TEST_REQUIRE(file->sync().ok());
  }
  BOOST_TEST_REQUIRE(::truncate(path.c_str(), 0) == 0);
  append(numbered(31, 31));
  BOOST_TEST((rest(log) == numbered(11, 31)));
}

BOOST_AUTO_TEST_CASE(who_reads_on_goes_on_after_the_log_was_cleared) {
  append(numbered(1, 40));
  rotate(1, 0, 20 * 1024, numbered(1, 20));
  log_tail log{"stdout", path};
  BOOST_TEST_REQUIRE(log.open_current());
  BOOST_TEST((rest(log) == numbered(1, 40)));
  std::filesystem::remove(place / "1-web.out.000001.0-20480.zst");
  BOOST_TEST_REQUIRE(::truncate(path.c_str(), 0) == 0);
  append(numbered(41, 45));
  BOOST_TEST((rest(log) == numbered(41, 45)));
  append(numbered(46, 80));
  rotate(1, 0, 20 * 1024, numbered(41, 60));
  BOOST_TEST((rest(log) == numbered(46, 80)));
}

BOOST_AUTO_TEST_CASE(damaged_segments_are_named_and_left_out) {
  append(numbered(1, 40));
  rotate(1, 0, 20 * 1024, numbered(1, 20));
  test::write_file(place / "1-web.out.000001.0-20480.zst", "no zstd at all");
  log_tail log{"stdout", path};
  BOOST_TEST_REQUIRE(log.open_current());
  BOOST_TEST((rest(log) == numbered(21, 40)));
  BOOST_TEST_REQUIRE(log.damage().size() == 1u);
  BOOST_TEST(log.damage()[0].find("000001") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(patterns_pick_lines) {
  append("an error\nfine\nanother error\nERROR");
  const auto pattern = line_pattern::compile("^an.* error|ERR");
  BOOST_TEST_REQUIRE(pattern.ok());
  BOOST_TEST(filtered({{}, *pattern, {}}) == "an error\nanother error\nERROR");
  BOOST_TEST(filtered({{}, *line_pattern::compile("error"), 1})
             == "another error\n");
  BOOST_TEST(!line_pattern::compile("(").ok());
}

BOOST_AUTO_TEST_CASE(times_pick_lines) {
  append("2026-11-25T10:00:00Z old\n  of the old one\n"
         "[2026-11-25T12:00:00Z] new\n  of the new one\nundated\n");
  const auto when = protocol::wall_time{1795608000s}; // 2026-11-25T11:20:00Z
  BOOST_TEST(filtered({when, {}, {}})
             == "[2026-11-25T12:00:00Z] new\n  of the new one\nundated\n");
}

BOOST_AUTO_TEST_CASE(older_segments_are_not_even_read) {
  append(numbered(1, 40));
  rotate(1, 0, 20 * 1024, numbered(1, 20));
  const auto segment = place / "1-web.out.000001.0-20480.zst";
  const timespec times[2] = {{1000, 0}, {1000, 0}};
  BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, segment.c_str(), times, 0) == 0);
  BOOST_TEST(
      (filtered({protocol::wall_time{2000s}, {}, {}}) == numbered(21, 40)));
}

BOOST_AUTO_TEST_CASE(lines_tell_when_they_were_written) {
  BOOST_TEST(time_of_line("2026-11-25T11:20:00.5Z x").has_value());
  BOOST_TEST(time_of_line("[2026-11-25 11:20:00] x").has_value());
  for (const auto* none : {"", "2026-11-25", "no time at all, though long",
                           "2026-13-25 11:20:00", "1234-56-78-90-12-34-56-78"})
    BOOST_TEST(!time_of_line(none).has_value(), none);
}

BOOST_AUTO_TEST_SUITE_END()
