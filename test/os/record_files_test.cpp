#include "actors/core/record_text.hpp"
#include "actors/os/atomic_file.hpp"
#include "actors/os/record_files.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

using namespace hiisi;
using test::temp_dir;

namespace {

namespace fs = std::filesystem;

core::process_record record_of(uint32_t id, uint32_t run = 1) {
  auto spec = std::make_shared<core::process_spec>();
  spec->id = id;
  spec->name = "web" + std::to_string(id);
  spec->uid = 1000;
  spec->argv = {"./web"};
  spec->cwd = "/";
  core::process_record record;
  record.spec = std::move(spec);
  record.run = run;
  return record;
}

core::live_record live_of(uint32_t id) {
  return {id, 1, 1000, 77, 1, 2, core::boot_time{3}, "boot"};
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void put(const std::string& path, std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
}

struct fixture {
  temp_dir place;
  std::string state = place / "state";
  std::string runtime = place / "run";

  fixture() {
    fs::create_directory(state);
    fs::create_directory(runtime);
  }

  os::record_files files() const { return {state, runtime}; }

  core::stored_records load() const {
    auto again = files();
    auto found = again.load();
    BOOST_TEST_REQUIRE(found.ok());
    return *std::move(found);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(record_files, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_found_in_a_new_place) {
  auto found = load();
  BOOST_TEST(found.records.empty());
  BOOST_TEST(found.live.empty());
  BOOST_TEST(found.damaged.empty());
  BOOST_TEST(found.next_id == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_saved_is_found_by_the_next_daemon) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.save(record_of(3, 1)).ok());
  BOOST_TEST(f.save(record_of(3, 2)).ok());
  BOOST_TEST(f.save(record_of(12)).ok());
  BOOST_TEST(f.save_live(live_of(3)).ok());
  auto found = load();
  BOOST_TEST_REQUIRE(found.records.size() == 2u);
  std::sort(found.records.begin(), found.records.end(),
            [](auto& a, auto& b) { return a.spec->id < b.spec->id; });
  BOOST_TEST(found.records[0].run == 2u);
  BOOST_TEST(found.records[1].spec->name == "web12");
  BOOST_TEST_REQUIRE(found.live.size() == 1u);
  BOOST_TEST((found.live[0] == live_of(3)));
  BOOST_TEST(found.next_id == 13u);
}

BOOST_AUTO_TEST_CASE(a_change_is_written_in_place) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  auto record = record_of(3, 1);
  BOOST_TEST(f.save(record).ok());
  const auto inode = [&] {
    struct stat s {};
    BOOST_TEST_REQUIRE(::stat((state + "/processes/3.ron").c_str(), &s) == 0);
    return s.st_ino;
  };
  const auto before = inode();
  record.run = 2;
  record.reason = "because";
  BOOST_TEST(f.save(record).ok());
  BOOST_TEST(inode() == before);
  record.reason.clear();
  BOOST_TEST(f.save(record).ok());
  auto found = load();
  BOOST_TEST_REQUIRE(found.records.size() == 1u);
  BOOST_TEST(found.records[0].run == 2u);
  BOOST_TEST(found.records[0].reason == "");
}

BOOST_AUTO_TEST_CASE(a_file_edited_by_hand_is_written_anew) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.save(record_of(3)).ok());
  const auto path = state + "/processes/3.ron";
  put(path, R"((version: 1, id: 3, name: "a", uid: 1, argv: ["b"], cwd: "/"))");
  auto found = f.load();
  BOOST_TEST_REQUIRE(found.ok());
  BOOST_TEST_REQUIRE(found->records.size() == 1u);
  auto record = found->records[0];
  record.run = 9;
  BOOST_TEST(f.save(record).ok());
  BOOST_TEST_REQUIRE(load().records.size() == 1u);
  BOOST_TEST(load().records[0].run == 9u);
  BOOST_TEST(load().records[0].spec->name == "a");
}

BOOST_AUTO_TEST_CASE(a_live_record_is_replaced_by_the_next) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  auto live = live_of(3);
  live.boot_id = "a-long-boot-id-0123456789";
  BOOST_TEST(f.save_live(live).ok());
  live = live_of(3);
  live.run = 2;
  BOOST_TEST(f.save_live(live).ok());
  auto found = load();
  BOOST_TEST_REQUIRE(found.live.size() == 1u);
  BOOST_TEST((found.live[0] == live));
}

