#include "actors/core/port_reading.hpp"
#include "actors/port_watcher.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/people.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;

namespace {

os::listener socket(uint16_t port, uint32_t uid, uint64_t cgroup = 0,
                    uint32_t inode = 1) {
  os::listener l;
  l.port = port;
  l.uid = uid;
  l.cgroup_id = cgroup;
  l.inode = inode;
  return l;
}

struct fixture : test::actor_fixture {
  std::vector<os::listener> listeners;
  std::optional<protocol::error> blind;
  int readings = 0;
  test::fake_actor directory = make_fake();
  test::fake_actor host = make_fake();
  test::fake_actor asker = make_fake();
  /// What the host_supervisor knows.
  std::vector<located_process> processes;
  bool host_answers = true;
  bool directory_answers = true;
  caf::actor watcher;

  fixture() {
    directory.react([this](const caf::message& m) {
      if (!directory_answers || !m.match_elements<identify>())
        return;
      const auto& ask = m.get_as<identify>(0);
      identified out{ask.uid, "", {protocol::error{}}};
      if (ask.uid == 1000)
        out.who = test::alice;
      else
        out.who = protocol::make_error(errc::not_found, "nobody");
      send(ask.asker, std::move(out));
    });
    host.react([this](const caf::message& m) {
      if (!host_answers || !m.match_elements<locate_processes>())
        return;
      const auto& ask = m.get_as<locate_processes>(0);
      // One supervisor answers, and it may be faster than its host.
      send(ask.asker, processes_located{ask.round, processes});
      send(ask.asker, locating{ask.round, 1});
    });
    watcher = keep(spawn_port_watcher(
        system(), {[this]() -> protocol::result<std::vector<os::listener>> {
                     ++readings;
                     if (blind)
                       return *blind;
                     return listeners;
                   },
                   directory}));
    tell(watcher, meet_host{host});
  }

  core::port_reading look(std::vector<uint32_t> uids = {},
                          std::vector<uint32_t> ids = {}) {
    asker.forget();
    tell(watcher, watch_ports{5, std::move(uids), std::move(ids), asker});
    const auto got = asker.only<ports_watched>();
    BOOST_TEST(got.token == 5u);
    BOOST_TEST_REQUIRE(got.reading.ok());
    return **got.reading;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(port_watcher, fixture)

BOOST_AUTO_TEST_CASE(a_socket_is_told_with_its_user_and_process) {
  listeners = {socket(9000, 1000, 77), socket(8080, 1001)};
  processes = {{4, 1000, "web", 77}};
  const auto seen = look();
  BOOST_TEST_REQUIRE(seen.sightings.size() == 2u);
  BOOST_TEST(seen.on(9000).size() == 1u);
  const auto web = seen.on(9000).front();
  BOOST_TEST(web.process == 4u);
  BOOST_TEST(web.process_uid == 1000u);
  BOOST_TEST(web.process_name == "web");
  BOOST_TEST(seen.on(8080).front().process == 0u);
  BOOST_TEST(seen.name_of(1000) == "alice");
  BOOST_TEST(seen.name_of(1001) == "uid 1001");
  BOOST_TEST((seen.people.at(1001).is == core::port_person::standing::gone));
  // It asks for the cgroups that it has seen, and no more.
  const auto asked = host.only<locate_processes>();
  BOOST_TEST_REQUIRE(asked.traces.size() == 1u);
  BOOST_TEST(asked.traces[0].uid == 1000u);
  BOOST_TEST(asked.traces[0].cgroup_id == 77u);
}

BOOST_AUTO_TEST_CASE(those_who_ask_together_share_a_reading) {
  for (uint64_t i = 0; i < 50; ++i)
    send(watcher, watch_ports{i, {}, {}, asker});
  run();
  BOOST_TEST(readings <= 2);
  BOOST_TEST(asker.count<ports_watched>() == 50u);
}

BOOST_AUTO_TEST_CASE(whoever_asks_during_a_reading_gets_a_later_one) {
  host_answers = false;
  tell(watcher, watch_ports{1, {}, {}, asker});
  listeners = {socket(8080, 1000)};
  tell(watcher, watch_ports{2, {}, {}, asker});
  BOOST_TEST(asker.empty());
  host_answers = true;
  advance(3s);
  const auto got = asker.all<ports_watched>();
  BOOST_TEST_REQUIRE(got.size() == 2u);
  BOOST_TEST((*got[0].reading)->sightings.empty());
  BOOST_TEST((*got[1].reading)->sightings.size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_an_answer_it_goes_on_after_a_second) {
  listeners = {socket(8080, 1000, 77)};
  host_answers = directory_answers = false;
  tell(watcher, watch_ports{1, {}, {7}, asker});
  advance(900ms);
  BOOST_TEST(asker.empty());
  advance(200ms);
  const auto reading = *asker.only<ports_watched>().reading;
  BOOST_TEST(reading->sightings.size() == 1u);
  BOOST_TEST(!reading->processes_known);
  BOOST_TEST(reading->name_of(1000) == "uid 1000");
}

BOOST_AUTO_TEST_CASE(it_says_which_processes_are_defined) {
  processes = {{4, 1000, "web", 0}};
  const auto seen = look({1000}, {4, 5});
  BOOST_TEST(seen.processes_known);
  BOOST_TEST(seen.processes.size() == 1u);
  BOOST_TEST(seen.processes.at(4) == "web");
  BOOST_TEST(seen.name_of(1000) == "alice");
}

BOOST_AUTO_TEST_CASE(a_name_is_asked_for_once_a_minute) {
  listeners = {socket(8080, 1000)};
  look();
  look();
  BOOST_TEST(directory.count<identify>() == 1u);
  advance(61s, 1s);
  look();
  BOOST_TEST(directory.count<identify>() == 2u);
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_held_is_its_processs) {
  listeners = {socket(8080, 0, 1, 1234)};
  tell(watcher, ports_held{4, "web", 1000, {1234}});
  BOOST_TEST(look().on(8080).front().process == 4u);
  BOOST_TEST(look().on(8080).front().process_uid == 1000u);
  tell(watcher, ports_held{4, "web", 1000, {}});
  BOOST_TEST(look().on(8080).front().process == 0u);
}

BOOST_AUTO_TEST_CASE(clients_sockets_are_left_out) {
  auto client = socket(40000, 1000);
  client.udp = client.connected = true;
  listeners = {client};
  BOOST_TEST(look().sightings.empty());
}

BOOST_AUTO_TEST_CASE(a_kernel_that_does_not_tell_is_an_error_for_all) {
  blind = protocol::make_error(errc::unavailable, "no netlink here");
  send(watcher, watch_ports{1, {}, {}, asker});
  send(watcher, watch_ports{2, {}, {}, asker});
  run();
  for (const auto& got : asker.all<ports_watched>())
    BOOST_TEST((got.reading.failure() == *blind));
  BOOST_TEST(asker.count<ports_watched>() == 2u);
}

BOOST_AUTO_TEST_CASE(nothing_happens_while_nobody_asks) {
  look();
  advance(5s);
  BOOST_TEST(!has_timers());
  const auto before = readings;
  advance(3600s, 60s);
  BOOST_TEST(readings == before);
}

BOOST_AUTO_TEST_SUITE_END()
