// Users who are gone, to whom a uid was given again, and who are called
// otherwise now.
#include "test/support/system_instance.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

#include <unistd.h>

using namespace hiisi::test;

namespace {

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

account account_of(const throwaway_user& user) {
  return {user.name(), user.home(), user.uid(), user.gid(), {user.gid()}};
}

std::string text(uint32_t id) {
  return std::to_string(id);
}

/// What hiidet knows of a user it believes for a few seconds.
template <class Condition>
bool in_time(Condition condition) {
  return wait_until(condition, patience);
}

} // namespace

BOOST_AUTO_TEST_SUITE(departed)

BOOST_AUTO_TEST_CASE(a_deleted_users_processes_run_on_and_are_not_restarted) {
  const instance here;
  throwaway_user leaving;
  const auto who = account_of(leaving);
  const auto id = here.run_probe(who, {"wait"}, {"--restart"});
  const auto pid = here.pid_of(who, id);
  leaving.leave();
  BOOST_TEST(lives(pid));
  BOOST_TEST(here.state_of(self(), id) == "running");
  // Each time that it is up again it is killed.
  BOOST_TEST(in_time([&] {
    const auto now = here.status(self(), id);
    if (now["state"].str() == "running")
      send_signal(static_cast<int>(now["pid"].number()), SIGKILL);
    return contains(now.text(), who.name + ") does not exist any more");
  }));
  BOOST_TEST(here.state_of(self(), id) != "running");
  BOOST_TEST(here.hiisi(self(), {"start", text(id)}).status == 1);
  BOOST_TEST(here.hiisi(self(), {"rm", text(id)}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_deleted_users_process_is_stopped_by_root) {
  const instance here;
  throwaway_user leaving;
  const auto who = account_of(leaving);
  const auto id = here.run_probe(who, {"wait"}, {"--restart"});
  const auto pid = here.pid_of(who, id);
  leaving.leave();
  BOOST_TEST(here.hiisi(self(), {"stop", text(id)}).status == 0);
  BOOST_TEST(!lives(pid));
}

BOOST_AUTO_TEST_CASE(who_gets_the_uid_inherits_neither_processes_nor_ports) {
  const instance here;
  // None that the next user would be given by chance.
  throwaway_user leaving({}, {.uid = 65'000 + uint32_t(::getpid()) % 500});
  const auto before = account_of(leaving);
  const auto id = here.run(before, {"--restart", "--name", "vault",
                                    here.probe(), "wait", "secret-of-before"});
  BOOST_TEST(here.hiisi(before, {"port", "allocate", "18170"}).status == 0);
  leaving.leave();
  const throwaway_user coming({}, {.uid = before.uid});
  const auto now = account_of(coming);
  BOOST_TEST_REQUIRE(now.uid == before.uid);
  const auto is_known = [&] {
    return contains(
               here.hiisi(now, {"run", here.probe(), "wait", "after=0"}).out,
               "started")
           && here.hiisi_json(now, {"status"})["processes"]
                      .items()[0]["user"]
                      .str()
                  == now.name;
  };
  BOOST_TEST(in_time(is_known));
  for (const auto& row : here.hiisi_json(now, {"status"})["processes"].items())
    BOOST_TEST(row["id"].number() != id);
  for (const auto* verb : {"stop", "restart", "rm", "logs"}) {
    const auto got = here.hiisi(now, {verb, text(id)});
    BOOST_TEST(got.status == 4, verb << got.out);
    BOOST_TEST(contains(got.err, before.name), got.err);
  }
  const auto seen = here.hiisi(now, {"status", text(id)});
  BOOST_TEST(!contains(seen.out, "secret-of-before"), seen.out);
  BOOST_TEST(here.hiisi(now, {"port", "free", "18170"}).status == 4);
  // It runs on, and is nobody's to start again.
  BOOST_TEST(here.state_of(self(), id) == "running");
  send_signal(here.pid_of(self(), id), SIGKILL);
  BOOST_TEST(in_time([&] {
    return contains(here.status(self(), id).text(), "does not exist any more");
  }));
  BOOST_TEST(here.hiisi(now, {"start", text(id)}).status == 4);
  BOOST_TEST(here.hiisi(self(), {"rm", text(id)}).status == 0);
}

BOOST_AUTO_TEST_CASE(who_is_renamed_keeps_both) {
  const instance here;
  throwaway_user user;
  const auto before = account_of(user);
  const auto id = here.run_probe(before, {"wait"}, {"--restart"});
  BOOST_TEST(here.hiisi(before, {"port", "allocate", "18171"}).status == 0);
  user.rename("new");
  const auto now = account_of(user);
  const auto is_known = [&] {
    return contains(here.hiisi(now, {"port", "lookup"}).out, now.name);
  };
  BOOST_TEST(in_time(is_known));
  BOOST_TEST(here.hiisi(now, {"restart", text(id)}).status == 0);
  const auto pid = here.pid_of(now, id);
  send_signal(pid, SIGKILL);
  BOOST_TEST(in_time([&] {
    return here.state_of(now, id) == "running" && here.pid_of(now, id) != pid;
  }));
  BOOST_TEST(here.hiisi(now, {"port", "free", "18171"}).status == 0);
  BOOST_TEST(here.hiisi(now, {"rm", text(id)}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
