#include "actors/os/atomic_file.hpp"
#include "actors/os/file.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::protocol::errc;
using hiisi::test::as_root;
using hiisi::test::temp_dir;

namespace {

directory_owner myself() {
  return {::geteuid(), ::getegid()};
}

void put(const std::string& path, std::string_view text) {
  BOOST_REQUIRE(write_file(path, text, 0600, durability::ordered).ok());
}

} // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(a_file_is_read_whole_up_to_the_limit) {
  temp_dir place;
  std::string text(100'000, 'x');
  text[50'000] = '\0';
  put(place / "a", text);
  BOOST_TEST((*read_file(place / "a", 100'000) == text));
  auto refused = read_file(place / "a", 99'999);
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST(refused.failure().message.find("more than 99999 bytes")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_empty) {
  temp_dir place;
  put(place / "a", "");
  BOOST_TEST(read_file(place / "a", 0)->empty());
}

BOOST_AUTO_TEST_CASE(files_of_proc_are_read_although_they_say_they_are_empty) {
  auto text = read_file("/proc/self/status", 1024 * 1024);
  BOOST_REQUIRE(text.ok());
  BOOST_TEST(text->find("Pid:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_not_found) {
  temp_dir place;
  BOOST_TEST((read_file(place / "a", 10).failure().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused_without_waiting) {
  temp_dir place;
  BOOST_REQUIRE(::mkfifo((place / "pipe").c_str(), 0600) == 0);
  for (const auto& path :
       {place / "pipe", place.path(), std::string("/dev/zero")})
    BOOST_TEST((read_file(path, 10).failure().code == errc::storage_failed));
}

BOOST_AUTO_TEST_CASE(a_directory_is_listed_in_order) {
  temp_dir place;
  for (const auto* name : {"b", "a", ".c"})
    put(place / name, "");
  std::vector<std::string> expected{".c", "a", "b"};
  BOOST_TEST(*list_directory(place.path()) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(
      (list_directory(place / "none").failure().code == errc::not_found));
  BOOST_TEST((list_directory(place / "a").failure().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_directory_is_made_with_the_mode_given) {
  temp_dir place;
  auto old_mask = ::umask(0077);
  auto made = make_directory(place / "d", 0755, myself());
  ::umask(old_mask);
  BOOST_REQUIRE(made.ok());
  BOOST_TEST(*made);
  struct stat found {};
  ::stat((place / "d").c_str(), &found);
  BOOST_TEST((found.st_mode & 07777) == 0755u);
  BOOST_TEST(!*make_directory(place / "d", 0755, myself()));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_open_to_others_is_refused) {
  temp_dir place;
  BOOST_REQUIRE(::mkdir((place / "d").c_str(), 0700) == 0);
  BOOST_REQUIRE(::chmod((place / "d").c_str(), 0775) == 0);
  auto made = make_directory(place / "d", 0755, myself());
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST((made.failure().code == errc::not_permitted));
  BOOST_TEST(made.failure().message.find("0775") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_link_or_a_file_is_no_directory) {
  temp_dir place;
  BOOST_REQUIRE(::mkdir((place / "d").c_str(), 0700) == 0);
  BOOST_REQUIRE(::symlink("d", (place / "link").c_str()) == 0);
  put(place / "file", "");
  for (const auto* name : {"link", "file"}) {
    auto made = make_directory(place / name, 0700, myself());
    BOOST_REQUIRE(!made.ok());
    BOOST_TEST((made.failure().code == errc::storage_failed));
  }
}

BOOST_AUTO_TEST_CASE(a_directory_of_someone_else_is_refused,
                     *boost::unit_test::precondition(as_root)) {
  temp_dir place;
  hiisi::test::throwaway_user user;
  auto made = make_directory(place / "d", 0700, {user.uid(), user.gid()});
  BOOST_REQUIRE(made.ok());
  struct stat found {};
  ::stat((place / "d").c_str(), &found);
  BOOST_TEST(found.st_uid == user.uid());
  BOOST_TEST(found.st_gid == user.gid());
  auto again = make_directory(place / "d", 0700, myself());
  BOOST_REQUIRE(!again.ok());
  BOOST_TEST((again.failure().code == errc::not_permitted));
}

BOOST_AUTO_TEST_CASE(missing_parents_are_made) {
  temp_dir place;
  BOOST_REQUIRE(make_parents(place / "a/b/c", 0700).ok());
  BOOST_TEST(std::filesystem::is_directory(place / "a/b"));
  BOOST_TEST(!std::filesystem::exists(place / "a/b/c"));
  BOOST_TEST(make_parents(place / "a/b/c", 0700).ok());
  put(place / "file", "");
  BOOST_TEST((make_parents(place / "file/x/y", 0700).failure().code
              == errc::storage_failed));
}

BOOST_AUTO_TEST_CASE(removing_twice_is_no_error) {
  temp_dir place;
  put(place / "a", "");
  BOOST_TEST(remove_file(place / "a").ok());
  BOOST_TEST(remove_file(place / "a").ok());
  BOOST_TEST(
      (remove_file(place.path()).failure().code == errc::storage_failed));
}

BOOST_AUTO_TEST_SUITE_END()
