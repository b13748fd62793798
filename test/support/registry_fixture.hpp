#pragma once

#include "actors/core/port_reading.hpp"
#include "actors/core/port_text.hpp"
#include "actors/port_registry.hpp"
#include "test/support/asking_fixture.hpp"
#include "test/support/people.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::test {

inline const protocol::wall_time then{
    std::chrono::nanoseconds{1'732'992'068'123'456'789}};

/// A port registry with its file in memory, a clock that stands still, and a
/// kernel that says what the test wants.
struct registry_fixture : asking_fixture {
  std::optional<std::string> file;
  std::optional<std::string> old_file;
  std::optional<protocol::error> unreadable;
  std::optional<protocol::error> unwritable;
  int saves = 0;
  /// Answers that had gone out when the file was saved.
  std::vector<size_t> answers_at_save;
  std::optional<std::string> history;
  int history_saves = 0;
  /// Answers that had gone out when the history was saved.
  std::vector<size_t> answers_at_history_save;
  /// What the kernel, the user database and the host_supervisor say.
  core::port_reading seen;
  std::optional<protocol::error> blind;
  core::port_policy policy;
  protocol::wall_time now = then;
  std::vector<core::audit_entry> audit;
  std::vector<std::string> warnings;
  fake_actor watcher = make_fake();
  std::optional<fake_actor> events;
  caf::actor registry;

  registry_fixture() {
    policy.quota.reset();
    seen.processes_known = true;
    watcher.react([this](const caf::message& m) {
      if (!m.match_elements<actors::watch_ports>())
        return;
      const auto& ask = m.get_as<actors::watch_ports>(0);
      actors::ports_watched out{ask.token, {protocol::error{}}};
      if (blind)
        out.reading = *blind;
      else
        out.reading = std::make_shared<const core::port_reading>(seen);
      send(ask.asker, std::move(out));
    });
  }

  /// Somebody listens from now on.
  void listen(uint16_t port, uint32_t uid, bool udp = false,
              uint32_t process = 0) {
    core::port_sighting s{port, udp, uid};
    s.process = process;
    if (process != 0) {
      s.process_uid = uid;
      s.process_name = "p" + std::to_string(process);
    }
    seen.sightings.push_back(std::move(s));
    std::ranges::stable_sort(seen.sightings, {}, &core::port_sighting::port);
  }
  void hush(uint16_t port) {
    std::erase_if(seen.sightings,
                  [port](const auto& s) { return s.port == port; });
  }
  /// The user database says so.
  void known(uint32_t uid, std::string name, std::string home = {}) {
    if (home.empty())
      home = "/home/" + name;
    seen.people[uid] = {core::port_person::standing::known, std::move(name),
                        std::move(home)};
  }
  void avoid(core::port_range range, std::string why = "it is unlucky") {
    core::port_reason reason;
    reason.ports.add(range);
    reason.why = std::move(why);
    policy.unlucky.push_back(std::move(reason));
  }

  void begin() {
    using text = std::optional<std::string>;
    actors::registry_world world;
    world.path = "ports.ron";
    world.import_path = "old.ron";
    world.load = [this]() -> protocol::result<text> {
      if (unreadable)
        return *unreadable;
      return file;
    };
    world.import = [this]() -> protocol::result<text> { return old_file; };
    world.save = [this](const std::string& t) -> protocol::result<void> {
      ++saves;
      answers_at_save.push_back(session.count<actors::answer>());
      if (unwritable)
        return *unwritable;
      file = t;
      return {};
    };
    world.history_path = "port_history.ron";
    world.load_history = [this]() -> protocol::result<text> { return history; };
    world.save_history
        = [this](const std::string& t) -> protocol::result<void> {
      ++history_saves;
      answers_at_history_save.push_back(session.count<actors::answer>());
      history = t;
      return {};
    };
    world.uid_of = [](const std::string& user) -> uint32_t {
      return user == "alice" ? 1000 : user == "bob" ? 1001 : core::unknown_uid;
    };
    world.now = [this] { return now; };
    world.audit = [this](std::span<const core::audit_entry> entries) {
      audit.insert(audit.end(), entries.begin(), entries.end());
    };
    world.policy = std::make_shared<core::port_policy>(policy);
    world.watcher = watcher;
    if (events)
      world.events = *events;
    world.warn = [this](std::string_view t) { warnings.emplace_back(t); };
    registry
        = keep(actors::spawn_port_registry(system(), std::move(world), false));
    run();
  }

  uint64_t submit(protocol::command what, actors::identity_ptr who = alice) {
    send(registry, actors::port_submission{test::submit(
                       session, ++sequence, std::move(who), std::move(what))});
    return sequence;
  }
  uint64_t ask(protocol::command what, actors::identity_ptr who = alice) {
    submit(std::move(what), std::move(who));
    run();
    return sequence;
  }
  uint16_t allocate(std::optional<uint16_t> port,
                    actors::identity_ptr who = alice) {
    ask(protocol::port_allocate_request{port}, std::move(who));
    return answer_as<protocol::port_allocated>().port;
  }
  protocol::error refusal(protocol::command what,
                          actors::identity_ptr who = alice) {
    ask(std::move(what), std::move(who));
    return answer_as<protocol::error>();
  }
  std::vector<protocol::port_entry> look_up(std::optional<std::string> user
                                            = std::nullopt) {
    ask(protocol::port_lookup_request{std::move(user)});
    return answer_as<protocol::port_list>().entries;
  }
  core::port_table on_disk() const {
    BOOST_TEST_REQUIRE(file.has_value());
    auto table = core::read_ports(*file, "ports.ron",
                                  [](auto&) { return core::unknown_uid; });
    BOOST_TEST_REQUIRE(table.ok());
    return *table;
  }
};

/// What the first Hiisi wrote.
inline constexpr std::string_view first_hiisi_registry = R"((
    allocations: {
        8080: (
            user: "alice",
            allocated_at: (
                secs_since_epoch: 1732992068,
                nanos_since_epoch: 123456789,
            ),
        ),
    },
))";

} // namespace hiisi::test
