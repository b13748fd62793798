// Starting, stopping, naming and removing processes by `hiisi`.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

#include <fcntl.h>

using namespace hiisi::test;

namespace {

std::string text(uint32_t id) {
  return std::to_string(id);
}

} // namespace

BOOST_AUTO_TEST_SUITE(lifecycle)

BOOST_AUTO_TEST_CASE(what_runs_can_be_stopped_started_and_removed) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST(here.state_of(alice(), id) == "running");
  BOOST_TEST(lives(pid));

  const auto stop = here.hiisi(alice(), {"stop", text(id)});
  BOOST_TEST(stop.status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
  BOOST_TEST(!lives(pid));

  const auto start = here.hiisi(alice(), {"start", text(id)});
  BOOST_TEST(start.status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "running");
  BOOST_TEST(here.pid_of(alice(), id) != pid);

  const auto again = here.pid_of(alice(), id);
  const auto rm = here.hiisi(alice(), {"rm", text(id)});
  BOOST_TEST(rm.status == 0);
  BOOST_TEST(!lives(again));
  BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size() == 0);
}

BOOST_AUTO_TEST_CASE(a_restart_makes_a_new_process_of_the_same_id) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "print=hello"});
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST(here.hiisi(alice(), {"restart", text(id)}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "running");
  BOOST_TEST(here.pid_of(alice(), id) != pid);
  BOOST_TEST(!lives(pid));
  // A restart by hand is not one of the policy's.
  BOOST_TEST(here.status(alice(), id)["restarts"].number() == 0);
}

BOOST_AUTO_TEST_CASE(what_was_stopped_restarts_too) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  BOOST_TEST(here.hiisi(alice(), {"stop", text(id)}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"restart", text(id)}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "running");
}

BOOST_AUTO_TEST_CASE(stopping_twice_and_starting_twice_do_no_harm) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST(here.hiisi(alice(), {"start", text(id)}).status == 0);
  BOOST_TEST(here.pid_of(alice(), id) == pid);
  BOOST_TEST(here.hiisi(alice(), {"stop", text(id)}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"stop", text(id)}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
}

BOOST_AUTO_TEST_CASE(an_end_of_its_own_is_told_with_its_exit_status) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "after=0", "exit=7"});
  here.wait_for(alice(), id, "exited");
  const auto status = here.status(alice(), id);
  BOOST_TEST(status["last_exit"]["kind"].str() == "exited");
  BOOST_TEST(status["last_exit"]["value"].number() == 7);
  const auto shown = here.hiisi(alice(), {"status", text(id)});
  BOOST_TEST(shown.status == 3);
  BOOST_TEST(shown.out.find("exited (7)") != std::string::npos, shown.out);
}

BOOST_AUTO_TEST_CASE(a_crash_is_told_with_its_signal) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "after=0", "crash"});
  here.wait_for(alice(), id, "exited");
  const auto end = here.status(alice(), id)["last_exit"];
  BOOST_TEST(end["kind"].str() == "signaled");
  BOOST_TEST(end["value"].number() == SIGABRT);
}

BOOST_AUTO_TEST_CASE(status_of_one_process_ends_as_it_is) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  BOOST_TEST(here.hiisi(alice(), {"status", text(id)}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"stop", text(id)}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"status", text(id)}).status == 3);
  const auto unknown = here.hiisi(alice(), {"status", "4711"});
  BOOST_TEST(unknown.status == 4);
  BOOST_TEST(unknown.err.find("no process 4711") != std::string::npos,
             unknown.err);
}

BOOST_AUTO_TEST_CASE(what_is_unknown_is_refused_by_every_verb) {
  const instance here;
  for (const auto* verb : {"status", "logs", "stop", "start", "restart", "rm"})
    for (const auto* word : {"4711", "nobody-knows-this"}) {
      const auto got = here.hiisi(alice(), {verb, word});
      BOOST_TEST(got.status == 4, verb << " " << word << ": " << got.status);
      BOOST_TEST(got.err.find("no process") != std::string::npos, got.err);
    }
}

BOOST_AUTO_TEST_CASE(a_name_serves_wherever_an_id_does) {
  const instance here;
  const auto web = here.unique("web");
  const auto id = here.run_probe(alice(), {"wait"}, {"--name", web});
  BOOST_TEST(here.hiisi(alice(), {"status", web}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"logs", web}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"stop", web}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
  BOOST_TEST(here.hiisi(alice(), {"start", web}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"restart", web}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "running");
  BOOST_TEST(here.hiisi(alice(), {"rm", web}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"status", web}).status == 4);
}

BOOST_AUTO_TEST_CASE(a_name_is_given_once) {
  const instance here;
  const auto web = here.unique("web");
  here.run_probe(alice(), {"wait"}, {"--name", web});
  const auto second
      = here.hiisi(alice(), {"run", "--name", web, here.probe(), "wait"});
  BOOST_TEST(second.status == 1);
  BOOST_TEST(second.err.find("named " + web + " already") != std::string::npos,
             second.err);
  BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size() == 1);
  // Given back with its process, it is free.
  BOOST_TEST(here.hiisi(alice(), {"rm", web}).status == 0);
  here.run_probe(alice(), {"wait"}, {"--name", web});
}

