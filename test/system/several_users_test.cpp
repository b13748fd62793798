// One hiidet, several users: who sees what, and who may do what.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace hiisi::test;

namespace {

constexpr const char* secret = "token-8d1f63";

std::string text(uint32_t id) {
  return std::to_string(id);
}

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// Alice's process, with a secret in its arguments, its environment and its
/// directory's name.
uint32_t run_secret(const instance& here) {
  return here.run(alice(), {"--name", "vault", here.probe(), "wait", secret},
                  {{{"PASSWORD", secret}}, here.work_dir(alice())});
}

} // namespace

BOOST_AUTO_TEST_SUITE(several_users)

BOOST_AUTO_TEST_CASE(nobody_handles_anothers_process) {
  const instance here;
  const auto id = run_secret(here);
  const auto pid = here.pid_of(alice(), id);
  for (const auto* verb : {"stop", "start", "restart", "rm", "logs"}) {
    const auto got = here.hiisi(bob(), {verb, text(id)});
    BOOST_TEST(got.status == 4, verb << " " << got.status);
    BOOST_TEST(contains(got.err, "belongs to " + alice().name), got.err);
    BOOST_TEST(!contains(got.out + got.err, secret), got.out + got.err);
  }
  BOOST_TEST(here.pid_of(alice(), id) == pid);
  BOOST_TEST(here.state_of(alice(), id) == "running");
  // A name is looked for among one's own.
  BOOST_TEST(here.hiisi(bob(), {"stop", "vault"}).status == 4);
  BOOST_TEST(here.hiisi(bob(), {"rm", "--all"}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "running");
}

BOOST_AUTO_TEST_CASE(others_see_the_base_name_and_no_more) {
  const instance here;
  const auto id = run_secret(here);
  const auto own = here.status(alice(), id);
  BOOST_TEST(own["full"].is_true());
  BOOST_TEST(contains(own.text(), secret));
  const auto seen = here.status(bob(), id);
  BOOST_TEST(!seen["full"].is_true());
  BOOST_TEST(seen["name"].str() == "vault");
  BOOST_TEST(seen["user"].str() == alice().name);
  BOOST_TEST(seen["state"].str() == "running");
  BOOST_TEST_REQUIRE(seen["argv"].size() == 1);
  BOOST_TEST(seen["argv"][0].str() == here.probe_name());
  BOOST_TEST(seen["cmd"].str() == here.probe_name());
  BOOST_TEST(seen["cwd"].str() == "");
  BOOST_TEST(seen["pid"].number() == 0);
}

BOOST_AUTO_TEST_CASE(no_verb_shows_anothers_secrets) {
  const instance here;
  const auto id = run_secret(here);
  const auto failing
      = here.run(alice(), {here.probe(), "wait", "after=0", "exit=1", secret},
                 {{{"PASSWORD", secret}}, {}});
  here.wait_for(alice(), failing, "exited");
  std::string seen;
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"status", "--all"},
           {"status", text(id)},
           {"status", text(failing)},
           {"--json", "status", "--all"},
           {"--json", "status", text(id)},
           {"--json", "status", text(failing)},
           {"--json", "logs", text(id)},
           {"--json", "stop", text(id)},
           {"--json", "restart", text(id)},
           {"port", "lookup"}}) {
    const auto got = here.hiisi(bob(), words);
    seen += got.out + got.err;
  }
  auto talk = here.connect(bob());
  for (const auto& body :
       {old_request("\"Status\""), old_request("\"Status\"", alice().name),
        old_request("\"Status\"", "root"), request("\"Status\""),
        request(R"({"Status":{"all":true}})"),
        request(R"({"Status":{"id":)" + text(id) + "}}"),
        old_request(R"({"Logs":{"id":)" + text(id) + "}}"),
        old_request(R"({"Logs":{"id":)" + text(id) + "}}", alice().name)})
    seen += talk.ask(body);
  BOOST_TEST(contains(seen, here.probe_name()));
  BOOST_TEST(!contains(seen, secret), seen);
  BOOST_TEST(!contains(seen, here.work_dir(alice())), seen);
  BOOST_TEST(!contains(here.log(), secret), here.log());
}

