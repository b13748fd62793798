#include "actors/os/leaf_files.hpp"
#include "test/support/keeper_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

using namespace hiisi;
using os::cgroup_of_leaf;
using os::leaves_below;
using os::leaves_of_keeper;
using os::memory_of_leaf;

BOOST_AUTO_TEST_SUITE(leaf_files)

BOOST_AUTO_TEST_CASE(memory_is_that_of_one_leaf) {
  const test::temp_dir place;
  const auto leaves = place / "hiisi";
  std::filesystem::create_directories(leaves + "/1000/7");
  const auto write = [&](const char* name, const char* text) {
    std::ofstream{leaves + "/1000/7/" + name} << text;
  };
  BOOST_TEST(!memory_of_leaf(leaves, 1000, 7).has_value());
  write("memory.events", "oom 1\noom_kill 1\n");
  BOOST_TEST((memory_of_leaf(leaves, 1000, 7) == core::leaf_memory{1, {}}));
  write("memory.max", "1048576\n");
  BOOST_TEST(
      (memory_of_leaf(leaves, 1000, 7) == core::leaf_memory{1, 1048576}));
  BOOST_TEST(!memory_of_leaf(leaves, 1000, 8).has_value());
  BOOST_TEST(!memory_of_leaf("", 1000, 7).has_value());
}

BOOST_AUTO_TEST_CASE(leaves_are_the_numbers_below_numbers) {
  const test::temp_dir place;
  const auto leaves = place / "hiisi";
  for (const auto* path : {"1000/7", "1000/8", "0/3", "1000/not", "x/1", "5"})
    std::filesystem::create_directories(leaves + "/" + path);
  std::ofstream{leaves + "/1000/cgroup.procs"} << "";
  std::set<std::pair<uint32_t, uint32_t>> found;
  for (const auto& leaf : leaves_below(leaves))
    found.emplace(leaf.uid, leaf.id);
  BOOST_TEST((found
              == std::set<std::pair<uint32_t, uint32_t>>{
                  {1000, 7}, {1000, 8}, {0, 3}}));
  BOOST_TEST(leaves_below(leaves + "/nowhere").empty());
  BOOST_TEST(cgroup_of_leaf(leaves, 1000, 7) != 0u);
  BOOST_TEST(cgroup_of_leaf(leaves, 1000, 7)
             != cgroup_of_leaf(leaves, 1000, 8));
  BOOST_TEST(cgroup_of_leaf(leaves, 1000, 9) == 0u);
}

BOOST_AUTO_TEST_CASE(a_keeper_says_where_its_leaves_are) {
  if (::geteuid() != 0)
    return; // The fixture's keeper is root's.
  const auto mount = test::cgroup_mount();
  test::keeper_fixture with;
  with.connect().greet(); // It has begun.
  BOOST_TEST(leaves_of_keeper(with.pid())
             == (mount.empty() ? "" : mount + "/" + with.cgroup()));
  test::keeper_fixture without{{.cgroups = false}};
  without.connect().greet();
  BOOST_TEST(leaves_of_keeper(without.pid()).empty());
}

BOOST_AUTO_TEST_CASE(nobody_has_no_leaves) {
  BOOST_TEST(leaves_of_keeper(0).empty());
  BOOST_TEST(leaves_of_keeper(-1).empty());
}

BOOST_AUTO_TEST_SUITE_END()
