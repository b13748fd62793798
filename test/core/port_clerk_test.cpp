#include "actors/core/port_clerk.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace hiisi::core;
using namespace hiisi::protocol;
using namespace std::chrono_literals;

namespace {

const wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 2}};

port_caller person(uint32_t uid, std::string name, bool admin = false) {
  return {uid, name, "/home/" + name, {uid}, admin};
}

const auto alice = person(1000, "alice");
const auto bob = person(1001, "bob");
const auto admin = person(1002, "admin", true);
const auto root = person(0, "root", true);

struct scene {
  hiisi::core::port_table table;
  port_history history;
  port_policy policy;
  port_reading reading;
  bool blind = false;
  wall_time now = start;
  random_source random = seeded_random(1);
  std::function<uint32_t(const std::string&)> uid_of
      = [](const std::string& name) {
          return name == "alice" ? 1000u : name == "bob" ? 1001u : no_owner;
        };
  std::vector<port_deed> deeds;

  scene() {
    reading.processes_known = true;
    for (const auto& who : {alice, bob, admin, root})
      reading.people[who.uid]
          = {port_person::standing::known, who.name, who.home};
  }

  payload ask(const port_caller& who, command what, bool old_client = false) {
    const auto on_disk = table;
    port_circumstances around{policy,
                              blind ? nullptr : &reading,
                              make_error(errc::unavailable, "blind"),
                              now,
                              random,
                              uid_of};
    port_clerk clerk(table, on_disk, history, around);
    auto done = clerk.answer(who, what, old_client);
    for (auto& deed : clerk.take_deeds())
      deeds.push_back(std::move(deed));
    return done;
  }
  template <class T>
  T get(const port_caller& who, command what) {
    auto done = ask(who, std::move(what));
    if (auto* why = std::get_if<error>(&done))
      BOOST_TEST_REQUIRE(false, why->message);
    return std::get<T>(done);
  }
  error refusal(const port_caller& who, command what) {
    auto done = ask(who, std::move(what));
    BOOST_TEST_REQUIRE(std::holds_alternative<error>(done));
    return std::get<error>(done);
  }
  uint16_t allocate(const port_caller& who, port_allocate_request what = {}) {
    return get<port_allocated>(who, std::move(what)).port;
  }
  void listen(uint16_t port, uint32_t uid, bool udp = false) {
    reading.sightings.push_back({port, udp, uid});
    std::ranges::stable_sort(reading.sightings, {}, &port_sighting::port);
  }
  void only(port_range range) {
    port_reason reason;
    reason.ports.add_all_but(std::vector{range});
    reason.why = "it is elsewhere";
    policy.unlucky.push_back(reason);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(port_clerk_suite, scene)

BOOST_AUTO_TEST_CASE(a_label_gives_the_same_port_again) {
  const auto web = allocate(alice, {std::nullopt, 1, false, "web"});
  BOOST_TEST(allocate(alice, {std::nullopt, 1, false, "web"}) == web);
  BOOST_TEST(allocate(alice, {web, 1, false, "web"}) == web);
  BOOST_TEST(allocate(bob, {std::nullopt, 1, false, "web"}) != web);
  BOOST_TEST(deeds.size() == 2u);
  const auto other = web == 9000 ? uint16_t{9001} : uint16_t{9000};
  BOOST_TEST((refusal(alice, port_allocate_request{other, 1, false, "web"}).code
              == errc::conflict));
}

BOOST_AUTO_TEST_CASE(several_are_given_together_or_not_at_all) {
  only({4000, 4005});
  const auto some
      = get<port_allocated>(alice, port_allocate_request{std::nullopt, 4});
  std::set<uint16_t> ports{some.port};
  ports.insert(some.more.begin(), some.more.end());
  BOOST_TEST(ports.size() == 4u);
  BOOST_TEST(table.size() == 4u);
  BOOST_TEST((refusal(alice, port_allocate_request{std::nullopt, 3}).code
              == errc::limit_exceeded));
  BOOST_TEST(table.size() == 4u);
  for (const auto port : ports)
    BOOST_TEST((table.find(port) != nullptr), "port " << port);
  BOOST_TEST(deeds.size() == 4u);
}

BOOST_AUTO_TEST_CASE(contiguous_ports_follow_each_other) {
  only({4000, 4010});
  listen(4005, 1003);
  const auto some = get<port_allocated>(
      alice, port_allocate_request{std::nullopt, 5, true});
  for (size_t i = 0; i < some.more.size(); ++i)
    BOOST_TEST(some.more[i] == some.port + i + 1);
  BOOST_TEST(some.more.size() == 4u);
  const auto none
      = refusal(alice, port_allocate_request{std::nullopt, 6, true});
  BOOST_TEST(none.message.find("no 6 free ports follow each other")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_quota_is_for_all_but_root) {
  policy.quota = 2;
  policy.rules
      = {{.user = "bob", .group = {}, .gid = {}, .ranges = {}, .quota = 3}};
  allocate(alice);
  allocate(alice);
  const auto full = refusal(alice, port_allocate_request{});
  BOOST_TEST((full.code == errc::limit_exceeded));
  BOOST_TEST(full.message == "you have 2 of 2 ports");
  // Administrators are users, too.
  BOOST_TEST((refusal(admin, port_allocate_request{std::nullopt, 3}).code
              == errc::limit_exceeded));
  for (int i = 0; i < 3; ++i)
    allocate(bob);
  refusal(bob, port_allocate_request{});
  for (int i = 0; i < 30; ++i)
    allocate(root);
  // What is there already needs no room.
  const auto own = table.lookup("alice").front().port;
  BOOST_TEST(
      (refusal(alice, port_allocate_request{own}).code == errc::conflict));
}

BOOST_AUTO_TEST_CASE(rules_give_a_group_its_range) {
  policy.rules = {{.user = {},
                   .group = "students",
                   .gid = 1000,
                   .ranges = {{20000, 20003}, {30000, 30000}},
                   .quota = 5}};
  std::set<uint16_t> ports;
  for (int i = 0; i < 5; ++i)
    ports.insert(allocate(alice));
  BOOST_TEST((ports == std::set<uint16_t>{20000, 20001, 20002, 20003, 30000}));
  policy.rules[0].quota = 9;
  const auto outside = refusal(alice, port_allocate_request{8080});
  BOOST_TEST((outside.code == errc::not_permitted));
  BOOST_TEST(outside.hint
             == "ports of the group students lie from 20000 to 20003 or from "
                "30000 to 30000");
  BOOST_TEST(allocate(bob, {8080}) == 8080);
}

BOOST_AUTO_TEST_CASE(denied_ports_are_roots_alone) {
  policy.denied.add(port_range{8000, 8999});
  BOOST_TEST((refusal(alice, port_allocate_request{8080}).code
              == errc::not_permitted));
  BOOST_TEST(allocate(root, {8080}) == 8080);
  only({8081, 8081});
  refusal(root, port_allocate_request{});
}

BOOST_AUTO_TEST_CASE(where_somebody_else_listens_nothing_is_allocated) {
  listen(8080, 1001);
  const auto refused = refusal(alice, port_allocate_request{8080});
  BOOST_TEST((refused.code == errc::conflict));
  BOOST_TEST(refused.message
             == "bob listens on port 8080 already, without having allocated "
                "it");
  BOOST_TEST(refused.hint == "the next free one is 8081");
  BOOST_TEST(allocate(alice, {8080, 1, false, "", true}) == 8080);
  BOOST_TEST(allocate(bob, {8081}) == 8081);
  listen(8082, 1001);
  BOOST_TEST(allocate(bob, {8082}) == 8082);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_told_with_its_use) {
  allocate(bob, {8080});
  listen(8080, 1001);
  listen(8081, 1003);
  const auto refused = refusal(alice, port_allocate_request{8080});
  BOOST_TEST(refused.message
             == "port 8080 has been allocated to bob since 2026-11-02, who "
                "listens on it");
  BOOST_TEST(refused.hint == "the next free one is 8082");
}

BOOST_AUTO_TEST_CASE(a_freed_port_rests_but_may_be_asked_for) {
  only({4000, 4001});
  allocate(alice, {4000});
  ask(alice, port_free_request{4000});
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(allocate(bob) == 4001);
    ask(bob, port_free_request{4001});
    history = {};
    history.freed(4000, start);
  }
  BOOST_TEST(allocate(alice, {4000}) == 4000);
  ask(alice, port_free_request{4000});
  now = start + 10min;
  policy.unlucky[0].ports.add(uint16_t{4001});
  BOOST_TEST(allocate(bob) == 4000);
}

BOOST_AUTO_TEST_CASE(a_port_that_listens_is_freed_by_force) {
  allocate(alice, {8080});
  listen(8080, 1000);
  const auto refused = refusal(alice, port_free_request{8080});
  BOOST_TEST((refused.code == errc::conflict));
  BOOST_TEST(refused.message == "port 8080 is in use: alice listens on it");
  BOOST_TEST(refused.hint.find("--force 8080") != std::string::npos);
  get<port_freed>(alice, port_free_request{8080, true});
  // The first Hiisi's client knows no force; somebody else's socket is no use.
  allocate(alice, {8080});
  BOOST_TEST(std::holds_alternative<port_freed>(
      ask(alice, port_free_request{8080}, true)));
}

BOOST_AUTO_TEST_CASE(a_uid_that_was_given_out_again_has_no_right) {
  allocate(alice, {8080});
  const auto carol = person(1000, "carol");
  for (const command& what : std::initializer_list<command>{
           port_free_request{8080}, port_keep_request{8080},
           port_transfer_request{8080, "bob"}})
    BOOST_TEST((refusal(carol, what).code == errc::not_permitted));
  BOOST_TEST(
      (refusal(carol, port_allocate_request{8080}).code == errc::conflict));
  policy.quota = 1;
  allocate(carol); // Hers is none of the ports of before.
}

BOOST_AUTO_TEST_CASE(who_is_renamed_keeps_their_ports) {
  allocate(alice, {8080});
  auto renamed = alice;
  renamed.name = "alicia";
  get<port_changed>(renamed, port_keep_request{8080});
  BOOST_TEST(table.find(8080)->user == "alicia");
  BOOST_TEST(deeds[1].what == "rename");
}

BOOST_AUTO_TEST_CASE(a_transfer_is_offered_and_accepted) {
  allocate(alice, {8080, 1, false, "web"});
  BOOST_TEST((refusal(bob, port_accept_request{8080}).code == errc::not_found));
  BOOST_TEST((refusal(bob, port_transfer_request{8080, "bob"}).code
              == errc::not_permitted));
  BOOST_TEST((refusal(alice, port_transfer_request{8080, "carol"}).code
              == errc::not_found));
  BOOST_TEST(get<port_changed>(alice, port_transfer_request{8080, "bob"})
                 .entry.offered_to
             == "bob");
  BOOST_TEST(
      (refusal(admin, port_accept_request{8080}).code == errc::not_found));
  now += 1h;
  const auto taken = get<port_changed>(bob, port_accept_request{8080}).entry;
  BOOST_TEST(taken.user == "bob");
  BOOST_TEST(taken.label == "web");
  BOOST_TEST(taken.offered_to.empty());
  BOOST_TEST((taken.allocated_at == now));
  BOOST_TEST(
      (refusal(alice, port_free_request{8080}).code == errc::not_permitted));
}

BOOST_AUTO_TEST_CASE(an_offer_is_withdrawn_or_declined) {
  allocate(alice, {8080});
  for (const auto& who : {alice, bob}) {
    get<port_changed>(alice, port_transfer_request{8080, "bob"});
    get<port_changed>(who, port_transfer_request{8080, std::nullopt});
    refusal(bob, port_accept_request{8080});
  }
  BOOST_TEST((refusal(alice, port_transfer_request{8080, std::nullopt}).code
              == errc::conflict));
}

BOOST_AUTO_TEST_CASE(an_offer_must_fit_into_the_others_quota) {
  policy.quota = 1;
  allocate(alice, {8080});
  allocate(bob);
  get<port_changed>(alice, port_transfer_request{8080, "bob"});
  BOOST_TEST(
      (refusal(bob, port_accept_request{8080}).code == errc::limit_exceeded));
  BOOST_TEST(table.find(8080)->user == "alice");
}

BOOST_AUTO_TEST_CASE(a_check_tells_all_that_is_known) {
  policy.unlucky.push_back({{}, "browsers refuse to connect to it"});
  policy.unlucky.back().ports.add(uint16_t{6000});
  auto report = get<port_report>(alice, port_check_request{6000});
  BOOST_TEST(report.available);
  BOOST_TEST(report.remarks
                 == std::vector<std::string>{"browsers refuse to connect to "
                                             "it"},
             boost::test_tools::per_element());
  allocate(bob, {8080});
  report = get<port_report>(alice, port_check_request{8080});
  BOOST_TEST(!report.available);
  BOOST_TEST_REQUIRE(report.entries.size() == 1u);
  BOOST_TEST(report.entries[0].user == "bob");
  BOOST_TEST(report.next_free.value() == 8081);
  // Who listens without an allocation is told to them and administrators.
  listen(9000, 1001);
  BOOST_TEST(get<port_report>(alice, port_check_request{9000}).entries.empty());
  BOOST_TEST(!get<port_report>(alice, port_check_request{9000}).available);
  BOOST_TEST(get<port_report>(bob, port_check_request{9000}).entries.size()
             == 1u);
  BOOST_TEST(get<port_report>(bob, port_check_request{9000}).available);
}

BOOST_AUTO_TEST_CASE(unregistered_listeners_are_shown_to_whom_they_concern) {
  listen(9000, 1001);
  BOOST_TEST(get<port_list>(alice, port_lookup_request{}).entries.empty());
  for (const auto& who : {bob, admin, root})
    BOOST_TEST(get<port_list>(who, port_lookup_request{}).entries.size() == 1u);
  BOOST_TEST(get<port_list>(admin, port_lookup_request{"bob"}).entries.size()
             == 1u);
  // In a registry of one's own there are no others to look after.
  policy.shared = false;
  BOOST_TEST(get<port_list>(root, port_lookup_request{}).entries.empty());
  BOOST_TEST(get<port_list>(bob, port_lookup_request{}).entries.size() == 1u);
}

BOOST_AUTO_TEST_CASE(suggestions_take_nothing) {
  listen(8081, 1001);
  const auto near
      = get<port_suggestions>(alice, port_suggest_request{8080, 2}).ports;
  BOOST_TEST(near == (std::vector<uint16_t>{8082, 8083}),
             boost::test_tools::per_element());
  BOOST_TEST(get<port_suggestions>(alice, port_suggest_request{std::nullopt, 5})
                 .ports.size()
             == 5u);
  BOOST_TEST(table.size() == 0u);
}

BOOST_AUTO_TEST_CASE(collection_frees_what_is_due_and_says_why) {
  allocate(alice, {8080});
  allocate(alice, {8081});
  allocate(alice, {8082});
  allocate(bob, {9000});
  listen(8082, 1000);
  get<port_changed>(alice, port_keep_request{8081});
  now += std::chrono::days{31};
  auto verdicts
      = get<port_collection>(alice, port_collect_request{true}).verdicts;
  BOOST_TEST_REQUIRE(verdicts.size() == 2u);
  BOOST_TEST(verdicts[0].goes);
  BOOST_TEST(verdicts[0].why == "idle for 31 days");
  BOOST_TEST(!verdicts[1].goes);
  BOOST_TEST(table.size() == 4u);
  get<port_collection>(alice, port_collect_request{});
  BOOST_TEST(!table.find(8080));
  BOOST_TEST(table.size() == 3u);
  BOOST_TEST(deeds.back().what == "collect");
  BOOST_TEST(get<port_collection>(admin, port_collect_request{}).verdicts.size()
             == 2u);
  BOOST_TEST(!table.find(9000));
}

BOOST_AUTO_TEST_CASE(blind_it_gives_what_is_asked_for_by_number_only) {
  blind = true;
  BOOST_TEST(allocate(alice, {8080}) == 8080);
  BOOST_TEST(refusal(alice, port_allocate_request{}).message == "blind");
  BOOST_TEST(refusal(alice, port_lookup_request{}).message == "blind");
  get<port_freed>(alice, port_free_request{8080});
}

/// The allocator as a whole, against a model of what it may give.
BOOST_AUTO_TEST_CASE(no_choice_is_ever_one_that_is_to_be_skipped) {
  for (uint64_t seed = 0; seed < 25; ++seed) {
    scene s;
    s.random = seeded_random(seed);
    auto dice = seeded_random(seed + 1000);
    s.policy.quota.reset();
    s.only({5000, 5063});
    std::set<uint16_t> never;
    for (int i = 0; i < 12; ++i) {
      const auto port = static_cast<uint16_t>(5000 + dice(64));
      never.insert(port);
      if (dice(3) == 0)
        s.listen(port, 1003);
      else if (dice(2) == 0)
        s.policy.denied.add(port);
      else
        s.policy.unlucky[0].ports.add(port);
    }
    std::set<uint16_t> resting;
    std::set<uint16_t> taken;
    for (int step = 0; step < 400; ++step) {
      if (dice(3) != 0 || taken.empty()) {
        auto got = s.ask(dice(2) == 0 ? alice : bob, port_allocate_request{});
        const auto room = 64 - never.size() - taken.size() - resting.size();
        if (auto* given = std::get_if<port_allocated>(&got)) {
          BOOST_TEST_REQUIRE(room > 0u, "seed " << seed);
          BOOST_TEST_REQUIRE(!never.contains(given->port), "seed " << seed);
          BOOST_TEST_REQUIRE(!resting.contains(given->port), "seed " << seed);
          BOOST_TEST_REQUIRE(taken.insert(given->port).second, "seed " << seed);
        } else {
          BOOST_TEST_REQUIRE(room == 0u, "seed " << seed);
        }
      } else {
        auto port = *std::next(taken.begin(),
                               static_cast<ptrdiff_t>(dice(taken.size())));
        s.get<port_freed>(root, port_free_request{port, true});
        taken.erase(port);
        resting.insert(port);
      }
      if (step % 50 == 49) {
        s.now += 10min;
        resting.clear();
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
