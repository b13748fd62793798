// Ports of processes: what the registry does for whoever starts them.
#include "test/support/registry_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using test::alice;
using test::bob;

namespace {

struct fixture : test::registry_fixture {
  test::fake_actor supervisor = make_fake();

  ports_claimed claim(uint32_t id, std::vector<protocol::port_wish> wishes,
                      identity_ptr owner = alice) {
    supervisor.forget();
    tell(registry, claim_ports{id, "web", std::move(owner), std::move(wishes),
                               supervisor});
    return supervisor.only<ports_claimed>();
  }
  uint16_t claim_one(uint32_t id, protocol::port_wish wish) {
    auto got = claim(id, {std::move(wish)});
    BOOST_TEST_REQUIRE(got.ports.ok());
    BOOST_TEST_REQUIRE(got.ports->size() == 1u);
    return got.ports->front().port;
  }
  protocol::process_removed release(uint32_t id, std::vector<uint16_t> ports,
                                    std::vector<uint16_t> free) {
    const auto number = ++sequence;
    tell(registry,
         release_ports{
             id, 1000, std::move(ports), std::move(free), {session, number}});
    return answer_as<protocol::process_removed>(number);
  }
  ports_looked_at look(uint32_t id, protocol::process_port port) {
    supervisor.forget();
    tell(registry, look_at_ports{id, 3, 1000, {std::move(port)}, supervisor});
    return supervisor.only<ports_looked_at>();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_claims, fixture)

BOOST_AUTO_TEST_CASE(any_port_is_a_new_one_and_on_disk_before_it_is_given) {
  begin();
  const auto got = claim(7, {{}});
  BOOST_TEST_REQUIRE(got.ports.ok());
  const auto given = got.ports->front();
  BOOST_TEST(!given.named);
  BOOST_TEST(got.fresh == std::vector<uint16_t>{given.port},
             boost::test_tools::per_element());
  const auto table = on_disk();
  const auto* stored = table.find(given.port);
  BOOST_TEST_REQUIRE(stored);
  BOOST_TEST(stored->process == 7u);
  BOOST_TEST(stored->uid == 1000u);
}

BOOST_AUTO_TEST_CASE(a_label_gives_the_same_port_again) {
  begin();
  const auto first = claim_one(7, {std::nullopt, "web", false});
  release(7, {first}, {});
  const auto again = claim(8, {{std::nullopt, "web", false}});
  BOOST_TEST(again.ports->front().port == first);
  BOOST_TEST(again.ports->front().named);
  BOOST_TEST(again.fresh.empty());
  ask(protocol::port_allocate_request{std::nullopt, 1, false, "web"});
  BOOST_TEST(answer_as<protocol::port_allocated>().port == first);
}

BOOST_AUTO_TEST_CASE(ones_own_port_is_taken_by_number) {
  begin();
  allocate(8080);
  const auto got = claim(7, {{8080, "", false}});
  BOOST_TEST(got.ports->front().port == 8080);
  BOOST_TEST(got.fresh.empty());
  BOOST_TEST(on_disk().find(8080)->process == 7u);
}

BOOST_AUTO_TEST_CASE(all_wishes_are_granted_or_none) {
  begin();
  allocate(9000, bob);
  const auto got = claim(7, {{8080, "", false}, {9000, "", false}});
  BOOST_TEST_REQUIRE(!got.ports.ok());
  BOOST_TEST((got.ports.failure().code == errc::conflict));
  BOOST_TEST(got.ports.failure().message.find("allocated to bob")
             != std::string::npos);
  BOOST_TEST(!on_disk().find(8080));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_saved_was_not_claimed) {
  begin();
  unwritable = protocol::make_error(errc::storage_failed, "disk full");
  const auto got = claim(7, {{8080, "", false}});
  BOOST_TEST_REQUIRE(!got.ports.ok());
  BOOST_TEST((got.ports.failure() == *unwritable));
  BOOST_TEST(got.fresh.empty());
  unwritable.reset();
  BOOST_TEST(allocate(8080, bob) == 8080);
}

BOOST_AUTO_TEST_CASE(what_a_process_gives_back_is_free_and_the_rest_is_kept) {
  begin();
  const auto any = claim_one(7, {});
  allocate(8080);
  claim(7, {{8080, "", false}});
  const auto done = release(7, {any, 8080}, {any});
  BOOST_TEST(done.freed_ports == std::vector<uint16_t>{any},
             boost::test_tools::per_element());
  BOOST_TEST(done.kept_ports == std::vector<uint16_t>{8080},
             boost::test_tools::per_element());
  BOOST_TEST(!on_disk().find(any));
  BOOST_TEST(on_disk().find(8080)->process == 0u);
}

BOOST_AUTO_TEST_CASE(others_ports_are_not_given_back) {
  begin();
  allocate(9000, bob);
  BOOST_TEST(release(7, {9000}, {9000}).freed_ports.empty());
  BOOST_TEST(on_disk().find(9000));
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone_loses_its_port_to_its_owner) {
  begin();
  claim(7, {{8080, "", false}});
  const auto has_it = [&] {
    advance(300s, 10s);
    return on_disk().find(8080)->process == 7;
  };
  seen.processes[7] = "web";
  BOOST_TEST(has_it());
  // Unless it is not known which processes there are.
  seen.processes.clear();
  seen.processes_known = false;
  BOOST_TEST(has_it());
  seen.processes_known = true;
  // One that is about to be defined is not there yet.
  look_up();
  BOOST_TEST(on_disk().find(8080)->process == 7u);
  BOOST_TEST(!has_it());
}

BOOST_AUTO_TEST_CASE(whoever_is_in_the_way_of_a_start_is_named) {
  begin();
  known(1001, "bob");
  const protocol::process_port wanted{8080, "", false, true};
  BOOST_TEST(look(7, wanted).outcome.ok());
  listen(8080, 1000, false, 7); // Its own.
  listen(8080, 1001, true);     // Another protocol.
  BOOST_TEST(look(7, wanted).outcome.ok());
  listen(8080, 1001, false, 4);
  const auto refused = look(7, wanted).outcome;
  BOOST_TEST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == errc::conflict));
  BOOST_TEST(refused.failure().message
             == "port 8080 is in use: process 4 (p4) of bob listens on it");
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_known_nobody_is_in_the_way) {
  begin();
  listen(8080, 1001);
  blind = protocol::make_error(errc::unavailable, "no netlink");
  BOOST_TEST(look(7, {8080, "", false, true}).outcome.ok());
}

BOOST_AUTO_TEST_SUITE_END()