BOOST_AUTO_TEST_CASE(leftovers_of_an_interrupted_write_are_cleared_away) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.save(record_of(1)).ok());
  const auto left = state + "/processes/" + os::temporary_name("1.ron");
  put(left, "(");
  auto found = load();
  BOOST_TEST(found.records.size() == 1u);
  BOOST_TEST(found.damaged.empty());
  BOOST_TEST(!fs::exists(left));
}

BOOST_AUTO_TEST_CASE(removing_takes_both_files_and_never_gives_the_id_again) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  for (uint32_t id : {1u, 2u, 3u}) {
    BOOST_TEST(f.save(record_of(id)).ok());
    BOOST_TEST(f.save_live(live_of(id)).ok());
  }
  for (uint32_t id : {3u, 2u}) {
    BOOST_TEST(f.remove(id).ok());
    BOOST_TEST(
        !fs::exists(state + "/processes/" + std::to_string(id) + ".ron"));
    BOOST_TEST(!fs::exists(runtime + "/live/" + std::to_string(id) + ".ron"));
    BOOST_TEST(load().next_id == 4u);
  }
  BOOST_TEST(f.remove(1).ok());
  auto found = load();
  BOOST_TEST(found.records.empty());
  BOOST_TEST(found.next_id == 4u);
}

BOOST_AUTO_TEST_CASE(removing_what_is_not_there_is_no_error) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.remove(9).ok());
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_reported_left_alone_and_keeps_its_id) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.save(record_of(1)).ok());
  const auto path = state + "/processes/8.ron";
  const auto torn = core::write_record(record_of(8)).substr(0, 60);
  put(path, torn);
  auto found = load();
  BOOST_TEST(found.records.size() == 1u);
  BOOST_TEST_REQUIRE(found.damaged.size() == 1u);
  BOOST_TEST(found.damaged[0].message.starts_with(path + ":"),
             found.damaged[0].message);
  BOOST_TEST(found.next_id == 9u);
  BOOST_TEST(text_of(path) == torn);
}

BOOST_AUTO_TEST_CASE(other_files_are_none_of_its_business) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  for (const auto* name : {"README", "x.ron", "-1.ron", "1.ron.bak", ".ron",
                           "99999999999.ron", "1x.ron"})
    put(state + "/processes/" + name, "(");
  auto found = load();
  BOOST_TEST(found.records.empty());
  BOOST_TEST(found.damaged.empty());
  BOOST_TEST(found.next_id == 1u);
}

BOOST_AUTO_TEST_CASE(a_damaged_next_id_costs_nothing_but_the_memory) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.save(record_of(5)).ok());
  put(state + "/next_id", "nonsense");
  BOOST_TEST(load().next_id == 6u);
}

BOOST_AUTO_TEST_CASE(records_are_for_the_daemons_eyes_only) {
  const auto mode = [](const std::string& path) {
    struct stat s {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &s) == 0);
    return s.st_mode & 07777;
  };
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.save(record_of(1)).ok());
  BOOST_TEST(f.save_live(live_of(1)).ok());
  BOOST_TEST(f.remove(1).ok());
  BOOST_TEST(f.save(record_of(2)).ok());
  BOOST_TEST(mode(state + "/processes") == 0700u);
  BOOST_TEST(mode(runtime + "/live") == 0700u);
  BOOST_TEST(mode(state + "/processes/2.ron") == 0600u);
  BOOST_TEST(mode(state + "/next_id") == 0600u);
}

BOOST_AUTO_TEST_CASE(syncing_copes_with_what_has_gone_meanwhile) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  BOOST_TEST(f.sync().ok());
  BOOST_TEST(f.save(record_of(1)).ok());
  BOOST_TEST(f.save(record_of(1)).ok());
  BOOST_TEST(f.remove(1).ok());
  BOOST_TEST(f.sync().ok());
}

BOOST_AUTO_TEST_CASE(an_unwritable_place_is_told_with_its_path) {
  auto f = files();
  BOOST_TEST_REQUIRE(f.load().ok());
  // A file where the directory was stops root as well.
  fs::remove_all(state + "/processes");
  put(state + "/processes", "");
  auto saved = f.save(record_of(1));
  BOOST_TEST_REQUIRE(!saved.ok());
  BOOST_TEST((saved.failure().code == protocol::errc::storage_failed));
  BOOST_TEST(saved.failure().message.find(state + "/processes")
                 != std::string::npos,
             saved.failure().message);
  BOOST_TEST(!files().load().ok());
}

BOOST_AUTO_TEST_SUITE_END()
