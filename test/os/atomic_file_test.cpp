#include "actors/os/atomic_file.hpp"
#include "actors/os/file.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::protocol::errc;
using hiisi::test::as_root;
using hiisi::test::temp_dir;

namespace {

std::string text_of(const std::string& path) {
  auto text = read_file(path, 64 * 1024 * 1024);
  return text ? *text : "<" + text.failure().message + ">";
}

/// A file system of 256 KiB.
struct small_disk {
  small_disk() {
    mounted = ::mount("hxt", place.path().c_str(), "tmpfs", 0,
                      "size=256k,mode=0755")
              == 0;
  }
  ~small_disk() {
    if (mounted)
      ::umount2(place.path().c_str(), MNT_DETACH);
  }
  temp_dir place;
  bool mounted = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(atomic_file)

BOOST_AUTO_TEST_CASE(a_new_file_has_the_contents_and_the_mode_given) {
  temp_dir place;
  auto old_mask = ::umask(0077);
  auto written = write_file(place / "a", "hello", 0644, durability::durable);
  ::umask(old_mask);
  BOOST_REQUIRE(written.ok());
  BOOST_TEST(text_of(place / "a") == "hello");
  struct stat found {};
  BOOST_REQUIRE(::stat((place / "a").c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0644u);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_by_another_inode_in_both_modes) {
  temp_dir place;
  for (auto how : {durability::ordered, durability::durable}) {
    BOOST_REQUIRE(write_file(place / "a", "old old", 0600, how).ok());
    struct stat before {};
    struct stat after {};
    ::stat((place / "a").c_str(), &before);
    BOOST_REQUIRE(write_file(place / "a", "new", 0600, how).ok());
    ::stat((place / "a").c_str(), &after);
    BOOST_TEST(text_of(place / "a") == "new");
    BOOST_TEST(before.st_ino != after.st_ino);
    BOOST_TEST(list_directory(place.path())->size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_relative_path_lies_in_the_working_directory) {
  temp_dir place;
  auto here = std::filesystem::current_path();
  std::filesystem::current_path(place.path());
  auto written = write_file("b", "x", 0600, durability::durable);
  std::filesystem::current_path(here);
  BOOST_REQUIRE(written.ok());
  BOOST_TEST(text_of(place / "b") == "x");
}

BOOST_AUTO_TEST_CASE(a_leftover_of_a_crash_is_no_obstacle) {
  temp_dir place;
  // Even a link that points at something else: it is not followed.
  BOOST_REQUIRE(write_file(place / "victim", "v", 0600, durability::ordered));
  BOOST_REQUIRE(
      ::symlink((place / "victim").c_str(), (place / ".a.tmp").c_str()) == 0);
  BOOST_REQUIRE(write_file(place / "a", "x", 0600, durability::ordered).ok());
  BOOST_TEST(text_of(place / "a") == "x");
  BOOST_TEST(text_of(place / "victim") == "v");
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_named_in_the_error) {
  temp_dir place;
  auto written = write_file(place / "no/a", "x", 0600, durability::durable);
  BOOST_REQUIRE(!written.ok());
  BOOST_TEST((written.failure().code == errc::storage_failed));
  BOOST_TEST(written.failure().message.find("No such file or directory")
             != std::string::npos);
  BOOST_TEST(written.failure().message.find(place / "no") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_target_that_is_a_directory_leaves_nothing_behind) {
  temp_dir place;
  std::filesystem::create_directory(place / "d");
  auto written = write_file(place / "d", "x", 0600, durability::ordered);
  BOOST_REQUIRE(!written.ok());
  BOOST_TEST(written.failure().message.starts_with("rename into"));
  BOOST_TEST(list_directory(place.path())->size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_keeps_the_old_contents, small_disk,
                        *boost::unit_test::precondition(as_root)) {
  BOOST_REQUIRE(mounted);
  BOOST_REQUIRE(write_file(place / "a", "old", 0600, durability::durable).ok());
  for (auto how : {durability::ordered, durability::durable}) {
    auto written
        = write_file(place / "a", std::string(512 * 1024, 'x'), 0600, how);
    BOOST_REQUIRE(!written.ok());
    BOOST_TEST((written.failure().code == errc::storage_failed));
    BOOST_TEST(written.failure().message
               == "write " + (place / "a") + ": No space left on device");
    BOOST_TEST(!written.failure().hint.empty());
    BOOST_TEST(text_of(place / "a") == "old");
    BOOST_TEST(list_directory(place.path())->size() == 1u);
  }
  // And once there is room again, it works again.
  BOOST_TEST(write_file(place / "a", "new", 0600, durability::durable).ok());
}

BOOST_AUTO_TEST_CASE(many_files_are_synced_and_absent_ones_passed_over) {
  temp_dir place;
  std::vector<std::string> paths;
  for (int i = 0; i < 200; ++i) {
    paths.push_back(place / std::to_string(i));
    BOOST_REQUIRE(
        write_file(paths.back(), "x", 0600, durability::ordered).ok());
  }
  paths.push_back(place / "gone");
  // Few are synced one by one, many all at once.
  for (size_t count : {size_t{0}, size_t{1}, size_t{15}, paths.size()})
    BOOST_TEST(sync_files(std::span(paths).last(count)).ok());
}

BOOST_AUTO_TEST_CASE(syncing_names_what_cannot_be_synced) {
  temp_dir place;
  BOOST_REQUIRE(write_file(place / "b", "x", 0600, durability::ordered).ok());
  for (size_t count : {size_t{1}, size_t{100}}) {
    std::vector<std::string> paths(count, place / "b");
    paths.push_back(place / "none/a");
    auto synced = sync_files(paths);
    BOOST_REQUIRE(!synced.ok());
    BOOST_TEST(synced.failure().message.find(place / "none")
               != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(only_leftover_files_of_our_form_are_removed) {
  temp_dir place;
  for (const auto* name : {".a.tmp", ".ports.ron.tmp", "a", ".tmp", "b.tmp"})
    std::ofstream(place / name) << "x";
  std::filesystem::create_directory(place / ".d.tmp");
  auto removed = remove_leftovers(place.path());
  BOOST_REQUIRE(removed.ok());
  BOOST_TEST(*removed == 2u);
  std::vector<std::string> left{".d.tmp", ".tmp", "a", "b.tmp"};
  BOOST_TEST(*list_directory(place.path()) == left,
             boost::test_tools::per_element());
  BOOST_TEST(
      (remove_leftovers(place / "none").failure().code == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
