#include "test/support/registry_fixture.hpp"

#include <set>

using namespace hiisi;
using namespace hiisi::actors;
using protocol::errc;
using test::alice;
using test::bob;
using test::then;

namespace {

using fixture = test::registry_fixture;
constexpr auto first_hiisi = test::first_hiisi_registry;

} // namespace

BOOST_FIXTURE_TEST_SUITE(port_registry, fixture)

BOOST_AUTO_TEST_CASE(a_port_is_on_disk_before_it_is_given) {
  begin();
  BOOST_TEST(allocate(8080) == 8080);
  BOOST_TEST(answers_at_save == std::vector<size_t>{0},
             boost::test_tools::per_element());
  BOOST_TEST(
      (*on_disk().find(8080)
       == core::port_allocation{8080, 1000, "alice", then, "/home/alice"}));
}

BOOST_AUTO_TEST_CASE(a_port_is_off_the_disk_before_it_is_freed) {
  begin();
  allocate(8080);
  ask(protocol::port_free_request{8080});
  answer_as<protocol::port_freed>();
  BOOST_TEST(answers_at_save.back() == 1u);
  BOOST_TEST(on_disk().size() == 0u);
}

// Else a daemon that is killed in between would give it to somebody else.
BOOST_AUTO_TEST_CASE(a_freed_port_is_in_quarantine_before_it_is_freed) {
  begin();
  allocate(8080);
  const auto before = session.count<answer>();
  ask(protocol::port_free_request{8080});
  BOOST_TEST(session.count<answer>() == before + 1);
  BOOST_TEST_REQUIRE(!answers_at_history_save.empty());
  BOOST_TEST(answers_at_history_save.back() == before);
}

BOOST_AUTO_TEST_CASE(a_hundred_that_come_together_share_a_write) {
  begin();
  std::set<uint16_t> ports;
  for (int i = 0; i < 100; ++i)
    submit(protocol::port_allocate_request{});
  run();
  for (uint64_t i = 1; i <= 100; ++i)
    ports.insert(answer_as<protocol::port_allocated>(i).port);
  BOOST_TEST(ports.size() == 100u);
  BOOST_TEST(saves <= 2);
  BOOST_TEST(on_disk().size() == 100u);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_saved_did_not_happen) {
  begin();
  allocate(8080);
  unwritable = protocol::make_error(errc::storage_failed, "disk full");
  const auto allocated = submit(protocol::port_allocate_request{9090});
  const auto freed = submit(protocol::port_free_request{8080});
  run();
  BOOST_TEST(answer_as<protocol::error>(allocated).message == "disk full");
  BOOST_TEST(answer_as<protocol::error>(freed).message == "disk full");
  unwritable.reset();
  const auto list = look_up();
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST(list[0].port == 8080);
  BOOST_TEST(allocate(9090) == 9090);
  BOOST_TEST(on_disk().size() == 2u);
}

BOOST_AUTO_TEST_CASE(refusals_need_no_disk_and_change_nothing) {
  begin();
  allocate(8080);
  const auto before = saves;
  for (uint16_t port : {uint16_t{0}, uint16_t{80}, uint16_t{1023}})
    BOOST_TEST((refusal(protocol::port_allocate_request{port}).code
                == errc::invalid_argument));
  BOOST_TEST((refusal(protocol::port_allocate_request{8080}, bob).code
              == errc::conflict));
  BOOST_TEST(
      (refusal(protocol::port_free_request{9090}).code == errc::not_found));
  BOOST_TEST((refusal(protocol::port_free_request{8080}, bob).code
              == errc::not_permitted));
  BOOST_TEST(saves == before);
}

BOOST_AUTO_TEST_CASE(two_who_want_one_port_in_one_batch) {
  begin();
  const auto first = submit(protocol::port_allocate_request{8080});
  const auto second = submit(protocol::port_allocate_request{8080}, bob);
  run();
  answer_as<protocol::port_allocated>(first);
  BOOST_TEST((answer_as<protocol::error>(second).code == errc::conflict));
}

BOOST_AUTO_TEST_CASE(administrators_may_free_what_is_not_theirs) {
  begin();
  allocate(8080);
  ask(protocol::port_free_request{8080}, test::admin);
  answer_as<protocol::port_freed>();
}

BOOST_AUTO_TEST_CASE(a_random_port_is_none_that_is_taken_used_or_unlucky) {
  avoid({protocol::min_port, 4000});
  avoid({4005, protocol::max_port});
  listen(4002, 1003);
  begin();
  allocate(4003, bob);
  std::set<uint16_t> ports;
  ports.insert(allocate(std::nullopt));
  ports.insert(allocate(std::nullopt));
  BOOST_TEST((ports == std::set<uint16_t>{4001, 4004}));
  BOOST_TEST((refusal(protocol::port_allocate_request{}).code
              == errc::limit_exceeded));
  // By number any port may be had.
  BOOST_TEST(allocate(5000) == 5000);
}

