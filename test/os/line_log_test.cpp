#include "actors/os/atomic_file.hpp"
#include "actors/os/file.hpp"
#include "actors/os/line_log.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

#include <sys/mount.h>
#include <sys/stat.h>

using namespace hiisi::os;
using hiisi::test::temp_dir;

namespace {

line_log opened(const temp_dir& place, size_t file_bytes = 4096,
                size_t files = 3) {
  auto log = line_log::open({place.path(), "events", file_bytes, files});
  BOOST_REQUIRE_MESSAGE(log.ok(), "the log can be opened");
  return *std::move(log);
}

/// All lines, read in pieces of `bytes`.
std::string all_of(const line_log& log, size_t bytes, line_position from = {}) {
  std::string all;
  for (;;) {
    auto chunk = log.read(from, bytes);
    BOOST_REQUIRE(chunk.ok());
    if (chunk->lines.empty())
      return all;
    all += chunk->lines;
    from = chunk->next;
  }
}

std::string text_of(const std::string& path) {
  auto text = read_file(path, 1024 * 1024);
  return text ? *text : "<" + text.failure().message + ">";
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_log_on_disk)

BOOST_AUTO_TEST_CASE(lines_are_read_as_they_were_written) {
  temp_dir place;
  auto log = opened(place);
  BOOST_REQUIRE(log.append("{\"a\":1}\n{\"b\":2}\n").ok());
  BOOST_REQUIRE(log.append("{\"c\":3}\n").ok());
  for (const size_t bytes : {1UL, 9UL, 1000UL})
    BOOST_TEST(all_of(log, bytes) == "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n");
  struct stat found {};
  BOOST_REQUIRE(::stat((place / "events.1.jsonl").c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_opened_again_goes_on) {
  temp_dir place;
  {
    auto log = opened(place);
    BOOST_REQUIRE(log.append("one\n").ok());
  }
  auto log = opened(place);
  BOOST_REQUIRE(log.append("two\n").ok());
  BOOST_TEST(all_of(log, 100) == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(a_torn_last_line_is_cut_off) {
  temp_dir place;
  const auto torn = "one\ntwo\n{\"kind\":" + std::string(10'000, 'x');
  BOOST_REQUIRE(
      write_file(place / "events.1.jsonl", torn, 0600, durability::ordered)
          .ok());
  auto log = opened(place);
  BOOST_REQUIRE(log.append("three\n").ok());
  BOOST_TEST(text_of(place / "events.1.jsonl") == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(a_file_of_nothing_but_a_torn_line_is_emptied) {
  temp_dir place;
  BOOST_REQUIRE(
      write_file(place / "events.4.jsonl", "{\"k", 0600, durability::ordered)
          .ok());
  auto log = opened(place);
  BOOST_TEST((log.end() == line_position{4, 0}));
}

BOOST_AUTO_TEST_CASE(no_more_is_kept_than_the_bounds_say) {
  temp_dir place;
  auto log = opened(place, 100, 3);
  std::string lines;
  for (int i = 0; i < 100; ++i)
    lines += "line " + std::to_string(1000 + i) + "\n"; // 10 bytes each
  BOOST_REQUIRE(log.append(lines).ok());
  BOOST_TEST(log.generations().size() == 3u);
  BOOST_TEST(all_of(log, 33) == lines.substr(lines.size() - 300));
  auto names = list_directory(place.path());
  BOOST_REQUIRE(names.ok());
  BOOST_TEST(names->size() == 3u);
  for (const auto& name : *names)
    BOOST_TEST(std::filesystem::file_size(place / name) <= 100u);
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_a_file_has_one_for_itself) {
  temp_dir place;
  auto log = opened(place, 10, 3);
  const auto longer = std::string(25, 'x') + "\n";
  BOOST_REQUIRE(log.append("a\n" + longer + "b\n").ok());
  BOOST_TEST(all_of(log, 4) == "a\n" + longer + "b\n");
  BOOST_TEST(log.generations().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_position_outlives_the_files_before_it) {
  temp_dir place;
  auto log = opened(place, 10, 2);
  BOOST_REQUIRE(log.append("aaaa\nbbbb\n").ok());
  const auto here = log.end();
  BOOST_REQUIRE(log.append("cccc\ndddd\n").ok());
  BOOST_TEST(all_of(log, 5, here) == "cccc\ndddd\n");
  BOOST_REQUIRE(log.append("eeee\nffff\ngggg\n").ok());
  // The file that it pointed into is gone: the oldest line comes instead.
  BOOST_TEST(all_of(log, 5, here) == "eeee\nffff\ngggg\n");
}

BOOST_AUTO_TEST_CASE(names_of_others_are_left_alone) {
  temp_dir place;
  for (const auto* name : {"events.jsonl", "events.x.jsonl", "events.01.jsonl",
                           "events.2.jsonl.gz", "audit.9.jsonl"})
    BOOST_REQUIRE(
        write_file(place / name, "theirs", 0600, durability::ordered).ok());
  auto log = opened(place, 10, 1);
  BOOST_REQUIRE(log.append("aaaaaaaa\nbbbbbbbb\n").ok());
  BOOST_TEST((log.generations() == std::vector<uint64_t>{2}));
  auto names = list_directory(place.path());
  BOOST_REQUIRE(names.ok());
  BOOST_TEST(names->size() == 6u);
}

BOOST_AUTO_TEST_CASE(fewer_files_are_kept_once_the_bounds_say_so) {
  temp_dir place;
  {
    auto log = opened(place, 10, 4);
    BOOST_REQUIRE(log.append("aaaa\nbbbb\ncccc\ndddd\neeee\nffff\n").ok());
    BOOST_TEST(log.generations().size() == 3u);
    log.resize(10, 2);
    BOOST_TEST(log.generations().size() == 2u);
  }
  auto log = opened(place, 10, 1);
  BOOST_TEST(all_of(log, 100) == "eeee\nffff\n");
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_whole_lines,
                     *boost::unit_test::precondition(hiisi::test::as_root)) {
  temp_dir place;
  BOOST_REQUIRE(
      ::mount("hxt", place.path().c_str(), "tmpfs", 0, "size=16k,mode=0755")
      == 0);
  {
    auto log = opened(place, 1024 * 1024, 3);
    const auto line = std::string(999, 'x') + "\n";
    auto appended = log.append(line);
    while (appended.ok())
      appended = log.append(line + line + line);
    BOOST_TEST(
        (appended.failure().code == hiisi::protocol::errc::storage_failed));
    const auto text = text_of(place / "events.1.jsonl");
    BOOST_TEST(text.size() % 1000 == 0u);
    BOOST_TEST(text.size() == log.end().offset);
    BOOST_TEST(text.back() == '\n');
  }
  ::umount2(place.path().c_str(), MNT_DETACH);
}

BOOST_AUTO_TEST_SUITE_END()