BOOST_AUTO_TEST_CASE(a_status_of_ones_own_is_ones_own) {
  const instance here;
  run_secret(here);
  const auto own = here.run(bob(), {"--name", "mine", here.probe(), "wait"});
  const auto listed = here.hiisi_json(bob(), {"status"})["processes"];
  BOOST_TEST_REQUIRE(listed.size() == 1);
  BOOST_TEST(listed[0]["id"].number() == own);
  BOOST_TEST(here.hiisi_json(bob(), {"status", "--all"})["processes"].size()
             == 2);
}

BOOST_AUTO_TEST_CASE(names_are_each_users_own) {
  const instance here;
  const auto hers = here.run(alice(), {"--name", "web", here.probe(), "wait"});
  const auto his = here.run(bob(), {"--name", "web", here.probe(), "wait"});
  BOOST_TEST(here.hiisi(bob(), {"stop", "web"}).status == 0);
  BOOST_TEST(here.state_of(bob(), his) == "stopped");
  BOOST_TEST(here.state_of(alice(), hers) == "running");
  BOOST_TEST(here.hiisi(alice(), {"stop", "--all"}).status == 0);
  BOOST_TEST(here.hiisi(bob(), {"start", "--all"}).status == 0);
  BOOST_TEST(here.state_of(alice(), hers) == "stopped");
  BOOST_TEST(here.state_of(bob(), his) == "running");
  BOOST_TEST(here.hiisi(bob(), {"rm", "--all"}).status == 0);
}

BOOST_AUTO_TEST_CASE(root_may_what_the_owner_may) {
  const instance here;
  const auto id = run_secret(here);
  const auto& root = self();
  BOOST_TEST(here.status(root, id)["full"].is_true());
  BOOST_TEST(here.hiisi(root, {"logs", text(id)}).status == 0);
  BOOST_TEST(here.hiisi(root, {"stop", text(id)}).status == 0);
  BOOST_TEST(here.hiisi(root, {"start", text(id)}).status == 0);
  // It is still hers, whoever has started it.
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST(contains(text_of("/proc/" + std::to_string(pid) + "/status"),
                      "Uid:\t" + std::to_string(alice().uid) + "\t"));
  BOOST_TEST(here.hiisi(root, {"restart", text(id)}).status == 0);
  BOOST_TEST(here.hiisi(root, {"rm", text(id)}).status == 0);
}

BOOST_AUTO_TEST_CASE(root_and_only_root_acts_for_another_user) {
  const instance here;
  const auto allocate = R"({"PortAllocate":{"port":18160}})";
  const auto as_alice = old_request(allocate, alice().name);
  BOOST_TEST(here.ask(self(), as_alice).has("Ok"));
  const auto ports = here.hiisi_json(alice(), {"port", "lookup"})["ports"];
  BOOST_TEST_REQUIRE(ports.size() == 1);
  BOOST_TEST(ports[0]["user"].str() == alice().name);
  BOOST_TEST(here.ask(bob(), old_request(R"({"PortFree":{"port":18160}})",
                                         alice().name))
                 .has("Error"));
  const auto nobody = here.ask(self(), old_request(allocate, "no-such-user"));
  BOOST_TEST(contains(nobody["Error"].str(), "no-such-user"), nobody.text());
}

BOOST_AUTO_TEST_CASE(a_port_of_anothers_is_neither_given_nor_freed) {
  const instance here;
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "18161"}).status == 0);
  const auto taken = here.hiisi(bob(), {"port", "allocate", "18161"});
  BOOST_TEST(taken.status == 1);
  BOOST_TEST(contains(taken.err, "allocated to " + alice().name), taken.err);
  BOOST_TEST(contains(taken.err, "18162"), taken.err);
  const auto freed = here.hiisi(bob(), {"port", "free", "18161"});
  BOOST_TEST(freed.status == 4);
  BOOST_TEST(contains(freed.err, alice().name), freed.err);
  BOOST_TEST(here.hiisi_json(bob(), {"port", "lookup"})["ports"].size() == 1);
  BOOST_TEST(
      here.hiisi_json(bob(), {"port", "lookup", bob().name})["ports"].size()
      == 0);
  BOOST_TEST(here.hiisi(self(), {"port", "free", "18161"}).status == 0);
}

