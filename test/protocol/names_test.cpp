#include "protocol/names.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::protocol;

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(usual_names_are_taken) {
  for (auto name : {"web", "web-1", "_x", "7z", "a.b_c", "1.5", "x--"})
    BOOST_TEST(check_name(name).ok(), name);
  BOOST_TEST(check_name(std::string(64, 'x')).ok());
}

BOOST_AUTO_TEST_CASE(a_name_that_breaks_a_rule_is_refused_with_that_rule) {
  auto why = [](std::string_view name) {
    auto checked = check_name(name);
    BOOST_REQUIRE(!checked.ok());
    BOOST_TEST((checked.failure().code == errc::invalid_argument));
    BOOST_TEST(!checked.failure().hint.empty());
    return checked.failure().message;
  };
  BOOST_TEST(why("") == "the name \"\" is empty");
  BOOST_TEST(why(std::string(65, 'x')).ends_with("longer than 64 characters"));
  BOOST_TEST(why("-x") == "the name \"-x\" begins with '-'");
  BOOST_TEST(why("..") == "the name \"..\" begins with '.'");
  BOOST_TEST(why("12") == "the name \"12\" is a number, which would be an id");
  for (auto name : {"a b", "a/b", "a\nb", "caf\xc3\xa9", "a:b"})
    BOOST_TEST(why(name).ends_with("names may not hold"), name);
}

BOOST_AUTO_TEST_CASE(a_port_is_within_its_bounds) {
  BOOST_TEST(check_port(1024).ok());
  BOOST_TEST(check_port(65535).ok());
  BOOST_TEST(check_port(1023).failure().message == "port 1023 is below 1024");
  BOOST_TEST(check_port(65536).failure().message
             == "port 65536 is above 65535");
  BOOST_TEST(check_port(0).failure().hint == "choose one from 1024 to 65535");
}

BOOST_AUTO_TEST_SUITE_END()
