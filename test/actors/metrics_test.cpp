#include "actors/core/port_text.hpp"
#include "actors/host_supervisor.hpp"
#include "actors/metrics.hpp"
#include "actors/os/clock.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::process_usage;
using test::alice;
using test::bob;

namespace {

core::process_record record_of(uint32_t id, identity_ptr owner) {
  auto spec = std::make_shared<core::process_spec>();
  spec->id = id;
  spec->name = "web" + std::to_string(id);
  spec->uid = owner->uid;
  spec->user = owner->name;
  spec->argv = {"./web"};
  spec->cwd = "/";
  core::process_record record;
  record.spec = std::move(spec);
  record.state = protocol::process_state::exited;
  return record;
}

struct fixture : test::actor_fixture {
  test::fake_actor directory = make_fake();
  test::fake_actor session = make_fake();
  test::fake_keeper keeper{*this};
  test::fake_store store{*this};
  core::tallies_ptr tallies = std::make_shared<core::tallies>();
  caf::actor host
      = keep(spawn_host_supervisor(system(), {keeper, store, directory}, {}));
  /// What a lookup of ports shows; nothing where it is refused.
  std::optional<std::vector<protocol::port_entry>> shown{std::in_place};
  caf::actor ports = keep(system().spawn(registry, this));
  std::vector<core::metrics_reading> readings;
  std::vector<os::usage_target> looked_at;
  os::usage_detail detail{};
  process_usage usage;
  caf::actor metrics;
  std::vector<page_ptr> pages;

  fixture() { metrics = keep(spawn_metrics(system(), setup(), false)); }

  /// Has one port of alice's.
  static caf::behavior registry(caf::event_based_actor* self, fixture* here) {
    auto table = core::read_ports(
        "(allocations: {8080: (user: \"alice\", uid: 1000, allocated_at: "
        "(secs_since_epoch: 1, nanos_since_epoch: 0))})",
        "ports.ron", [](const std::string&) -> uint32_t { return 1000; });
    BOOST_TEST_REQUIRE(table.ok());
    return {
        [shown = std::make_shared<core::port_table>(*std::move(table))](
            show_ports) { return shown_ports{shown}; },
        [self, here](port_submission& m) {
          BOOST_TEST(m.what.caller->administrator);
          protocol::payload what = protocol::make_error(
              protocol::errc::unavailable, "the kernel does not tell");
          if (here->shown)
            what = protocol::port_list{*here->shown};
          self->send(m.what.reply_to.session,
                     answer{m.what.reply_to.sequence,
                            std::make_shared<protocol::payload>(what)});
        },
    };
  }

  /// An actor that returns `what` for each `Question` with the next ping.
  template <class Answer, class Question>
  caf::actor answering_when_told(Answer what, Question) {
    return system().spawn([what](caf::event_based_actor* self) {
      auto asked = std::make_shared<std::vector<caf::response_promise>>();
      return caf::behavior{
          [self, asked](Question&) {
            asked->push_back(self->make_response_promise());
          },
          [what, asked](ping) {
            for (auto& promise : std::exchange(*asked, {}))
              promise.deliver(what);
          },
      };
    });
  }

  metrics_setup setup() {
    metrics_setup s;
    s.host = host;
    s.ports = ports;
    s.directory = directory;
    s.tallies = tallies;
    s.version = "1.2.3";
    s.connections_per_user = 64;
    s.world.usage = [this](std::span<const os::usage_target> targets,
                           os::usage_detail how) {
      looked_at.assign(targets.begin(), targets.end());
      detail = how;
      return std::vector<std::optional<process_usage>>(targets.size(), usage);
    };
    s.world.host = [] { return core::host_reading{}; };
    s.world.self = [] { return core::self_reading{}; };
    s.world.volumes = [] { return std::vector<core::volume_reading>{}; };
    s.world.render = [this](const core::metrics_reading& r) {
      readings.push_back(r);
      return "page " + std::to_string(readings.size());
    };
    return s;
  }