BOOST_AUTO_TEST_CASE(default_names_are_the_programs_and_counted) {
  const instance here;
  const auto first = here.run_probe(alice(), {"wait"});
  const auto second = here.run_probe(alice(), {"wait"});
  const auto third = here.run_probe(alice(), {"wait"});
  const auto& name = here.probe_name();
  BOOST_TEST(here.status(alice(), first)["name"].str() == name);
  BOOST_TEST(here.status(alice(), second)["name"].str() == name + "-2");
  BOOST_TEST(here.status(alice(), third)["name"].str() == name + "-3");
}

BOOST_AUTO_TEST_CASE(ids_are_never_used_again) {
  instance here;
  const auto first = here.run_probe(alice(), {"wait"});
  const auto second = here.run_probe(alice(), {"wait"});
  BOOST_TEST(second > first);
  BOOST_TEST(here.hiisi(alice(), {"rm", "--all"}).status == 0);
  const auto third = here.run_probe(alice(), {"wait"});
  BOOST_TEST(third > second);
  BOOST_TEST(here.hiisi(alice(), {"rm", "--all"}).status == 0);
  here.kill_daemon();
  here.start();
  BOOST_TEST(here.run_probe(alice(), {"wait"}) > third);
}

BOOST_AUTO_TEST_CASE(all_means_each_of_ones_own) {
  const instance here;
  for (int i = 0; i < 3; ++i)
    here.run_probe(alice(), {"wait"});
  const auto states = [&] {
    std::string all;
    for (const auto& process :
         here.hiisi_json(alice(), {"status"})["processes"].items())
      all += process["state"].str() + " ";
    return all;
  };
  BOOST_TEST(here.hiisi(alice(), {"stop", "--all"}).status == 0);
  BOOST_TEST(states() == "stopped stopped stopped ");
  BOOST_TEST(here.hiisi(alice(), {"start", "--all"}).status == 0);
  BOOST_TEST(states() == "running running running ");
  BOOST_TEST(here.hiisi(alice(), {"restart", "--all"}).status == 0);
  BOOST_TEST(states() == "running running running ");
  BOOST_TEST(here.hiisi(alice(), {"rm", "--all"}).status == 0);
  BOOST_TEST(states() == "");
}

BOOST_AUTO_TEST_CASE(several_targets_are_worked_on_though_one_is_unknown) {
  const instance here;
  const auto first = here.run_probe(alice(), {"wait"});
  const auto second = here.run_probe(alice(), {"wait"});
  const auto got
      = here.hiisi(alice(), {"stop", text(first), "4711", text(second)});
  BOOST_TEST(got.status == 4);
  BOOST_TEST(here.state_of(alice(), first) == "stopped");
  BOOST_TEST(here.state_of(alice(), second) == "stopped");
}

BOOST_AUTO_TEST_CASE(words_after_the_command_belong_to_it) {
  const instance here;
  const auto id = here.run(
      alice(), {here.probe(), "report", "--restart", "--name", "x", "--json"});
  here.wait_for(alice(), id, "exited");
  BOOST_TEST(here.output(alice(), id)
                 .find("arg --restart\narg --name\n"
                       "arg x\narg --json\n")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(logs_follow_what_is_written_until_interrupted) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "ignore=USR1"});
  here.wait_for_output(alice(), id, "ready");
  const auto shown = here / "shown";
  const hiisi::os::fd file(
      ::open(shown.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const auto follower = start_program(
      here.call(alice(), {"logs", text(id), "-f"}), file.get(), file.get());
  const auto shows = [&](const std::string& what) {
    return wait_until(
        [&] { return text_of(shown).find(what) != std::string::npos; },
        patience);
  };
  BOOST_TEST(shows("ready"));
  send_signal(here.pid_of(alice(), id), SIGUSR1);
  BOOST_TEST(shows("signal USR1"));
  send_signal(follower, SIGINT);
  const auto status = wait_for_exit(follower);
  BOOST_TEST_REQUIRE(status.has_value());
  BOOST_TEST((*status == 0 || *status == 128 + SIGINT), *status);
}

BOOST_AUTO_TEST_CASE(finished_runs_beyond_the_limit_are_forgotten) {
  const instance here{{.config = "finished_kept: 2,"}};
  for (int i = 0; i < 4; ++i) {
    const auto id = here.run_probe(alice(), {"wait", "after=0"});
    here.wait_for(alice(), id, "exited");
  }
  const auto listed = [&] {
    return here.hiisi_json(alice(), {"status"})["processes"].size();
  };
  BOOST_TEST(wait_until([&] { return listed() == 2; }, patience));
}

BOOST_AUTO_TEST_SUITE_END()
