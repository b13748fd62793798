// What hiidet keeps of what happens, and the commands it runs for it.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace hiisi::test;

namespace {

std::string text(uint32_t id) {
  return std::to_string(id);
}

/// The kinds of a process's events, in order.
std::string kinds(const instance& here, const account& who,
                  const std::string& process) {
  std::string out;
  for (const auto& e :
       here.hiisi_json(who, {"history", process})["events"].items())
    out += (out.empty() ? "" : " ") + e["kind"].str();
  return out;
}

/// The only event of a kind that a process has.
json only(const instance& here, const account& who, uint32_t id,
          const std::string& kind) {
  std::optional<json> found;
  for (const auto& e :
       here.hiisi_json(who, {"history", text(id)})["events"].items())
    if (e["kind"].str() == kind) {
      BOOST_TEST(!found.has_value());
      found = e;
    }
  BOOST_TEST_REQUIRE(found.has_value());
  return *found;
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream{path, std::ios::app} << bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(what_happened)

BOOST_AUTO_TEST_CASE(a_life_is_told_with_who_and_how) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "after=0", "exit=7"},
                                 {"--name", "web"});
  here.wait_for(alice(), id, "exited");
  BOOST_TEST(kinds(here, alice(), "web") == "start exit");
  const auto start = only(here, alice(), id, "start");
  BOOST_TEST(start["by"]["who"].str() == "user");
  BOOST_TEST(start["by"]["user"].str() == alice().name);
  BOOST_TEST(start["by"]["uid"].number() == alice().uid);
  BOOST_TEST(start["by"]["pid"].number() > 1);
  BOOST_TEST(start["uid"].number() == alice().uid);
  const auto exit = only(here, alice(), id, "exit");
  BOOST_TEST(exit["exit"]["kind"].str() == "exited");
  BOOST_TEST(exit["exit"]["value"].number() == 7);
  BOOST_TEST(exit["by"]["who"].str() == "process");
  BOOST_TEST(exit["used"]["max_rss_bytes"].number() > 100'000);
}

BOOST_AUTO_TEST_CASE(cpu_time_and_signals_are_told) {
  const instance here;
  // Burns a second of CPU time, then ends by a signal. A limit of CPU time
  // would not do: the kernel samples it, and may send its signal early.
  const auto id
      = here.run(alice(), {"sh", "-c",
                           "while read -r used rest </proc/self/schedstat && "
                           "[ $used -lt 1000000000 ]; do :; done; "
                           "kill -XCPU $$"});
  here.wait_for(alice(), id, "exited");
  const auto exit = only(here, alice(), id, "exit");
  BOOST_TEST(exit["exit"]["kind"].str() == "signaled");
  BOOST_TEST(exit["exit"]["value"].number() == SIGXCPU);
  const auto cpu = exit["used"]["cpu_user_us"].number()
                   + exit["used"]["cpu_system_us"].number();
  BOOST_TEST(cpu > 990'000);
  BOOST_TEST(cpu < 1'500'000);
}

BOOST_AUTO_TEST_CASE(a_history_outlives_rm_and_the_daemon) {
  instance here;
  const auto id
      = here.run_probe(alice(), {"wait"}, {"--name", "gone", "--restart"});
  BOOST_TEST(here.hiisi(alice(), {"stop", "gone"}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"rm", "gone"}).status == 0);
  BOOST_TEST(kinds(here, alice(), text(id)) == "start stop exit remove");
  here.kill_daemon();
  here.start();
  BOOST_TEST(kinds(here, alice(), "gone") == "start stop exit remove");
  const auto nothing = here.hiisi(alice(), {"history", "never-was"});
  BOOST_TEST(nothing.status == 4);
}

BOOST_AUTO_TEST_CASE(a_crash_and_its_restart_are_told_and_a_takeover) {
  instance here;
  const auto id
      = here.run_probe(alice(), {"wait"}, {"--name", "web", "--restart"});
  send_signal(here.pid_of(alice(), id), SIGKILL);
  BOOST_TEST(wait_until(
      [&] { return kinds(here, alice(), "web") == "start exit restart"; },
      patience));
  BOOST_TEST(only(here, alice(), id, "exit")["exit"]["value"].number()
             == SIGKILL);
  BOOST_TEST(only(here, alice(), id, "restart")["by"]["who"].str() == "policy");
  here.kill_daemon();
  here.start();
  BOOST_TEST(wait_until(
      [&] {
        return kinds(here, alice(), "web") == "start exit restart recovery";
      },
      patience));
}