  void ask() {
    send(metrics, scrape{[this](page_ptr p) { pages.push_back(std::move(p)); },
                         os::boottime()});
  }
  const core::metrics_reading& reading() {
    ask();
    run();
    BOOST_TEST_REQUIRE(!readings.empty());
    return readings.back();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(metrics_actor)

BOOST_FIXTURE_TEST_CASE(everybodys_processes_are_on_the_page, fixture) {
  recover r;
  r.records = {record_of(2, bob), record_of(1, alice)};
  r.records[0].state = protocol::process_state::stopped;
  r.records[1].last_exit
      = protocol::exit_info{protocol::exit_info::kind::exited, 7, false, {}};
  tell(host, std::move(r));
  const auto& seen = reading();
  BOOST_TEST_REQUIRE(seen.processes.size() == 2u);
  BOOST_TEST(seen.processes[0].id == 1u);
  BOOST_TEST(seen.processes[0].name == "web1");
  BOOST_TEST(!seen.processes[0].up);
  BOOST_TEST((seen.processes[0].last_exit_status == 7));
  BOOST_TEST(seen.processes[1].user == "bob");
  BOOST_TEST(
      seen.users.at("bob").processes[size_t(protocol::process_state::stopped)]
      == 1u);
  BOOST_TEST(seen.version == "1.2.3");
  BOOST_TEST(looked_at.empty()); // Nothing is up, so /proc is left alone.
}

BOOST_FIXTURE_TEST_CASE(ports_are_told_as_a_lookup_shows_them, fixture) {
  using enum protocol::port_use;
  const auto add = [&](protocol::port_use use, bool unused = false) {
    auto& entry = shown->emplace_back();
    entry.use = use;
    entry.unused = unused;
  };
  add(idle);
  add(idle, true);
  shown->back().user = "alice";
  add(idle, true);
  for (int i = 0; i < 3; ++i)
    add(listening);
  for (int i = 0; i < 4; ++i)
    add(taken, true); // Nobody needs to be told of it twice.
  for (int i = 0; i < 5; ++i)
    add(unregistered);
  const auto& seen = reading();
  BOOST_TEST_REQUIRE(seen.ports.has_value());
  BOOST_TEST(seen.ports->idle == 1u);
  BOOST_TEST(seen.ports->unused == 2u);
  BOOST_TEST(seen.ports->in_use == 3u);
  BOOST_TEST(seen.ports->taken == 4u);
  BOOST_TEST(seen.ports->unregistered == 5u);
  BOOST_TEST(seen.users.at("alice").ports == 1u);
  BOOST_TEST(seen.users.at("alice").unused_ports == 1u);
  shown.reset();
  BOOST_TEST(!reading().ports.has_value());
}

BOOST_FIXTURE_TEST_CASE(the_limits_of_a_user_are_told_with_what_they_use,
                        fixture) {
  auto restarted = record_of(2, alice);
  auto spec = std::make_shared<core::process_spec>(*restarted.spec);
  spec->policy = protocol::restart_policy::always;
  restarted.spec = std::move(spec);
  restarted.state = protocol::process_state::stopped;
  // The first of these is free: it has ended, and nothing will start it.
  tell(host, recover{{record_of(1, alice), restarted}, {}, 9});
  const auto quota
      = [&](const std::string& what) -> std::optional<core::quota_reading> {
    for (const auto& q : reading().users.at("alice").quotas)
      if (q.name == what)
        return q;
    return std::nullopt;
  };
  BOOST_TEST(!quota("processes").has_value());
  auto policy = std::make_shared<core::limit_policy>();
  policy->usual.processes = 10;
  policy->usual.connections = 7;
  policy->usual.log_bytes = 1000;
  policy->logs.limits = {10, 4};
  send(metrics, limit_connections{{}, policy});
  BOOST_TEST_REQUIRE(quota("processes").has_value());
  BOOST_TEST(quota("processes")->used == 1u);
  BOOST_TEST(quota("processes")->limit == 10u);
  BOOST_TEST(quota("connections")->limit == 7u);
  BOOST_TEST_REQUIRE(quota("log_bytes").has_value());
  BOOST_TEST(quota("log_bytes")->used == 100u);
  BOOST_TEST(quota("log_bytes")->limit == 1000u);
  // No rule is about a group, so only the supervisor has asked.
  BOOST_TEST(directory.count<identify>() == 1u);
  policy = std::make_shared<core::limit_policy>(*policy);
  auto& rule = policy->rules.emplace_back();
  rule.group = "students";
  rule.gid = 1000;
  rule.processes = 3;
  rule.connections = core::no_limit;
  send(metrics, limit_connections{{}, policy});
  directory.react([&](const caf::message& m) {
    if (m.match_elements<identify>())
      send(metrics, identified{m.get_as<identify>(0).uid, {}, alice});
  });
  BOOST_TEST(quota("processes")->limit == 3u);
  BOOST_TEST(!quota("connections").has_value());
}

BOOST_FIXTURE_TEST_CASE(the_quota_of_ports_is_that_of_the_users_group,
                        fixture) {
  auto policy = std::make_shared<core::port_policy>();
  policy->quota = 20;
  send(metrics, port_rules{policy});
  const auto quota = [&]() -> std::optional<core::quota_reading> {
    for (const auto& q : reading().users.at("alice").quotas)
      if (q.name == "ports")
        return q;
    return std::nullopt;
  };
  BOOST_TEST_REQUIRE(quota().has_value());
  BOOST_TEST(quota()->used == 1u);
  BOOST_TEST(quota()->limit == 20u);
  BOOST_TEST(directory.empty()); // No rule is about a group.

  policy = std::make_shared<core::port_policy>(*policy);
  auto& rule = policy->rules.emplace_back();
  rule.group = "students";
  rule.gid = 1000;
  rule.quota = 3;
  send(metrics, port_rules{policy});
  directory.react([&](const caf::message& m) {
    if (m.match_elements<identify>())
      send(metrics, identified{m.get_as<identify>(0).uid, {}, alice});
  });
  BOOST_TEST(quota()->limit == 3u);
  std::ignore = quota();
  BOOST_TEST(directory.count<identify>() == 1u); // It is remembered.

  policy = std::make_shared<core::port_policy>(*policy);
  policy->rules[0].quota = UINT32_MAX; // As `None` in the file.
  send(metrics, port_rules{policy});
  BOOST_TEST(!quota().has_value());
  send(metrics, port_rules{nullptr});
  BOOST_TEST(!quota().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_user_database_that_hangs_delays_and_no_more,
                        fixture) {
  auto policy = std::make_shared<core::port_policy>();
  auto& rule = policy->rules.emplace_back();
  rule.gid = 1000;
  rule.quota = 3;
  send(metrics, port_rules{policy});
  ask();
  run();
  BOOST_TEST(pages.empty());
  advance(3s);
  BOOST_TEST_REQUIRE(pages.size() == 1u);
  BOOST_TEST(readings.back().users.at("alice").ports == 1u);
  // The answer to that question comes when another reading is under way.
  ask();
  run();
  send(metrics, identified{alice->uid, {}, alice});
  run();
  BOOST_TEST(pages.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(who_asks_at_once_shares_one_reading, fixture) {
  for (int i = 0; i < 5; ++i)
    ask();
  run();
  BOOST_TEST(pages.size() == 5u);
  BOOST_TEST(readings.size() == 1u);
  for (const auto& page : pages)
    BOOST_TEST(page == pages.front());
  ask();
  run();
  BOOST_TEST(readings.size() == 2u);
  BOOST_TEST(*pages.back() == "page 2");
  // Questions that were answered have timers a while, and then it is looked
  // whether anybody asks any more.
  advance(5min);
  BOOST_TEST(!has_timers());
}

BOOST_FIXTURE_TEST_CASE(files_are_kept_open_while_somebody_scrapes, fixture) {
  int rests = 0;
  auto s = setup();
  s.world.rest = [&rests] { ++rests; };
  metrics = keep(spawn_metrics(system(), std::move(s), false));
  for (int i = 0; i < 10; ++i) {
    ask();
    run();
    advance(1min);
  }
  BOOST_TEST(rests == 0);
  advance(3min);
  BOOST_TEST(rests == 1);
  BOOST_TEST(!has_timers());
  ask();
  run();
  advance(5min);
  BOOST_TEST(rests == 2);
}

BOOST_FIXTURE_TEST_CASE(who_does_not_answer_is_left_out, fixture) {
  // It keeps the question, and never answers.
  const auto deaf = keep(system().spawn([](caf::event_based_actor* self) {
    auto asked = std::make_shared<std::vector<caf::response_promise>>();
    return caf::behavior{[self, asked](show_ports) {
                           asked->push_back(self->make_response_promise());
                         },
                         [](const port_submission&) {}};
  }));
  auto s = setup();
  s.ports = deaf;
  metrics = keep(spawn_metrics(system(), std::move(s), false));
  ask();
  run();
  BOOST_TEST(pages.empty());
  advance(3s);
  BOOST_TEST(pages.size() == 1u);
  BOOST_TEST(!readings.back().ports.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_late_answer_is_not_taken_for_one_to_the_next,
                        fixture) {
  // The supervisor is asked a second after the rest and says nothing, so that
  // its answer may come when that page has been made without it.
  auto view = std::make_shared<process_view>();
  view->record = record_of(1, alice);
  const auto supervisor
      = keep(answering_when_told(shown_views{{view}}, show_views{}));
  const auto slow = keep(
      answering_when_told(supervisors{{supervisor}}, list_supervisors{}));
  auto s = setup();
  s.host = slow;
  metrics = keep(spawn_metrics(system(), std::move(s), false));
  ask();
  run();
  advance(1s);
  tell(slow, ping{});
  advance(1500ms);
  BOOST_TEST_REQUIRE(pages.size() == 1u);
  ask();
  run();
  tell(supervisor, ping{});
  advance(3s);
  BOOST_TEST_REQUIRE(pages.size() == 2u);
  BOOST_TEST(readings.back().processes.empty());
}

BOOST_FIXTURE_TEST_CASE(what_happened_to_a_users_processes_is_added, fixture) {
  recover r;
  r.records = {record_of(1, alice)};
  tell(host, std::move(r));
  protocol::event e;
  e.uid = alice->uid;
  e.what = protocol::event_kind::restart;
  tallies->happened(e);
  e.what = protocol::event_kind::exit;
  e.exit
      = protocol::exit_info{protocol::exit_info::kind::signaled, 9, false, {}};
  e.used = protocol::resource_use{1s, 500ms, 1};
  tallies->happened(e);
  tallies->connection_opened(alice->uid);
  const auto& seen = reading();
  BOOST_TEST(seen.tallies.happened.starts == 1u);
  BOOST_TEST(seen.tallies.happened.restarts == 1u);
  BOOST_TEST(seen.tallies.happened.exits_signal == 1u);
  const auto& user = seen.users.at("alice");
  BOOST_TEST(user.restarts == 1u);
  BOOST_TEST((user.cpu == 1500ms));
  BOOST_TEST_REQUIRE(user.quotas.size() == 1u);
  BOOST_TEST(user.quotas[0].used == 1u);
  BOOST_TEST(user.quotas[0].limit == 64u);
}

BOOST_FIXTURE_TEST_CASE(an_answer_is_told_what_its_processes_use, fixture) {
  usage.resident = 4096;
  protocol::status_list list;
  list.entries.resize(3);
  list.entries[0].state = protocol::process_state::running;
  list.entries[0].full = true;
  list.entries[0].id = 1;
  list.entries[0].pid = 100;
  list.entries[1].state = protocol::process_state::exited;
  list.entries[1].full = true;
  list.entries[2].state = protocol::process_state::running; // another's
  tell(metrics, measure{{session, 5},
                        std::make_shared<protocol::payload>(std::move(list)),
                        true});
  const auto back = session.only<answer>();
  BOOST_TEST(back.sequence == 5u);
  const auto& entries = std::get<protocol::status_list>(*back.what).entries;
  BOOST_TEST_REQUIRE(entries[0].usage.size() == 1u);
  BOOST_TEST(entries[0].usage[0].resident == 4096u);
  BOOST_TEST(entries[1].usage.empty());
  BOOST_TEST(entries[2].usage.empty());
  BOOST_TEST((detail == os::usage_detail::whole));
  BOOST_TEST_REQUIRE(looked_at.size() == 1u);
  BOOST_TEST(looked_at[0].pid == 100);
}

BOOST_AUTO_TEST_SUITE_END()
