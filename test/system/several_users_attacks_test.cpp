// Users who mean harm: forged names, signals to what is being started, set-uid
// programs, stops without an end. Attacks A1, A9, A18, A22 of
// test/attacks.tsv.
#include "actors/core/proc_stat.hpp"
#include "test/support/in_child.hpp"
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hiisi::test;
using hiisi::protocol::frame;
using std::chrono::milliseconds;

namespace {

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

std::string field(int pid, const std::string& name) {
  const auto all = text_of("/proc/" + std::to_string(pid) + "/status");
  const auto at = all.find("\n" + name + ":\t");
  if (at == std::string::npos)
    return "";
  const auto begin = at + name.size() + 3;
  return all.substr(begin, all.find('\n', begin) - begin);
}

std::string run_body(const instance& here, const std::string& words,
                     const std::string& keys = {}) {
  return R"({"Run":{"argv":[")" + here.probe() + R"(",)" + words
         + R"(],"cwd":"/","env":{"HIISI_TEST_INSTANCE":")" + here.place()
         + R"("})" + keys + "}}";
}

/// How long `work` takes.
template <class Work>
milliseconds time_of(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(
      std::chrono::steady_clock::now() - begin);
}

bool stands_still(int pid) {
  const auto text = text_of("/proc/" + std::to_string(pid) + "/stat");
  const auto seen = hiisi::core::read_proc_stat(text);
  return seen && seen->state == 'T';
}

} // namespace

BOOST_AUTO_TEST_SUITE(attacks)

BOOST_AUTO_TEST_CASE(who_says_to_be_another_stays_who_they_are) {
  const instance here;
  const auto ids = std::to_string(alice().uid);
  for (const auto& forged :
       {std::string("root"), bob().name, std::string("0"), std::string()}) {
    auto talk = here.connect(alice());
    const json answer(
        talk.ask(old_request(run_body(here, R"("wait")"), forged)));
    const auto id
        = static_cast<uint32_t>(answer["Ok"]["ProcessStarted"]["id"].number());
    const auto pid = here.pid_of(alice(), id);
    std::string four;
    for (int i = 0; i < 4; ++i)
      four += (i == 0 ? "" : "\t") + ids;
    BOOST_TEST(field(pid, "Uid") == four, forged);
    BOOST_TEST(field(pid, "CapEff") == "0000000000000000", forged);
    BOOST_TEST(here.status(bob(), id)["user"].str() == alice().name, forged);
  }
}

BOOST_AUTO_TEST_CASE(who_stops_what_is_being_started_stops_only_their_own) {
  const instance here;
  auto hers = here.connect(alice());
  auto his = here.connect(bob());
  const auto start = [&] {
    const json answer(his.ask(request(run_body(here, R"("wait")"))));
    BOOST_TEST(answer.has("Ok"), answer.text());
  };
  start();
  // She stops whatever is hers, as fast as she can, from the moment on that it
  // is hers, which is before it is the program.
  const auto attacker = ::fork();
  if (attacker == 0) {
    if (!become(alice()))
      ::_exit(1);
    for (;;)
      ::kill(-1, SIGSTOP);
  }
  std::string bytes;
  constexpr int many = 100;
  for (int i = 0; i < many; ++i)
    bytes += frame(
        request(run_body(here, R"("wait")", R"(,"stop_timeout_ms":100)")));
  BOOST_TEST(hers.send_raw(bytes));
  std::vector<milliseconds> waits;
  for (int i = 0; i < 50; ++i)
    waits.push_back(time_of(start));
  std::sort(waits.begin(), waits.end());
  BOOST_TEST_MESSAGE("another user's start: median " << waits[25].count()
                                                     << " ms, worst "
                                                     << waits.back().count());
  BOOST_TEST(waits[25].count() < 1000);
  BOOST_TEST(waits.back().count() < 10'000);
  ::kill(attacker, SIGKILL);
  ::waitpid(attacker, nullptr, 0);
  // What looks after her logs is not the instance's to end.
  BOOST_TEST(in_child([] {
               return become(alice()) && ::kill(-1, SIGCONT) == 0 ? 0 : 1;
             })
             == 0);
  BOOST_TEST(here.hiisi(bob(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_setuid_program_is_stopped_like_any_other) {
  const instance here;
  // It becomes root for good, whom its owner may not signal.
  const auto program = here / "setuid";
  std::filesystem::copy_file(hiisi::test::program("test_probe"), program);
  if (::chown(program.c_str(), 0, 0) != 0
      || ::chmod(program.c_str(), 04755) != 0)
    throw std::runtime_error("chmod " + program);
  const auto id = here.run(alice(), {"--name", here.probe_name(),
                                     "--stop-timeout", "1", program, "wait",
                                     "root", "ignore=INT", "ignore=TERM"});
  here.wait_for_output(alice(), id, "ready");
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST(field(pid, "Uid") == "0\t0\t0\t0");
  BOOST_TEST(here.status(bob(), id)["user"].str() == alice().name);
  BOOST_TEST(here.hiisi(bob(), {"stop", std::to_string(id)}).status == 4);
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  BOOST_TEST(!lives(pid));
}

BOOST_AUTO_TEST_CASE(a_hundred_stops_that_take_long_delay_nobody) {
  const instance here;
  auto hers = here.connect(alice());
  constexpr int many = 100;
  std::string bytes;
  for (int i = 0; i < many; ++i)
    bytes += frame(
        request(run_body(here, R"("wait","ignore=INT","ignore=TERM","stop")",
                         R"(,"stop_timeout_ms":60000)")));
  BOOST_TEST(hers.send_raw(bytes));
  std::vector<int64_t> ids;
  for (int i = 0; i < many; ++i)
    ids.push_back(json(hers.next().value_or("{}"))["Ok"]["ProcessStarted"]["id"]
                      .number());
  // Once they stand still they ignore what they are to ignore.
  std::vector<int> pids;
  for (const auto& one :
       here.hiisi_json(alice(), {"status"})["processes"].items())
    pids.push_back(static_cast<int>(one["pid"].number()));
  BOOST_TEST_REQUIRE(wait_until(
      [&pids] { return std::ranges::all_of(pids, stands_still); }, patience));
  bytes.clear();
  for (const auto id : ids)
    bytes += frame(request(R"({"Stop":{"id":)" + std::to_string(id) + "}}"));
  BOOST_TEST(hers.send_raw(bytes));
  here.wait_for(alice(), static_cast<uint32_t>(ids.back()), "stopping");
  auto his = here.connect(bob());
  std::vector<milliseconds> waits;
  for (int i = 0; i < 100; ++i)
    waits.push_back(time_of(
        [&] { std::ignore = his.ask(request(R"({"Status":{"all":true}})")); }));
  std::sort(waits.begin(), waits.end());
  BOOST_TEST_MESSAGE("another user's status: median " << waits[50].count()
                                                      << " ms, worst "
                                                      << waits.back().count());
  BOOST_TEST(waits[50].count() < 50);
  BOOST_TEST(here.hiisi(bob(), {"run", here.probe(), "wait"}).status == 0);
  BOOST_TEST(here.state_of(alice(), static_cast<uint32_t>(ids.front()))
             == "stopping");
  for (const auto pid : pids)
    send_signal(pid, SIGKILL);
  for (int i = 0; i < many; ++i)
    BOOST_TEST(contains(hers.next().value_or(""), "ProcessStopped"));
}

BOOST_AUTO_TEST_SUITE_END()