BOOST_AUTO_TEST_CASE(a_lookup_tells_who_since_when_and_whether_in_use) {
  begin();
  allocate(8080);
  allocate(9090, bob);
  listen(9090, 1001);
  const auto list = look_up();
  BOOST_TEST_REQUIRE(list.size() == 2u);
  protocol::port_entry idle{8080, "alice", false, then};
  idle.idle_since = then;
  BOOST_TEST((list[0] == idle));
  BOOST_TEST((list[1]
              == protocol::port_entry{9090, "bob", true, then,
                                      protocol::port_use::listening}));
  BOOST_TEST(look_up("bob").size() == 1u);
  // Who has none gets an empty list; who is nobody is told so.
  BOOST_TEST(
      (ask(protocol::port_free_request{8080}), look_up("alice").empty()));
  BOOST_TEST((refusal(protocol::port_lookup_request{"carol"}).code
              == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_lookup_shows_what_is_on_disk) {
  begin();
  // While this is being worked on, the others gather.
  submit(protocol::port_free_request{9090});
  const auto allocated = submit(protocol::port_allocate_request{8080});
  const auto looked = submit(protocol::port_lookup_request{});
  run();
  // The lookup came before the write, and was answered so.
  BOOST_TEST(answer_as<protocol::port_list>(looked).entries.empty());
  answer_as<protocol::port_allocated>(allocated);
}

BOOST_AUTO_TEST_CASE(the_next_daemon_knows_the_ports) {
  begin();
  allocate(8080);
  begin();
  const auto list = look_up();
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST(list[0].port == 8080);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused_and_left_alone) {
  file = "(\n  allocations: {\n    8080: (user: \"ali";
  const auto torn = *file;
  begin();
  BOOST_TEST(warnings.size() == 1u);
  for (const protocol::command& what : std::initializer_list<protocol::command>{
           protocol::port_allocate_request{},
           protocol::port_allocate_request{9090},
           protocol::port_free_request{8080},
           protocol::port_lookup_request{}}) {
    const auto refused = refusal(what);
    BOOST_TEST((refused.code == errc::registry_damaged));
    BOOST_TEST(refused.message.find("ports.ron:3:") != std::string::npos,
               refused.message);
    BOOST_TEST(refused.hint.find("reload") != std::string::npos);
  }
  BOOST_TEST(*file == torn);
  BOOST_TEST(saves == 0);
}

BOOST_AUTO_TEST_CASE(a_mended_file_is_read_again) {
  file = "(";
  begin();
  refusal(protocol::port_lookup_request{});
  file = first_hiisi;
  tell(registry, reload_registry{});
  BOOST_TEST(look_up().size() == 1u);
  BOOST_TEST(allocate(9090) == 9090);
}

BOOST_AUTO_TEST_CASE(a_mistake_made_by_hand_leaves_the_state_before_it) {
  begin();
  allocate(8080);
  file = "(allocations: {\n  8080: (user: 5)})";
  const auto mistaken = *file;
  tell(registry, reload_registry{});
  BOOST_TEST(warnings.size() == 1u);
  // What changes nothing is answered as before.
  BOOST_TEST(look_up().size() == 1u);
  tell(registry, claim_ports{7, "web", alice, {}, session});
  BOOST_TEST(session.only<ports_claimed>().ports.ok());
  for (const protocol::command& what : std::initializer_list<protocol::command>{
           protocol::port_allocate_request{9090},
           protocol::port_free_request{8080},
           protocol::port_keep_request{8080}}) {
    const auto refused = refusal(what);
    BOOST_TEST((refused.code == errc::registry_damaged));
    BOOST_TEST(refused.message.find("ports.ron:2:") != std::string::npos,
               refused.message);
  }
  BOOST_TEST(look_up().size() == 1u);
  BOOST_TEST(*file == mistaken);
  file = first_hiisi;
  tell(registry, reload_registry{});
  BOOST_TEST(allocate(9090) == 9090);
  BOOST_TEST(look_up().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_counts_as_damaged) {
  unreadable = protocol::make_error(errc::storage_failed, "I/O error");
  begin();
  BOOST_TEST((refusal(protocol::port_lookup_request{}).code
              == errc::registry_damaged));
  BOOST_TEST(saves == 0);
}

BOOST_AUTO_TEST_CASE(a_reload_first_writes_what_was_decided) {
  begin();
  const auto allocated = submit(protocol::port_allocate_request{8080});
  send(registry, reload_registry{});
  run();
  answer_as<protocol::port_allocated>(allocated);
  BOOST_TEST(look_up().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_reload_takes_what_was_written_by_hand) {
  begin();
  allocate(9090);
  file = first_hiisi;
  tell(registry, reload_registry{});
  const auto list = look_up();
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST(list[0].port == 8080);
}

BOOST_AUTO_TEST_CASE(the_first_hiisis_ports_are_taken_over) {
  old_file = first_hiisi;
  begin();
  BOOST_TEST((*on_disk().find(8080)
              == core::port_allocation{8080, 1000, "alice", then}));
  BOOST_TEST((refusal(protocol::port_allocate_request{8080}, bob).code
              == errc::conflict));
  ask(protocol::port_free_request{8080});
  answer_as<protocol::port_freed>();
  // Only where there is no registry of ours yet.
  begin();
  BOOST_TEST(look_up().empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_file_of_the_first_hiisis_is_not_passed_over) {
  old_file = "(allocations: {80";
  begin();
  const auto refused = refusal(protocol::port_allocate_request{});
  BOOST_TEST((refused.code == errc::registry_damaged));
  BOOST_TEST(refused.message.find("old.ron:1:") != std::string::npos);
  BOOST_TEST(!file);
}

BOOST_AUTO_TEST_CASE(an_import_that_cannot_be_saved_gives_nothing_away) {
  old_file = first_hiisi;
  unwritable = protocol::make_error(errc::storage_failed, "read-only");
  begin();
  BOOST_TEST((refusal(protocol::port_allocate_request{}).code
              == errc::registry_damaged));
  unwritable.reset();
  tell(registry, reload_registry{});
  BOOST_TEST(look_up().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
