// run --timestamps and --pty: what a program writes goes through a logger.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace hiisi::test;

namespace {

/// "2026-11-25T03:12:05.123+01:00 "
constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.ddd?dd:dd ";

bool is_stamped(std::string_view line) {
  if (line.size() < shape.size())
    return false;
  return std::equal(shape.begin(), shape.end(), line.begin(),
                    [](char want, char got) {
                      return want == 'd'   ? std::isdigit(got) != 0
                             : want == '?' ? got == '+' || got == '-'
                                           : got == want;
                    });
}

struct log_lines {
  std::vector<std::string> stamped;
  size_t bare = 0;
};

/// The lines of a log without their stamps.
log_lines lines_of(const std::string& text) {
  log_lines found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (is_stamped(line))
      found.stamped.push_back(line.substr(shape.size()));
    else
      ++found.bare;
  return found;
}

std::string log_of(const account& who, uint32_t id, const std::string& name,
                   const char* stream = "out") {
  return text_of(who.home + "/.logs/" + std::to_string(id) + "-" + name + "."
                 + stream);
}

bool has(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

std::vector<std::string> shell(const std::string& name,
                               std::vector<std::string> options,
                               const std::string& script) {
  options.insert(options.end(), {"--name", name, "sh", "-c", script});
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(output)

BOOST_AUTO_TEST_CASE(each_line_of_both_streams_is_stamped) {
  const instance here;
  const auto name = here.unique("stamped");
  const auto id = here.run(
      alice(), shell(name, {"--timestamps"},
                     "echo one; echo two; echo bad >&2; exec sleep 1000"));
  BOOST_TEST(wait_until(
      [&] {
        return lines_of(log_of(alice(), id, name)).stamped.size() == 2
               && has(log_of(alice(), id, name, "err"), "bad\n");
      },
      patience));
  const auto out = lines_of(log_of(alice(), id, name));
  BOOST_TEST(out.stamped == (std::vector<std::string>{"one", "two"}),
             boost::test_tools::per_element());
  BOOST_TEST(out.bare == 0u);
  BOOST_TEST(is_stamped(log_of(alice(), id, name, "err")));
  BOOST_TEST(here.status(alice(), id)["timestamps"].is_true());
  BOOST_TEST(has(here.hiisi(alice(), {"status", name}).out, "with timestamps"));
  // Its first process is the program itself.
  BOOST_TEST(has(
      text_of("/proc/" + std::to_string(here.pid_of(alice(), id)) + "/comm"),
      "sleep"));
  BOOST_TEST(
      has(here.hiisi(alice(), {"logs", name, "--since", "1m", "--stdout"}).out,
          "two"));
}

BOOST_AUTO_TEST_CASE(a_part_of_a_line_is_there_at_once) {
  const instance here;
  const auto name = here.unique("part");
  const auto id = here.run(alice(), shell(name, {"--timestamps"},
                                          "printf password:; exec sleep 1000"));
  BOOST_TEST(wait_until(
      [&] { return has(log_of(alice(), id, name), " password:"); }, patience));
}

BOOST_AUTO_TEST_CASE(the_death_of_the_daemon_costs_no_line) {
  instance here;
  const auto name = here.unique("counter");
  const auto id = here.run(
      alice(),
      shell(name, {"--timestamps", "--restart"},
            "i=0; while :; do i=$((i+1)); echo $i; sleep 0.002; done"));
  const auto count
      = [&] { return lines_of(log_of(alice(), id, name)).stamped.size(); };
  for (int round = 0; round < 3; ++round) {
    const auto before = count();
    BOOST_TEST(wait_until([&] { return count() > before + 20; }, patience));
    here.kill_daemon();
    const auto without = count();
    BOOST_TEST(wait_until([&] { return count() > without + 20; }, patience));
    here.start();
  }
  here.wait_for(alice(), id, "running");
  BOOST_TEST(here.hiisi(alice(), {"stop", name}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
  const auto all = lines_of(log_of(alice(), id, name));
  BOOST_TEST(all.bare == 0u);
  for (size_t i = 0; i < all.stamped.size(); ++i)
    BOOST_TEST_REQUIRE(all.stamped[i] == std::to_string(i + 1));
  // It is started again as it was run, by the daemon that did not run it.
  BOOST_TEST(here.hiisi(alice(), {"start", name}).status == 0);
  BOOST_TEST(
      wait_until([&] { return count() > all.stamped.size() + 3; }, patience));
  BOOST_TEST(lines_of(log_of(alice(), id, name)).bare == 0u);
}

BOOST_AUTO_TEST_CASE(the_death_of_the_keeper_costs_no_line) {
  const instance here;
  const auto name = here.unique("orphan");
  const auto id = here.run(
      alice(),
      shell(name, {"--timestamps"},
            "i=0; while :; do i=$((i+1)); echo $i; sleep 0.002; done"));
  const auto count
      = [&] { return lines_of(log_of(alice(), id, name)).stamped.size(); };
  BOOST_TEST(wait_until([&] { return count() > 20; }, patience));
  const auto keeper = here.keeper();
  BOOST_TEST_REQUIRE(keeper != 0);
  send_signal(keeper, SIGKILL); // Its guardian starts another.
  const auto without = count();
  BOOST_TEST(wait_until([&] { return count() > without + 20; }, patience));
  BOOST_TEST(wait_until(
      [&] {
        return here.hiisi(alice(), {"stop", name}).status == 0;
      },
      patience));
  const auto all = lines_of(log_of(alice(), id, name));
  BOOST_TEST(all.bare == 0u);
  for (size_t i = 0; i < all.stamped.size(); ++i)
    BOOST_TEST_REQUIRE(all.stamped[i] == std::to_string(i + 1));
}

BOOST_AUTO_TEST_CASE(a_stamped_log_is_rotated_without_losing_a_line) {
  const instance here;
  const auto name = here.unique("turned");
  here.run(alice(),
           shell(name,
                 {"--timestamps", "--log-size", "16KiB", "--log-keep", "50"},
                 "i=0; while [ $i -lt 6000 ]; do i=$((i+1)); "
                 "echo line $i; done; exec sleep 1000"));
  const auto shown = [&] {
    return here.hiisi(alice(), {"logs", name, "-n", "100000", "--stdout"}).out;
  };
  // A look comes within 10 s of the start, or 60 s after one that found
  // nothing.
  BOOST_TEST(wait_until(
      [&] {
        for (const auto& entry :
             std::filesystem::directory_iterator(alice().home + "/.logs"))
          if (entry.path().string().find(name + ".out.") != std::string::npos)
            return true;
        return false;
      },
      std::chrono::seconds{90}));
  BOOST_TEST(wait_until(
      [&] { return lines_of(shown()).stamped.size() == 6000; }, patience));
  const auto all = lines_of(shown());
  BOOST_TEST(all.bare == 0u);
  for (size_t i = 0; i < all.stamped.size(); ++i)
    BOOST_TEST_REQUIRE(all.stamped[i] == "line " + std::to_string(i + 1));
}

BOOST_AUTO_TEST_CASE(the_last_lines_before_a_stop_are_there) {
  const instance here;
  const auto name = here.unique("last");
  const auto id = here.run(
      alice(), shell(name, {"--timestamps"},
                     "trap 'i=0; while [ $i -lt 500 ]; do i=$((i+1)); "
                     "echo end $i; done; exit 3' INT; echo ready; "
                     "while :; do sleep 0.05; done"));
  BOOST_TEST(wait_until([&] { return has(log_of(alice(), id, name), "ready"); },
                        patience));
  BOOST_TEST(here.hiisi(alice(), {"stop", name}).status == 0);
  BOOST_TEST(here.status(alice(), id)["last_exit"]["value"].number() == 3);
  BOOST_TEST(wait_until(
      [&] { return has(log_of(alice(), id, name), "end 500\n"); }, patience));
  BOOST_TEST(lines_of(log_of(alice(), id, name)).stamped.size() == 501u);
}

BOOST_AUTO_TEST_CASE(a_terminal_is_one_to_the_program) {
  const instance here;
  const auto name = here.unique("pty");
  const auto id = here.run(
      alice(),
      shell(name, {"--pty"},
            "[ -t 1 ] && [ -t 2 ] && echo is a terminal; stty size </dev/tty; "
            "read -r word || echo end of input; echo to stderr >&2; "
            "tty </dev/tty >/dev/null && echo controls it; "
            "exec sleep 1000"));
  BOOST_TEST(wait_until(
      [&] { return has(log_of(alice(), id, name), "controls it\n"); },
      patience));
  BOOST_TEST(log_of(alice(), id, name)
             == "is a terminal\n24 80\nend of input\nto stderr\ncontrols it\n");
  BOOST_TEST(log_of(alice(), id, name, "err") == "");
  BOOST_TEST(here.status(alice(), id)["terminal"].is_true());
  BOOST_TEST(here.hiisi(alice(), {"stop", name}).status == 0);
  const auto end = here.status(alice(), id)["last_exit"];
  BOOST_TEST(end["kind"].str() == "signaled");
  BOOST_TEST(end["value"].number() == 2);
}

BOOST_AUTO_TEST_CASE(lines_from_a_terminal_can_be_stamped) {
  const instance here;
  const auto name = here.unique("both");
  const auto id
      = here.run(alice(), shell(name, {"--pty", "--timestamps"},
                                "[ -t 1 ] && echo one; echo two >&2; exit 5"));
  here.wait_for(alice(), id, "exited");
  BOOST_TEST(here.status(alice(), id)["last_exit"]["value"].number() == 5);
  BOOST_TEST(wait_until(
      [&] { return lines_of(log_of(alice(), id, name)).stamped.size() == 2; },
      patience));
  BOOST_TEST(lines_of(log_of(alice(), id, name)).bare == 0u);
}

BOOST_AUTO_TEST_CASE(a_program_at_a_terminal_may_close_all_of_it) {
  const instance here;
  const auto name = here.unique("shut");
  const auto id = here.run(
      alice(),
      shell(name, {"--pty"},
            "echo one; exec >/dev/null 2>&1; while [ ! -e " + (here / "go")
                + " ]; do sleep 0.05; done; echo two >/dev/tty; "
                  "exec sleep 1000"));
  BOOST_TEST(wait_until([&] { return log_of(alice(), id, name) == "one\n"; },
                        patience));
  // Nobody has it open now. Were it hung up for that, the shell would end.
  const auto pid = here.pid_of(alice(), id);
  const auto output = [&] {
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid)
                                         + "/fd/1");
  };
  BOOST_TEST(wait_until([&] { return output() == "/dev/null"; }, patience));
  std::ofstream{here / "go"};
  BOOST_TEST(wait_until(
      [&] { return log_of(alice(), id, name) == "one\ntwo\n"; }, patience));
  BOOST_TEST(here.hiisi(alice(), {"stop", name}).status == 0);
  BOOST_TEST(!lives(pid));
}

BOOST_AUTO_TEST_CASE(what_is_no_program_says_so) {
  const instance here;
  const auto done
      = here.hiisi(alice(), {"run", "--timestamps", "./no-such-program"});
  BOOST_TEST(done.status == 1);
  BOOST_TEST(has(done.err, "no-such-program"), done.err);
}

BOOST_AUTO_TEST_SUITE_END()
