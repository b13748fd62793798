// A child of the keeper that cannot become its user, or is told that it has and
// has not, executes nothing. Attack A7 of test/attacks.tsv.
#include "test/support/keeper_fixture.hpp"

#include <set>
#include <string>
#include <tuple>

#include <sys/syscall.h>

using namespace hiisi;
using test::keeper_fixture;
using wire_phase = keeper_wire::phase;
using keeper_wire::stage;

namespace {

/// Where the start of a program that would leave a file ends, and that it
/// leaves none.
test::wire::gate_report end_of_start(test::answered_call what) {
  keeper_fixture keeper({.answered = what});
  auto talk = keeper.connect();
  talk.greet();
  const auto proof = keeper.home("executed");
  talk.spawned(1, keeper.shell("id > " + proof));
  talk.release(1);
  const auto said = talk.last_word(1);
  BOOST_TEST(talk.expect_phase(wire_phase::empty).id == 1U);
  BOOST_TEST(!std::filesystem::exists(proof));
  return said;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_drop,
                      *boost::unit_test::precondition(test::as_root))

BOOST_AUTO_TEST_CASE(what_fails_on_the_way_ends_the_child) {
  using failure = std::tuple<int, stage>;
  for (const auto& [call, at] :
       {failure{SYS_setgroups, stage::groups},
        failure{SYS_setresgid, stage::gid}, failure{SYS_setresuid, stage::uid},
        failure{SYS_capset, stage::irrevocable},
        failure{SYS_getresuid, stage::irrevocable},
        failure{SYS_getresgid, stage::irrevocable},
        failure{SYS_setsid, stage::session},
        failure{SYS_setpriority, stage::limits},
        failure{SYS_close_range, stage::descriptors}}) {
    const auto said = end_of_start({call, EAGAIN});
    BOOST_TEST(static_cast<int>(said.at) == static_cast<int>(at),
               "system call " << call);
    BOOST_TEST(said.error == EAGAIN, "system call " << call);
  }
}

BOOST_AUTO_TEST_CASE(what_only_seems_to_be_given_up_is_seen_through) {
  for (const auto call : {SYS_setresuid, SYS_setresgid, SYS_setuid, SYS_setgid})
    BOOST_TEST(static_cast<int>(end_of_start({call, 0}).at)
                   == static_cast<int>(stage::irrevocable),
               "system call " << call);
}

BOOST_AUTO_TEST_CASE(a_user_with_too_many_processes_has_no_more) {
  // Since Linux 3.1 setresuid succeeds beyond the limit, and execve fails.
  keeper_fixture keeper({.processes = 4});
  auto talk = keeper.connect();
  talk.greet();
  // It is looked at as the child becomes the user. Of which number the first
  // refusal is depends on what else that user has.
  auto refused = false;
  for (uint32_t id = 1; id <= 8 && !refused; ++id) {
    talk.spawned(id, keeper.spec({"sleep", "60"}));
    talk.release(id);
    const auto said = talk.last_word(id);
    BOOST_TEST(static_cast<int>(said.at) == static_cast<int>(stage::execute));
    refused = said.error != 0;
    if (!refused)
      continue;
    BOOST_TEST(said.error == EAGAIN);
    BOOST_TEST(talk.expect_phase(keeper_wire::phase::empty).id == id);
    talk.ask(keeper_wire::kind::acknowledge, id);
  }
  BOOST_TEST(refused);
  // Root is not held to it.
  auto roots = keeper.spec({"sleep", "60"}, 0, 0);
  roots.output_log = keeper.home("roots.out");
  roots.error_log = keeper.home("roots.err");
  BOOST_TEST(talk.start(9, roots).pid > 0);
}

BOOST_AUTO_TEST_SUITE_END()
