#include "actors/core/process_names.hpp"
#include "protocol/limits.hpp"
#include "protocol/names.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace hiisi::core;

namespace {

std::string name_for(std::string_view program,
                     const std::set<std::string, std::less<>>& taken = {}) {
  return default_name(program, [&](std::string_view n) {
    return taken.find(n) != taken.end();
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_names)

BOOST_AUTO_TEST_CASE(a_name_is_the_base_name_made_fit) {
  struct row {
    std::string_view program;
    std::string_view name;
  };
  for (const auto& r : std::initializer_list<row>{
           {"web", "web"},
           {"./web", "web"},
           {"/usr/bin/python3.11", "python3.11"},
           {"my server", "my_server"},
           {"a;b|c", "a_b_c"},
           {"-rf", "p-rf"},
           {".hidden", "p.hidden"},
           {"1234", "p1234"},
           {"12a", "12a"},
           {"dir/", "p"},
           {"", "p"},
           {"gr\xc3\xbc\xc3\x9f", "gr____"},
       })
    BOOST_TEST(name_for(r.program) == r.name);
}

BOOST_AUTO_TEST_CASE(a_taken_name_gets_the_next_free_number) {
  BOOST_TEST(name_for("web", {"web"}) == "web-2");
  BOOST_TEST(name_for("web", {"web", "web-2", "web-4"}) == "web-3");
}

BOOST_AUTO_TEST_CASE(every_name_made_up_is_one_that_may_be_given) {
  const std::string longest(300, 'x');
  const auto stem = name_for(longest);
  for (const auto& name :
       {name_for("web"), name_for("1"), name_for("-"), name_for(".."),
        name_for("\xff\xfe"), stem, name_for(longest, {stem})}) {
    BOOST_TEST(name.size() <= hiisi::protocol::max_name_bytes);
    BOOST_TEST(hiisi::protocol::check_name(name).ok(), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