BOOST_AUTO_TEST_CASE(one_users_connections_take_none_from_another) {
  const instance here{{.config = "limits: (connections_per_user: 4),"}};
  std::vector<connection> hers;
  for (int i = 0; i < 6; ++i)
    hers.push_back(here.connect(alice()));
  const auto full = [&] { return here.hiisi(alice(), {"status"}).status == 1; };
  BOOST_TEST(wait_until(full, patience));
  BOOST_TEST(here.hiisi(bob(), {"status"}).status == 0);
  BOOST_TEST(here.hiisi(self(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(one_users_slow_stop_delays_no_other_user) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "ignore=INT", "ignore=TERM"},
                                 {"--stop-timeout", "20"});
  here.wait_for_output(alice(), id, "ready");
  auto talk = here.connect(alice());
  talk.send(request(R"({"Stop":{"id":)" + text(id) + "}}"));
  here.wait_for(alice(), id, "stopping");
  const auto begin = std::chrono::steady_clock::now();
  const auto his = here.run_probe(bob(), {"wait"});
  BOOST_TEST(here.hiisi(bob(), {"stop", text(his)}).status == 0);
  BOOST_TEST(here.hiisi(bob(), {"status", "--all"}).status == 0);
  BOOST_TEST(
      (std::chrono::steady_clock::now() - begin < std::chrono::seconds(15)));
  BOOST_TEST(here.state_of(alice(), id) == "stopping");
  send_signal(here.pid_of(alice(), id), 9);
  BOOST_TEST(talk.next().has_value());
}

BOOST_AUTO_TEST_CASE(logs_may_grow_to_so_much_and_no_more) {
  // Each of the usual size takes 2 streams of a live file and 2 segments.
  const instance here{{.config
                       = "limits: (log_bytes_per_user: 655360, contact: "
                         "\"Hanna\"), logs: (size_kib: 64, keep: 2),"}};
  here.run_probe(alice(), {"wait"});
  const auto refused = here.hiisi(alice(), {"run", here.probe(), "wait"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(contains(refused.err, "may grow to 384 KiB, this one's to 384 KiB "
                                   "more, and 640 KiB is the limit"),
             refused.err);
  BOOST_TEST(contains(refused.err, "ask Hanna"), refused.err);
  const auto endless
      = here.hiisi(alice(), {"run", "--log-size", "0", here.probe(), "wait"});
  BOOST_TEST(contains(endless.err, "would have no end"), endless.err);
  BOOST_TEST(
      here.hiisi(alice(), {"run", "--log-keep", "1", here.probe(), "wait"})
          .status
      == 0);
  const auto quota = here.hiisi(alice(), {"quota"});
  BOOST_TEST(contains(quota.out, "log bytes"), quota.out);
  BOOST_TEST(contains(quota.out, "640 KiB"), quota.out);
  // Others have their own, and root has none.
  here.run_probe(bob(), {"wait"});
  BOOST_TEST(
      here.hiisi(self(), {"run", "--log-size", "0", here.probe(), "wait"})
          .status
      == 0);
}

BOOST_AUTO_TEST_CASE(one_user_at_a_limit_is_told_and_others_are_not) {
  const instance here{{.config = "limits: (processes_per_user: 2, contact: "
                                 "\"Hanna\", rules: [(user: \""
                                 + bob().name + "\", processes: None)]),"}};
  for (int i = 0; i < 2; ++i)
    here.run_probe(alice(), {"wait"});
  const auto refused = here.hiisi(alice(), {"run", here.probe(), "wait"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(contains(refused.err, "you have 2 processes, and 2 is the limit"),
             refused.err);
  BOOST_TEST(contains(refused.err, "ask Hanna"), refused.err);
  for (int i = 0; i < 3; ++i) {
    here.run_probe(bob(), {"wait"});
    here.run_probe(self(), {"wait"});
  }
  const auto limits = [&](const account& asker, std::vector<std::string> more) {
    more.insert(more.begin(), "quota");
    return here.hiisi_json(asker, more)["limits"];
  };
  const auto hers = limits(alice(), {});
  BOOST_TEST_REQUIRE(hers.size() == 6);
  BOOST_TEST(hers[0]["what"].str() == "processes");
  BOOST_TEST(hers[0]["use"].number() == 2);
  BOOST_TEST(hers[0]["limit"].number() == 2);
  BOOST_TEST(limits(self(), {"--user", alice().name})[0]["use"].number() == 2);
  BOOST_TEST(limits(bob(), {})[0]["limit"].is_null());
  BOOST_TEST(limits(self(), {})[0]["limit"].is_null());
  BOOST_TEST(here.hiisi(bob(), {"quota", "--user", alice().name}).status == 4);
  BOOST_TEST(contains(here.hiisi(alice(), {"quota"}).out, "processes"));
}

BOOST_AUTO_TEST_SUITE_END()
