#include "hiisi/command_cut.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::cli;

namespace {

constexpr option_spec table[] = {
    {"restart", 0, takes::an_optional_value},
    {"name", 0, takes::a_value},
    {"lines", 'n', takes::a_value},
    {"quiet", 'q', takes::nothing},
    {"json", 0, takes::nothing},
};

using words = std::vector<std::string>;

/// What belongs to the command.
words command_of(const words& all) {
  auto cut = cut_command(all, table);
  return {all.begin() + static_cast<std::ptrdiff_t>(cut.rest), all.end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_cut)

BOOST_AUTO_TEST_CASE(first_word_that_is_no_option_starts_the_command) {
  BOOST_TEST((command_of({"./srv", "--port", "8080"})
              == words{"./srv", "--port", "8080"}));
}

BOOST_AUTO_TEST_CASE(options_of_ours_behind_the_command_are_its_own) {
  BOOST_TEST((command_of({"--json", "./srv", "--json", "--", "--name"})
              == words{"./srv", "--json", "--", "--name"}));
}

BOOST_AUTO_TEST_CASE(optional_value_does_not_eat_the_command) {
  BOOST_TEST((command_of({"--restart", "./srv"}) == words{"./srv"}));
  BOOST_TEST((command_of({"--restart=no", "./srv"}) == words{"./srv"}));
}

BOOST_AUTO_TEST_CASE(value_of_an_option_is_not_the_command) {
  BOOST_TEST((command_of({"--name", "web", "./srv"}) == words{"./srv"}));
  BOOST_TEST((command_of({"--name=web", "./srv"}) == words{"./srv"}));
  BOOST_TEST((command_of({"-n", "5", "x"}) == words{"x"}));
  BOOST_TEST((command_of({"-n5", "x"}) == words{"x"}));
  BOOST_TEST((command_of({"-qn", "5", "x"}) == words{"x"}));
  BOOST_TEST((command_of({"-qn5", "x"}) == words{"x"}));
}

BOOST_AUTO_TEST_CASE(value_may_look_like_an_option) {
  BOOST_TEST((command_of({"--name", "-x", "./srv"}) == words{"./srv"}));
}

BOOST_AUTO_TEST_CASE(two_dashes_end_the_options) {
  BOOST_TEST((command_of({"--", "--strange"}) == words{"--strange"}));
  BOOST_TEST((command_of({"--json", "--", "-x", "--", "y"})
              == words{"-x", "--", "y"}));
}

BOOST_AUTO_TEST_CASE(single_dash_and_empty_words_are_no_options) {
  BOOST_TEST((command_of({"-", "x"}) == words{"-", "x"}));
  BOOST_TEST((command_of({"", "x"}) == words{"", "x"}));
}

BOOST_AUTO_TEST_CASE(nothing_may_be_left) {
  BOOST_TEST(command_of({}).empty());
  BOOST_TEST(command_of({"--json"}).empty());
  BOOST_TEST(command_of({"--name"}).empty());
  BOOST_TEST(command_of({"--"}).empty());
}

BOOST_AUTO_TEST_CASE(sorting_looks_behind_other_words_until_two_dashes) {
  words all = {"a", "-n", "3", "b", "--json", "--", "--name", "-q"};
  auto sorted = sort_words(all, table, "hiisi x");
  BOOST_TEST_REQUIRE(sorted.ok());
  BOOST_TEST((sorted->options == words{"-n", "3", "--json"}));
  BOOST_TEST((sorted->others == words{"a", "b", "--name", "-q"}));
}

BOOST_AUTO_TEST_CASE(unknown_option_is_named_with_the_nearest) {
  words all = {"--restrat"};
  auto sorted = sort_words(all, table, "hiisi run");
  BOOST_TEST_REQUIRE(!sorted.ok());
  BOOST_TEST(sorted.failure().message == "hiisi run has no option --restrat");
  BOOST_TEST(sorted.failure().hint == "did you mean --restart?");
}

BOOST_AUTO_TEST_CASE(unknown_letter_is_named_in_a_cluster) {
  words all = {"-qx"};
  auto sorted = sort_words(all, table, "hiisi run");
  BOOST_TEST_REQUIRE(!sorted.ok());
  BOOST_TEST(sorted.failure().message == "hiisi run has no option -x");
}

BOOST_AUTO_TEST_CASE(missing_value_is_not_taken_from_the_next_option) {
  for (const words& all : {words{"--name"}, words{"--name", "--restart"},
                           words{"--name", "--", "x"}, words{"-n"}}) {
    auto sorted = sort_words(all, table, "hiisi run");
    BOOST_TEST_REQUIRE(!sorted.ok());
    BOOST_TEST(sorted.failure().message == all[0] + " needs a value behind it");
  }
}

BOOST_AUTO_TEST_CASE(value_for_a_flag_is_refused) {
  words all = {"--json=yes"};
  auto sorted = sort_words(all, table, "hiisi run");
  BOOST_TEST_REQUIRE(!sorted.ok());
  BOOST_TEST(sorted.failure().message == "--json takes no value");
}

BOOST_AUTO_TEST_SUITE_END()
