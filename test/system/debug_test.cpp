// The inside of a running hiidet.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace hiisi::test;

namespace {

/// Whoever may look inside: in a user's own daemon that user.
const account& reader() {
  return mode_of_test() == system_mode::user ? alice() : self();
}

std::string text(uint32_t id) {
  return std::to_string(id);
}

} // namespace

BOOST_AUTO_TEST_SUITE(debug)

BOOST_AUTO_TEST_CASE(actors_are_a_tree_from_which_one_can_be_picked) {
  const instance here;
  here.run_probe(alice(), {"wait"}, {"--name", "web"});
  const auto actors
      = here.hiisi_json(reader(), {"debug", "actors"})["actors"].items();
  std::string names;
  int64_t id = 0;
  for (const auto& a : actors) {
    names += a["name"].str() + ", ";
    if (a["name"].str() == "process web") {
      id = a["id"].number();
      BOOST_TEST(a["depth"].number() == 2);
      BOOST_TEST(a["handled"].number() > 3);
      BOOST_TEST(a["state"].str().starts_with("running, run 1, pid "));
    }
  }
  for (const auto* name :
       {"host_supervisor", "user_supervisor", "session", "socket_broker",
        "keeper_link", "record_store", "event_log", "inspector"})
    BOOST_TEST(names.find(name) != std::string::npos, name << " in " << names);
  BOOST_TEST_REQUIRE(id > 0);
  const auto one
      = here.hiisi_json(reader(), {"debug", "actor", std::to_string(id)});
  BOOST_TEST(one["state"].str().find("state: \"running\"")
             != std::string::npos);
  BOOST_TEST(here.hiisi(reader(), {"debug", "actor", "999999"}).status == 4);
}

BOOST_AUTO_TEST_CASE(every_topic_answers_as_text_and_as_json) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--name", "web"});
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "18080"}).status == 0);
  for (const auto* topic :
       {"actors", "connections", "keeper", "timers", "registry", "config"})
    BOOST_TEST(here.hiisi(reader(), {"debug", topic}).status == 0, topic);
  const auto keeper = here.hiisi_json(reader(), {"debug", "keeper"});
  BOOST_TEST(keeper["ready"].is_true());
  BOOST_TEST(keeper["slots"][0]["id"].number() == id);
  BOOST_TEST(keeper["slots"][0]["phase"].str() == "running");
  const auto connections
      = here.hiisi_json(reader(), {"debug", "connections"})["connections"];
  BOOST_TEST(connections.size() == 1);
  BOOST_TEST(connections[0]["uid"].number() == reader().uid);
  const auto registry = here.hiisi_json(reader(), {"debug", "registry"});
  auto found = false;
  for (const auto& p : registry["ports"].items())
    if (p["port"].number() == 18080) {
      found = true;
      BOOST_TEST(p["in_file"].str() == alice().name);
      BOOST_TEST(p["in_memory"].str() == alice().name);
      BOOST_TEST(p["agree"].is_true());
    }
  BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(settings_say_where_they_come_from) {
  const instance here{{"finished_kept: 3,"}};
  std::string found;
  for (const auto& s :
       here.hiisi_json(reader(), {"debug", "config"})["settings"].items()) {
    const auto key = s["key"].str();
    if (key == "finished_kept" || key == "state_dir" || key == "stop.timeout_s")
      found += key + "=" + s["from"].str() + " ";
  }
  BOOST_TEST(found
             == "state_dir=command line stop.timeout_s=default "
                "finished_kept=file ");
}

BOOST_AUTO_TEST_CASE(a_trace_shows_what_actors_say_and_ends) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--name", "web"});
  auto talk = here.connect(reader());
  BOOST_TEST(
      talk.send(request(R"({"Debug":{"topic":"trace","follow":true}})")));
  // It has begun once something is told.
  std::string seen;
  BOOST_TEST(wait_until(
      [&] {
        const auto again = here.hiisi(alice(), {"restart", text(id)});
        BOOST_TEST(again.status == 0);
        if (auto part = talk.next(std::chrono::seconds{2}))
          seen += *part;
        return seen.find("child_made") != seen.npos
               || seen.find("operate") != seen.npos;
      },
      patience));
  BOOST_TEST(seen.find("\"took\"") == seen.npos);
}

BOOST_AUTO_TEST_CASE(a_bundle_holds_it_all_and_no_secrets) {
  const instance here;
  const std::string secret = "token-77af19";
  here.run(alice(), {"--name", "vault", here.probe(), "wait", secret},
           {{{"PASSWORD", secret}}, {}});
  BOOST_TEST(
      here.hiisi(alice(), {"hook", "add", "--on", "exit", "--", "true", secret})
          .status
      == 0);
  const auto file = here.work_dir(reader()) + "/bundle.tar";
  BOOST_TEST(here.hiisi(reader(), {"debug", "bundle", file}).status == 0);
  const auto bytes = text_of(file);
  BOOST_TEST(bytes.size() > 5000u);
  BOOST_TEST(bytes.find("vault") != std::string::npos);
  BOOST_TEST(bytes.find(secret) == std::string::npos);
  launch list;
  list.who = reader();
  list.argv = {"/bin/tar", "tf", file};
  list.env = {{"PATH", "/bin:/usr/bin"}};
  const auto listed = run_to_end(list);
  BOOST_TEST(listed.status == 0);
  for (const auto* part : {"/actors.json", "/config.txt", "/keeper.json",
                           "/events.jsonl", "/version.json", "/trace.json"})
    BOOST_TEST(listed.out.find(part) != std::string::npos, part);
  // What is there is left alone.
  BOOST_TEST(here.hiisi(reader(), {"debug", "bundle", file}).status == 1);
}

BOOST_AUTO_TEST_SUITE_END()
