#include "protocol/quoting.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::protocol;
using words = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(quoting)

BOOST_AUTO_TEST_CASE(a_harmless_word_stays_as_it_is) {
  for (auto word : {"./srv", "--port=8080", "a_b-c", "user@host:/x,y", "50%"})
    BOOST_TEST(shell_quote(word) == word);
}

BOOST_AUTO_TEST_CASE(a_word_that_a_shell_would_change_is_quoted) {
  BOOST_TEST(shell_quote("") == "''");
  BOOST_TEST(shell_quote("a b") == "'a b'");
  BOOST_TEST(shell_quote("$HOME") == "'$HOME'");
  BOOST_TEST(shell_quote("*") == "'*'");
  BOOST_TEST(shell_quote("~") == "'~'");
  BOOST_TEST(shell_quote("a\nb") == "'a\nb'");
  BOOST_TEST(shell_quote("it's") == "'it'\\''s'");
  BOOST_TEST(shell_quote("caf\xc3\xa9") == "'caf\xc3\xa9'");
}

BOOST_AUTO_TEST_CASE(words_are_joined_as_they_would_be_typed) {
  BOOST_TEST(shell_join({}) == "");
  BOOST_TEST(shell_join({"./my srv", "", "-x"}) == "'./my srv' '' -x");
  BOOST_TEST(shell_join({"A=b", "C=d"}) == "'A=b' C=d");
}

BOOST_AUTO_TEST_CASE(a_line_is_split_at_white_space_alone) {
  BOOST_TEST(
      (split_words("./srv --port 8080") == words{"./srv", "--port", "8080"}));
  BOOST_TEST((split_words(" a\t\n b'c d' ") == words{"a", "b'c", "d'"}));
  BOOST_TEST(split_words(" \t").empty());
}

BOOST_AUTO_TEST_SUITE_END()
