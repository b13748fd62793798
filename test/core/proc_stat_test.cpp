#include "actors/core/proc_stat.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::core;

namespace {

std::string stat_of(const std::string& name) {
  return "42 (" + name
         + ") S 7 42 40 0 -1 4194560 900 1 0 0 11 22 33 44 20 0 3 0 5000 "
           "104857600 256 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 "
           "0 0 0 0 0\n";
}

proc_stat process(int32_t pid, int32_t parent, int32_t session,
                  int32_t group = 0) {
  proc_stat p;
  p.pid = pid;
  p.parent = parent;
  p.session = session;
  p.group = group;
  return p;
}

} // namespace

BOOST_AUTO_TEST_SUITE(proc_stat_text)

BOOST_AUTO_TEST_CASE(every_field_is_where_the_manual_says) {
  const auto text = stat_of("server");
  const auto p = read_proc_stat(text);
  BOOST_TEST_REQUIRE(p.has_value());
  BOOST_TEST(p->pid == 42);
  BOOST_TEST((p->name == "server"));
  BOOST_TEST(p->state == 'S');
  BOOST_TEST(p->parent == 7);
  BOOST_TEST(p->group == 42);
  BOOST_TEST(p->session == 40);
  BOOST_TEST(p->user_ticks == 11u);
  BOOST_TEST(p->system_ticks == 22u);
  BOOST_TEST(p->children_user_ticks == 33u);
  BOOST_TEST(p->children_system_ticks == 44u);
  BOOST_TEST(p->threads == 3u);
  BOOST_TEST(p->start_ticks == 5000u);
  BOOST_TEST(p->virtual_bytes == 104857600u);
  BOOST_TEST(p->resident_pages == 256u);
}

BOOST_AUTO_TEST_CASE(a_name_with_parentheses_and_blanks_misleads_nobody) {
  const auto text = stat_of(") R 1 (x) 2");
  const auto p = read_proc_stat(text);
  BOOST_TEST_REQUIRE(p.has_value());
  BOOST_TEST((p->name == ") R 1 (x) 2"));
  BOOST_TEST(p->parent == 7);
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_is_nothing) {
  for (const auto* text : {"", "42", "42 (x", "42 (x)", "42 (x) S 1 2",
                           "(x) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1"})
    BOOST_TEST(!read_proc_stat(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_tree_is_its_session_its_group_and_its_descendants) {
  const std::vector<proc_stat> all = {
      process(1, 0, 1),
      process(100, 50, 100), // the first process
      process(101, 100, 100),
      process(102, 1, 100),      // reparented, still in its session
      process(103, 101, 103),    // a session of its own, yet a descendant
      process(104, 103, 104),    // and below that
      process(105, 1, 105, 100), // in its group alone
      process(200, 50, 200),     // another tree
      process(300, 1, 300),      // nobody's
  };
  const std::vector<int32_t> roots = {0, 100, 200};
  const auto trees = trees_of(all, roots);
  const std::vector<size_t> expected = {no_tree, 1, 1, 1, 1, 1, 1, 2, no_tree};
  BOOST_TEST(trees == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parents_in_a_circle_end_the_search) {
  // Pids were reused while /proc was read.
  const std::vector<proc_stat> all
      = {process(5, 6, 5), process(6, 5, 6), process(7, 6, 7)};
  const auto trees = trees_of(all, std::vector<int32_t>{100});
  for (const auto tree : trees)
    BOOST_TEST(tree == no_tree);
}

BOOST_AUTO_TEST_SUITE_END()
