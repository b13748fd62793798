#include "actors/core/child_slot.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

using namespace hiisi;
using core::child_news;
using keeper_wire::kind;
using keeper_wire::phase;
using keeper_wire::stage;

namespace {

struct fixture {
  core::child_slot slot;
  int marked = 0;

  static keeper_wire::message message(uint32_t run, phase how_far,
                                      int pid = 77) {
    keeper_wire::message m;
    m.what = kind::slot;
    m.id = 7;
    m.run = run;
    m.pid = pid;
    m.how_far = how_far;
    return m;
  }
  static keeper_wire::message marked_message(uint32_t run, phase how_far,
                                             uint64_t inode) {
    auto m = message(run, how_far);
    m.pidfs_inode = inode;
    return m;
  }
  core::child_slot::marker marker() {
    return [this](keeper_wire::message& m) {
      ++marked;
      m.pidfs_inode = 4711;
    };
  }
  std::optional<core::child_slot::told> note(keeper_wire::message m) {
    return slot.note(m, marker());
  }
  /// What is told of it; there must be something.
  core::child_slot::told news(keeper_wire::message m) {
    const auto told = note(m);
    BOOST_TEST_REQUIRE(told.has_value());
    return *told;
  }
  void spawn(uint32_t run) {
    BOOST_TEST(
        (news(message(run, phase::running)).what == child_news::spawned));
  }
  void run(uint32_t number) {
    spawn(number);
    BOOST_TEST(slot.release(number, 0));
    BOOST_TEST(slot.start());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(child_slot, fixture)

// -- news ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_child_is_marked_and_waits_at_its_gate) {
  const auto told = news(message(3, phase::running));
  BOOST_TEST((told.what == child_news::spawned));
  BOOST_TEST((told.slot.how_far == phase::gated));
  BOOST_TEST(told.slot.pidfs_inode == 4711u);
  BOOST_TEST(slot.holds(3));
  BOOST_TEST(!slot.holds(2));
}

BOOST_AUTO_TEST_CASE(an_end_keeps_the_mark_and_is_told_once) {
  run(3);
  const auto exited = news(message(3, phase::ended));
  BOOST_TEST((exited.what == child_news::exited));
  BOOST_TEST(exited.slot.pidfs_inode == 4711u);
  BOOST_TEST(!note(message(3, phase::ended)));
  const auto emptied = news(message(3, phase::empty));
  BOOST_TEST((emptied.what == child_news::emptied));
  BOOST_TEST(emptied.slot.pidfs_inode == 4711u);
  BOOST_TEST(!note(message(3, phase::empty)));
  BOOST_TEST(marked == 1);
}

BOOST_AUTO_TEST_CASE(an_end_with_nothing_left_is_one_piece_of_news) {
  run(3);
  BOOST_TEST((news(message(3, phase::empty)).what == child_news::exited));
  BOOST_TEST(!note(message(3, phase::empty)));
}

BOOST_AUTO_TEST_CASE(an_end_short_of_execve_is_a_start_that_failed) {
  spawn(3);
  BOOST_TEST(slot.release(3, 0));
  slot.give_up(stage::working_directory, ENOENT);
  BOOST_TEST(!note(message(3, phase::ended)));
  const auto told = news(message(3, phase::empty));
  BOOST_TEST((told.what == child_news::start_failed));
  BOOST_TEST((told.slot.at == stage::working_directory));
  BOOST_TEST(told.slot.error == ENOENT);
  BOOST_TEST(!slot.held_any());
}

BOOST_AUTO_TEST_CASE(a_child_that_says_nothing_was_killed_where_it_was) {
  spawn(3);
  const auto at_gate = news(message(3, phase::empty));
  BOOST_TEST((at_gate.slot.at == stage::gate));
  BOOST_TEST(at_gate.slot.error == EINTR);
  spawn(4);
  BOOST_TEST(slot.release(4, 0));
  BOOST_TEST((news(message(4, phase::empty)).slot.at == stage::execute));
}

BOOST_AUTO_TEST_CASE(what_one_start_said_is_not_said_of_the_next) {
  spawn(3);
  slot.give_up(stage::working_directory, ENOENT);
  news(message(3, phase::empty));
  spawn(4);
  BOOST_TEST((news(message(4, phase::empty)).slot.at == stage::gate));
}

// -- the start ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_gate_is_opened_once_and_for_its_run) {
  BOOST_TEST(!slot.release(3, 0));
  spawn(3);
  BOOST_TEST(!slot.release(2, 0));
  BOOST_TEST(slot.release(3, 0));
  BOOST_TEST(slot.starting());
  BOOST_TEST(!slot.release(3, 0));
}

BOOST_AUTO_TEST_CASE(a_start_is_late_in_the_round_after_its_own) {
  spawn(3);
  BOOST_TEST(!slot.late(0));
  BOOST_TEST(slot.release(3, 5));
  BOOST_TEST(!slot.late(5));
  BOOST_TEST(slot.late(6));
  const auto kill = slot.end_late();
  BOOST_TEST((kill.what == kind::kill));
  BOOST_TEST(kill.run == 3u);
  // It may say that it has started while it is being killed.
  BOOST_TEST(!slot.start());
  const auto told = news(message(3, phase::empty));
  BOOST_TEST((told.slot.at == stage::deadline));
  BOOST_TEST(told.slot.error == ETIMEDOUT);
}

// -- from one keeper to the next ----------------------------------------------

BOOST_AUTO_TEST_CASE(what_runs_is_taken_over) {
  run(3);
  BOOST_TEST(slot.lose());
  BOOST_TEST(!slot.held_any());
  BOOST_TEST(slot.to_be_taken());
  const auto request = slot.taking();
  BOOST_TEST((request.what == kind::take));
  BOOST_TEST((request.how_far == phase::running));
  BOOST_TEST(request.pidfs_inode == 4711u);
  slot.settle();
  BOOST_TEST(!slot.to_be_taken());
}

BOOST_AUTO_TEST_CASE(an_end_goes_to_the_next_keeper_with_its_tree) {
  run(3);
  news(message(3, phase::ended));
  BOOST_TEST(slot.lose());
  BOOST_TEST((slot.taking().how_far == phase::ended));
}

BOOST_AUTO_TEST_CASE(what_ends_with_its_keeper_is_not_taken_over) {
  spawn(3);
  BOOST_TEST(!slot.lose());
  BOOST_TEST(!slot.to_be_taken());
  slot.set(message(3, phase::empty));
  BOOST_TEST(!slot.lose());
  BOOST_TEST(!slot.to_be_taken());
}

BOOST_AUTO_TEST_CASE(a_keeper_that_knows_it_need_not_take_it) {
  slot.know(marked_message(3, phase::running, 99));
  BOOST_TEST(slot.to_be_taken());
  slot.set(message(3, phase::running));
  BOOST_TEST(!slot.to_be_taken());
}

BOOST_AUTO_TEST_CASE(the_live_record_is_no_news_to_who_knows_more) {
  run(3);
  BOOST_TEST(slot.lose());
  slot.know(marked_message(2, phase::running, 99));
  BOOST_TEST(slot.known().run == 3u);
}

BOOST_AUTO_TEST_CASE(what_was_listed_is_marked_by_the_live_record) {
  slot.know(marked_message(3, phase::running, 99));
  slot.set(message(3, phase::running));
  slot.mark(marker());
  BOOST_TEST(slot.held().pidfs_inode == 99u);
  BOOST_TEST(marked == 0);
}

BOOST_AUTO_TEST_CASE(what_no_record_tells_of_is_marked_by_its_number) {
  slot.know(marked_message(2, phase::running, 99));
  slot.set(message(3, phase::running));
  slot.mark(marker());
  BOOST_TEST(slot.held().pidfs_inode == 4711u);
  slot.mark(marker());
  BOOST_TEST(marked == 1);
}

BOOST_AUTO_TEST_CASE(a_keeper_lost_while_it_lists_leaves_the_record_s_mark) {
  slot.know(marked_message(3, phase::running, 99));
  slot.set(message(3, phase::running));
  BOOST_TEST(slot.lose());
  BOOST_TEST(slot.known().pidfs_inode == 99u);
}

BOOST_AUTO_TEST_SUITE_END()
