#include "actors/record_store.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_records.hpp"

#include <caf/scoped_actor.hpp>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using core::save_purpose;

namespace {

std::shared_ptr<core::process_record> record_of(uint32_t id, uint32_t run,
                                                uint32_t uid = 1000) {
  auto spec = std::make_shared<core::process_spec>();
  spec->id = id;
  spec->uid = uid;
  spec->argv = {"x"};
  auto record = std::make_shared<core::process_record>();
  record->spec = std::move(spec);
  record->run = run;
  return record;
}

core::live_record live_of(uint32_t id, uint32_t run) {
  core::live_record live;
  live.id = id;
  live.run = run;
  live.uid = 1000;
  return live;
}

struct fixture : test::actor_fixture {
  std::shared_ptr<test::fake_records> disk
      = std::make_shared<test::fake_records>();
  caf::actor store = keep(spawn_record_store(system(), disk, false));
  test::fake_actor asker = make_fake();

  void save(uint32_t id, uint32_t run,
            save_purpose purpose = save_purpose::note) {
    send(store, store_record{record_of(id, run), purpose, asker});
  }

  /// Writes and lets the sync after it pass.
  void settle() {
    advance(300ms);
    disk->take_calls();
    asker.forget();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(record_store, fixture)

BOOST_AUTO_TEST_CASE(a_record_is_saved_and_its_purpose_returned) {
  save(3, 7, save_purpose::open_gate);
  run();
  BOOST_TEST(disk->take_calls() == "save 3/7");
  const auto stored = asker.only<record_stored>();
  BOOST_TEST((stored.purpose == save_purpose::open_gate));
  BOOST_TEST(stored.run == 7u);
  BOOST_TEST(stored.outcome.ok());
}

BOOST_AUTO_TEST_CASE(what_comes_in_together_is_written_once_and_answered_each) {
  save(3, 7, save_purpose::end_of_run);
  save(3, 8, save_purpose::open_gate);
  save(3, 8, save_purpose::note);
  save(2, 1);
  run();
  BOOST_TEST(disk->take_calls() == "save 2/1, save 3/8");
  const auto stored = asker.all<record_stored>();
  BOOST_TEST_REQUIRE(stored.size() == 4u);
  BOOST_TEST((stored[1].purpose == save_purpose::end_of_run));
  BOOST_TEST(stored[1].run == 7u);
  BOOST_TEST((stored[2].purpose == save_purpose::open_gate));
  BOOST_TEST(stored[2].run == 8u);
}

BOOST_AUTO_TEST_CASE(an_error_reaches_everybody_who_waits) {
  disk->failure
      = protocol::make_error(protocol::errc::storage_failed, "disk full");
  save(3, 1);
  save(3, 2);
  run();
  for (const auto& stored : asker.all<record_stored>()) {
    BOOST_TEST_REQUIRE(!stored.outcome.ok());
    BOOST_TEST(stored.outcome.failure().message == "disk full");
  }
  BOOST_TEST(asker.count<record_stored>() == 2u);
}

BOOST_AUTO_TEST_CASE(a_live_record_that_fails_holds_nothing_up) {
  disk->failure
      = protocol::make_error(protocol::errc::storage_failed, "disk full");
  tell(store, store_live{live_of(3, 5), asker});
  BOOST_TEST(asker.only<live_stored>().run == 5u);
}

BOOST_AUTO_TEST_CASE(of_two_live_records_the_later_is_kept) {
  send(store, store_live{live_of(3, 5), asker});
  send(store, store_live{live_of(3, 6), asker});
  run();
  BOOST_TEST(disk->take_calls() == "live 3/6");
  BOOST_TEST(asker.last<live_stored>().run == 6u);
}

BOOST_AUTO_TEST_CASE(removing_comes_after_what_was_asked_before) {
  save(3, 1);
  send(store, remove_record{3, asker});
  run();
  BOOST_TEST(disk->take_calls() == "save 3/1, remove 3");
  BOOST_TEST(asker.only<record_removed>().outcome.ok());
  BOOST_TEST(disk->records.empty());
}

BOOST_AUTO_TEST_CASE(a_removal_that_fails_says_so) {
  disk->failure
      = protocol::make_error(protocol::errc::storage_failed, "read-only");
  tell(store, remove_record{3, asker});
  BOOST_TEST(asker.only<record_removed>().outcome.failure().message
             == "read-only");
}

BOOST_AUTO_TEST_CASE(one_sync_within_a_tenth_of_a_second_serves_many_writes) {
  for (uint32_t id = 1; id <= 50; ++id) {
    save(id, 1);
    run();
  }
  disk->take_calls();
  advance(99ms, 1ms);
  BOOST_TEST(disk->take_calls() == "");
  advance(1ms);
  BOOST_TEST(disk->take_calls() == "sync");
  advance(10s);
  BOOST_TEST(disk->take_calls() == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_armed_while_nothing_is_written) {
  BOOST_TEST(!has_timers());
  save(1, 1);
  run();
  BOOST_TEST(has_timers());
  advance(1s);
  BOOST_TEST(!has_timers());
  // Live records die with the boot anyway.
  tell(store, store_live{live_of(3, 5), asker});
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(what_is_written_during_a_wait_is_synced_with_it) {
  save(1, 1);
  run();
  advance(60ms);
  save(1, 2);
  run();
  disk->take_calls();
  advance(40ms);
  BOOST_TEST(disk->take_calls() == "sync");
  advance(1s);
  BOOST_TEST(disk->take_calls() == "");
  save(1, 3);
  run();
  advance(100ms);
  BOOST_TEST(disk->take_calls() == "save 1/3, sync");
}

BOOST_AUTO_TEST_CASE(a_flush_writes_and_syncs_before_it_answers) {
  save(1, 1);
  send(store, flush{});
  run();
  BOOST_TEST(disk->take_calls() == "save 1/1, sync");
  bool answered = false;
  self()->receive([&](const flush&) { answered = true; });
  BOOST_TEST(answered);
}

BOOST_AUTO_TEST_CASE(one_users_records_can_be_had_again) {
  save(1, 1);
  send(store, store_record{record_of(2, 1, 1001), save_purpose::note, asker});
  send(store, store_live{live_of(1, 1), asker});
  send(store, load_user_records{1000, asker});
  run();
  const auto found = asker.only<user_records>();
  BOOST_TEST(found.uid == 1000u);
  BOOST_TEST_REQUIRE(found.records.size() == 1u);
  BOOST_TEST(found.records[0].spec->id == 1u);
  BOOST_TEST(found.live.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
