// One hiidet, several users: whose events are whose.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::test;

BOOST_AUTO_TEST_SUITE(several_users_what_happened)

BOOST_AUTO_TEST_CASE(nobody_sees_what_happened_to_others) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--name", "secret"});
  BOOST_TEST(here.hiisi_json(bob(), {"events"})["events"].size() == 0);
  BOOST_TEST(here.hiisi(bob(), {"history", std::to_string(id)}).status == 4);
  BOOST_TEST(here.hiisi(bob(), {"history", "secret"}).status == 4);
  const auto refused = here.hiisi(bob(), {"events", "--user", alice().name});
  BOOST_TEST(refused.status == 4);
  BOOST_TEST(refused.err.find("not yours to see") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(root_sees_all_and_whom_it_names) {
  const instance here;
  here.run_probe(alice(), {"wait"}, {"--name", "hers"});
  here.run_probe(bob(), {"wait"}, {"--name", "his"});
  int hers = 0;
  int his = 0;
  for (const auto& e : here.hiisi_json(self(), {"events"})["events"].items()) {
    hers += e["name"].str() == "hers";
    his += e["name"].str() == "his";
  }
  BOOST_TEST(hers == 1);
  BOOST_TEST(his == 1);
  const auto named
      = here.hiisi_json(self(), {"events", "--user", bob().name})["events"];
  BOOST_TEST(named.size() == 1);
  BOOST_TEST(here.hiisi(self(), {"events", "--user", "no-such-user"}).status
             == 4);
}

BOOST_AUTO_TEST_CASE(who_stops_anothers_process_is_on_record) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--name", "web"});
  BOOST_TEST(here.hiisi(self(), {"stop", std::to_string(id)}).status == 0);
  for (const auto& e :
       here.hiisi_json(alice(), {"history", "web"})["events"].items())
    if (e["kind"].str() == "stop") {
      BOOST_TEST(e["by"]["user"].str() == self().name);
      BOOST_TEST(e["user"].str() == alice().name);
      return;
    }
  BOOST_TEST(false, "the stop is not on record");
}

BOOST_AUTO_TEST_CASE(a_hook_is_told_of_its_owners_events_alone) {
  const instance here;
  const auto out = here.work_dir(bob()) + "/told";
  BOOST_TEST(here.hiisi(bob(), {"hook", "add", "--on", "exit", "--", "sh", "-c",
                                "cat >> " + out})
                 .status
             == 0);
  here.run_probe(alice(), {"wait", "after=0", "exit=0"}, {"--name", "hers"});
  here.run_probe(bob(), {"wait", "after=0", "exit=0"}, {"--name", "his"});
  BOOST_TEST(wait_until(
      [&] { return text_of(out).find("\"his\"") != std::string::npos; },
      patience));
  BOOST_TEST(text_of(out).find("\"hers\"") == std::string::npos);
  BOOST_TEST(here.hiisi_json(alice(), {"hook", "list"})["hooks"].size() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
