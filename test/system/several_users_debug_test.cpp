// Who may look inside of a hiidet that serves the host.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::test;

BOOST_AUTO_TEST_SUITE(several_users_debug)

BOOST_AUTO_TEST_CASE(ordinary_users_are_refused_in_plain_words) {
  const instance here;
  for (const auto* topic : {"actors", "connections", "keeper", "timers",
                            "registry", "config", "trace", "bundle"}) {
    const auto got
        = here.hiisi(bob(), {"debug", topic}, {{}, here.work_dir(bob())});
    BOOST_TEST(got.status == 4, topic << " " << got.status);
    BOOST_TEST(got.err.find("only root and members of hiisi-admin")
                   != std::string::npos,
               got.err);
    BOOST_TEST(got.out.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
