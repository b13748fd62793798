#include "rotate/rotation.hpp"
#include "test/rotate/whole_log.hpp"
#include "test/support/temp_dir.hpp"

#include <filesystem>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi;

namespace {

constexpr uint64_t kib = 1024;

struct fixture {
  test::temp_dir place;
  std::string name = "1-web.out";
  core::rotation_report report;
  core::log_limits limits{16 * kib, 100};

  [[nodiscard]] std::string path() const { return place / name; }

  void append(const std::string& text, const std::string& directory) {
    std::ofstream{directory + "/" + name, std::ios::app} << text;
  }
  void append(const std::string& text) { append(text, place.path()); }

  /// Numbered lines of 64 bytes, as many as make so many KiB.
  std::string lines(size_t kibs) {
    std::string out;
    for (size_t i = 0; i < kibs * 16; ++i) {
      auto line = std::to_string(++number);
      line.resize(63, '.');
      out += line + "\n";
    }
    return out;
  }

  protocol::result<void> rotate(const std::string& directory) {
    auto where = logs::directory::open(directory);
    BOOST_TEST_REQUIRE(where.ok());
    report = {};
    return rotate::rotate_log(*where, name, limits, report);
  }
  void rotate() { BOOST_TEST_REQUIRE(rotate(place.path()).ok()); }

  [[nodiscard]] std::vector<logs::segment> segments() const {
    return logs::directory::open(place.path())->segments_of(name);
  }
  [[nodiscard]] uint64_t bytes_on_disk() const {
    struct stat is {};
    BOOST_TEST_REQUIRE(::stat(path().c_str(), &is) == 0);
    return static_cast<uint64_t>(is.st_blocks) * 512;
  }
  [[nodiscard]] std::string whole() const {
    return test::whole_log(place.path(), name);
  }