BOOST_AUTO_TEST_CASE(a_torn_last_line_is_cut_off) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--name", "web"});
  BOOST_TEST(wait_until(
      [&] { return kinds(here, alice(), text(id)) == "start"; }, patience));
  here.kill_daemon();
  write(here.state() + "/events/events.1.jsonl",
        "{\"number\":99,\"time\":\"20");
  here.start();
  BOOST_TEST(here.hiisi(alice(), {"stop", "web"}).status == 0);
  BOOST_TEST(kinds(here, alice(), text(id)) == "start recovery stop exit");
}

BOOST_AUTO_TEST_CASE(a_failed_start_is_told) {
  const instance here;
  const auto failed
      = here.hiisi(alice(), {"run", "--name", "typo", "/nonexistent/program"});
  BOOST_TEST(failed.status == 1);
  const auto events = here.hiisi_json(alice(), {"history", "typo"})["events"];
  BOOST_TEST_REQUIRE(events.size() >= 1);
  BOOST_TEST(events[0]["kind"].str() == "start_failed");
  BOOST_TEST(events[0]["text"].str().find("No such file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_follows_is_told_as_it_happens) {
  const instance here;
  auto talk = here.connect(alice());
  BOOST_TEST(talk.send(request(R"({"Events":{"follow":true,"last":0}})")));
  const auto id = here.run_probe(alice(), {"wait"}, {"--name", "web"});
  const auto first = talk.next();
  BOOST_TEST_REQUIRE(first.has_value());
  const json seen{*first};
  BOOST_TEST(seen["more"].is_true());
  BOOST_TEST(seen["Ok"]["Events"][0]["kind"].str() == "start");
  BOOST_TEST(seen["Ok"]["Events"][0]["id"].number() == id);
  BOOST_TEST(here.hiisi(alice(), {"stop", "web"}).status == 0);
  const auto next = talk.next();
  BOOST_TEST_REQUIRE(next.has_value());
  BOOST_TEST(json{*next}["Ok"]["Events"][0]["kind"].str() == "stop");
}

BOOST_AUTO_TEST_CASE(the_configuration_read_again_is_told_to_administrators) {
  const instance here;
  here.signal_daemon(SIGHUP);
  // In the user's own daemon alice administers; elsewhere root does.
  const auto& reader = mode_of_test() == system_mode::user ? alice() : self();
  BOOST_TEST(wait_until(
      [&] {
        for (const auto& e :
             here.hiisi_json(reader, {"events"})["events"].items())
          if (e["kind"].str() == "configuration")
            return e["by"]["pid"].number() == ::getpid();
        return false;
      },
      patience));
}

BOOST_AUTO_TEST_CASE(a_hook_is_run_as_its_owner_with_the_event) {
  instance here;
  const auto out = here.work_dir(alice()) + "/told";
  const auto added = here.hiisi_json(
      alice(), {"hook", "add", "--on", "exit", "--process", "web", "--", "sh",
                "-c", "cat >> " + out + "; id -u >> " + out});
  BOOST_TEST(added["number"].number() == 1);
  here.run_probe(alice(), {"wait", "after=0", "exit=0"}, {"--name", "other"});
  const auto id = here.run_probe(alice(), {"wait", "after=0", "exit=3"},
                                 {"--name", "web"});
  BOOST_TEST(wait_until(
                 [&] {
                   return text_of(out).ends_with(
                       "\n" + std::to_string(alice().uid) + "\n");
                 },
                 patience),
             text_of(out));
  const json told{text_of(out).substr(0, text_of(out).find('\n'))};
  BOOST_TEST(told["kind"].str() == "exit");
  BOOST_TEST(told["id"].number() == id);
  BOOST_TEST(told["exit"]["value"].number() == 3);
  // It is kept, and may be removed.
  here.kill_daemon();
  here.start();
  const auto hooks = here.hiisi_json(alice(), {"hook", "list"})["hooks"];
  BOOST_TEST_REQUIRE(hooks.size() == 1);
  BOOST_TEST(hooks[0]["process"].str() == "web");
  BOOST_TEST(here.hiisi(alice(), {"hook", "rm", "1"}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"hook", "rm", "1"}).status == 4);
}

BOOST_AUTO_TEST_CASE(a_hook_that_hangs_is_killed_and_on_record) {
  const instance here{{"hooks: (timeout_s: 1),"}};
  BOOST_TEST(
      here.hiisi(alice(), {"hook", "add", "--on", "exit", "sleep", "600"})
          .status
      == 0);
  here.run_probe(alice(), {"wait", "after=0", "exit=0"});
  BOOST_TEST(wait_until(
      [&] {
        for (const auto& e :
             here.hiisi_json(alice(), {"events"})["events"].items())
          if (e["kind"].str() == "hook")
            return e["text"].str() == "hook 1: took too long and was killed";
        return false;
      },
      patience));
}

BOOST_AUTO_TEST_SUITE_END()
