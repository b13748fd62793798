// Users with names and homes that nobody expects. Attack A14 of
// test/attacks.tsv.
#include "test/support/system_instance.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace hiisi::test;

namespace {

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

account account_of(const throwaway_user& user) {
  return {user.name(), user.home(), user.uid(), user.gid(), {user.gid()}};
}

std::set<std::string> names_in(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.insert(entry.path().string());
  return names;
}

/// A run of that user's is refused for a reason that names its place.
void expect_refusal(const instance& here, const account& who,
                    const std::string& place, const std::string& reason) {
  const auto got = here.hiisi(who, {"run", here.probe(), "wait"});
  BOOST_TEST(got.status == 1, got.out);
  BOOST_TEST(contains(got.err, place), got.err);
  BOOST_TEST(contains(got.err, reason), got.err);
}

} // namespace

BOOST_AUTO_TEST_SUITE(odd_people)

BOOST_AUTO_TEST_CASE(any_name_has_its_own_processes_at_its_own_home) {
  const instance here;
  // All at once, since a uid that is free again goes to the next user, whom
  // hiidet takes for the one before for a few seconds.
  std::vector<std::unique_ptr<throwaway_user>> all;
  // The longest name that there may be has 32 characters.
  for (const std::string suffix : {".a-b", "..", "$", "-ABCDEFGHIJKLMNOPQ"})
    all.push_back(std::make_unique<throwaway_user>(std::vector<std::string>{},
                                                   oddities{.suffix = suffix}));
  for (const auto& made : all) {
    const auto who = account_of(*made);
    const auto id = here.run_probe(who, {"wait"});
    BOOST_TEST(contains(text_of("/proc/" + std::to_string(here.pid_of(who, id))
                                + "/status"),
                        "Uid:\t" + std::to_string(who.uid) + "\t"),
               who.name);
    BOOST_TEST(here.status(who, id)["user"].str() == who.name);
    BOOST_TEST(std::filesystem::exists(who.home + "/.logs"), who.name);
    BOOST_TEST(here.hiisi(who, {"rm", std::to_string(id)}).status == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_home_that_is_no_place_for_logs_is_named) {
  const instance here;
  const auto before = names_in("/");
  const throwaway_user at_root({}, {.home = "/"});
  const throwaway_user nowhere({}, {.home = here / "nowhere/at/all"});
  const throwaway_user read_only;
  const throwaway_user roots;
  expect_refusal(here, account_of(at_root), "/.logs", "Permission denied");
  expect_refusal(here, account_of(nowhere), "nowhere/at/all", "No such file");
  BOOST_TEST(::chmod(read_only.home().c_str(), 0500) == 0);
  expect_refusal(here, account_of(read_only), read_only.home(),
                 "Permission denied");
  BOOST_TEST(names_in(read_only.home()).empty());
  // A home of which nothing can be reached by its user.
  BOOST_TEST(::chown(roots.home().c_str(), 0, 0) == 0);
  expect_refusal(here, account_of(roots), roots.home(), "Permission denied");
  BOOST_TEST(names_in(roots.home()).empty());
  BOOST_TEST(names_in("/") == before, boost::test_tools::per_element());
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