  size_t number = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rotation, fixture)

BOOST_AUTO_TEST_CASE(a_log_that_is_not_full_is_left_alone) {
  rotate(); // It is not there yet.
  BOOST_TEST(!report.grew);
  const auto text = lines(15);
  append(text);
  rotate();
  BOOST_TEST(report.grew);
  BOOST_TEST(report.segments == 0u);
  BOOST_TEST(segments().empty());
  BOOST_TEST((whole() == text));
}

BOOST_AUTO_TEST_CASE(full_parts_become_segments_and_their_room_is_given_back) {
  auto text = lines(100);
  append(text);
  rotate();
  BOOST_TEST(report.segments == 6u);
  BOOST_TEST(report.bytes == 96 * kib);
  BOOST_TEST(bytes_on_disk() <= 8 * kib);
  BOOST_TEST((whole() == text));
  text += lines(50);
  append(text.substr(100 * kib));
  rotate();
  BOOST_TEST(report.segments == 3u);
  BOOST_TEST((whole() == text));
  BOOST_TEST(segments().back().number == 9u);
}

BOOST_AUTO_TEST_CASE(segments_end_with_a_line_but_where_it_is_longer) {
  std::string text(5000, 'a');
  text += "\n" + std::string(40 * kib, 'b') + "\nc\n";
  append(text);
  rotate();
  const auto made = segments();
  BOOST_TEST_REQUIRE(made.size() >= 2u);
  BOOST_TEST(made[0].next == 5001u);
  BOOST_TEST(made[1].next == 5001u + 16 * kib);
  BOOST_TEST((whole() == text));
}

BOOST_AUTO_TEST_CASE(the_oldest_go_and_what_would_go_at_once_is_not_written) {
  limits.keep = 3;
  const auto text = lines(160);
  append(text);
  rotate();
  BOOST_TEST(report.segments <= 3u);
  const auto kept = whole();
  BOOST_TEST(text.ends_with(kept));
  BOOST_TEST(kept.size() >= 3 * 16 * kib);
  BOOST_TEST(kept.starts_with(std::to_string(1 + (160 * kib - kept.size()) / 64)
                              + "."));
  append(lines(40));
  rotate();
  BOOST_TEST(segments().size() == 3u);
}

BOOST_AUTO_TEST_CASE(nothing_is_done_where_it_is_switched_off) {
  limits.bytes = 0;
  append(lines(100));
  rotate();
  BOOST_TEST(segments().empty());
}

BOOST_AUTO_TEST_CASE(what_was_killed_before_the_hole_is_finished) {
  const auto text = lines(20);
  append(text);
  // As the run before has left it: a segment, and no hole.
  const logs::segment made{1, 0, 16 * kib};
  {
    auto where = logs::directory::open(place.path());
    auto file = logs::segment_writer::create(*where, file_name(name, made));
    BOOST_TEST_REQUIRE(file->write(text.substr(0, 16 * kib)).ok());
    BOOST_TEST_REQUIRE(file->sync().ok());
  }
  const auto before = bytes_on_disk();
  BOOST_TEST((whole() == text)); // A reader has nothing twice either.
  rotate();
  BOOST_TEST(report.segments == 0u);
  BOOST_TEST(bytes_on_disk() < before);
  BOOST_TEST((whole() == text));
}

BOOST_AUTO_TEST_CASE(what_was_killed_while_writing_is_written_anew) {
  const auto text = lines(20);
  append(text);
  const auto half = place / (logs::file_name(name, {1, 0, 16 * kib}) + ".part");
  std::ofstream{half} << "half of a seg";
  rotate();
  BOOST_TEST(report.segments == 1u);
  BOOST_TEST(!std::filesystem::exists(half));
  BOOST_TEST((whole() == text));
}

BOOST_AUTO_TEST_CASE(a_file_that_somebody_truncated_goes_on_from_its_start) {
  const auto before = lines(20);
  append(before);
  rotate();
  BOOST_TEST_REQUIRE(::truncate(path().c_str(), 0) == 0);
  const auto shorter = lines(2);
  append(shorter);
  BOOST_TEST((whole() == before.substr(0, 16 * kib) + shorter));
  // Longer than it was before, it has no hole, and other bytes.
  const auto longer = lines(40);
  append(longer);
  BOOST_TEST((whole() == before.substr(0, 16 * kib) + shorter + longer));
  rotate();
  BOOST_TEST(report.segments == 2u);
  BOOST_TEST((whole() == before.substr(0, 16 * kib) + shorter + longer));
}

BOOST_AUTO_TEST_CASE(only_files_of_one_name_are_touched) {
  const auto victim = place / "victim";
  std::ofstream{victim} << lines(20);
  std::filesystem::create_symlink(victim, path());
  BOOST_TEST(!rotate(place.path()).ok());
  std::filesystem::remove(path());
  std::filesystem::create_hard_link(victim, path());
  auto refused = rotate(place.path());
  BOOST_TEST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == protocol::errc::not_permitted));
  std::filesystem::remove(path());
  BOOST_TEST_REQUIRE(::mkfifo(path().c_str(), 0600) == 0);
  BOOST_TEST(!rotate(place.path()).ok());
  BOOST_TEST(std::filesystem::file_size(victim) == 20 * kib);
}

BOOST_AUTO_TEST_CASE(where_there_are_no_holes_the_file_is_truncated) {
  // ramfs has none. Only root may mount it.
  const auto mounted = place / "ramfs";
  BOOST_TEST_REQUIRE(::mkdir(mounted.c_str(), 0700) == 0);
  if (::mount("none", mounted.c_str(), "ramfs", 0, nullptr) != 0)
    return;
  auto text = lines(20);
  append(text, mounted);
  const auto rotated = rotate(mounted);
  const auto after = test::whole_log(mounted, name);
  const auto left = std::filesystem::file_size(mounted + "/" + name);
  const auto more = lines(20);
  append(more, mounted);
  const auto again = rotate(mounted);
  const auto both = test::whole_log(mounted, name);
  // A run that was killed right before the truncation, and one right after.
  const auto last = lines(1);
  append(last, mounted);
  {
    auto where = logs::directory::open(mounted);
    for (const auto& content : {last, more}) {
      auto file = logs::segment_writer::create(
          *where,
          logs::file_name(name, {content == last ? 3U : 4U, 0, 0}) + ".cut");
      std::ignore = file->write(content);
      std::ignore = file->sync();
    }
  }
  const auto third = rotate(mounted);
  const auto all = test::whole_log(mounted, name);
  ::umount(mounted.c_str());
  BOOST_TEST(rotated.ok());
  BOOST_TEST((after == text));
  BOOST_TEST(left == 0u);
  BOOST_TEST(again.ok());
  BOOST_TEST((both == text + more));
  BOOST_TEST(third.ok());
  BOOST_TEST((all == text + more + more + last));
}

BOOST_AUTO_TEST_SUITE_END()
