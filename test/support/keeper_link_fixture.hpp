#pragma once

#include "actors/keeper_link.hpp"
#include "test/support/actor_fixture.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::test {

/// The keeper_link, with the far end of each connection that it has dialled and
/// one who watches.
struct keeper_link_fixture : actor_fixture {
  /// What the far end of one connection has got.
  struct far_end {
    std::vector<keeper_wire::message> got;
    std::vector<os::sockets_ptr> attached;
    std::vector<uint32_t> released;
    size_t blocks = 0;
    bool open = true;
  };

  struct fake_connection : actors::keeper_connection {
    explicit fake_connection(std::shared_ptr<far_end> to)
        : end(std::move(to)) {}
    ~fake_connection() override { end->open = false; }
    void send(const keeper_wire::message& what,
              os::sockets_ptr attached) override {
      end->got.push_back(what);
      end->attached.push_back(std::move(attached));
    }
    void spawn(const keeper_wire::message& what, os::fd launch_block) override {
      end->got.push_back(what);
      end->blocks += launch_block ? 1 : 0;
    }
    void release(uint32_t id) override { end->released.push_back(id); }
    std::shared_ptr<far_end> end;
  };

  std::vector<std::shared_ptr<far_end>> connections;
  int dialled = 0;
  bool reachable = true;
  int ready = 0;
  std::vector<std::string> warnings;
  uint32_t first_unrecorded = UINT32_MAX;
  fake_actor watcher = make_fake();
  caf::actor link;

  void begin() {
    link = keep(actors::spawn_keeper_link(
        system(),
        [this](const caf::actor&, uint64_t number)
            -> protocol::result<std::unique_ptr<actors::keeper_connection>> {
          ++dialled;
          BOOST_TEST(number == static_cast<uint64_t>(dialled));
          if (!reachable)
            return protocol::make_error(protocol::errc::unavailable, "refused");
          connections.push_back(std::make_shared<far_end>());
          return std::unique_ptr<actors::keeper_connection>{
              std::make_unique<fake_connection>(connections.back())};
        },
        {[this] { ++ready; },
         [this](std::string_view text) { warnings.emplace_back(text); },
         std::make_shared<core::tallies>(), first_unrecorded}));
    run();
  }

  /// The keeper says it, on its latest connection.
  void say(keeper_wire::message m) {
    tell(link, actors::keeper_said{static_cast<uint64_t>(dialled), m});
  }
  static keeper_wire::message message(keeper_wire::kind what, uint32_t id = 0,
                                      uint32_t run = 0) {
    keeper_wire::message m;
    m.what = what;
    m.id = id;
    m.run = run;
    m.value = what == keeper_wire::kind::welcome ? keeper_wire::version : 0;
    return m;
  }
  static keeper_wire::message slot(uint32_t id, uint32_t run,
                                   keeper_wire::phase how_far) {
    auto m = message(keeper_wire::kind::slot, id, run);
    m.how_far = how_far;
    return m;
  }
  void greet(std::initializer_list<keeper_wire::message> slots = {}) {
    say(message(keeper_wire::kind::welcome));
    for (const auto& s : slots)
      say(s);
    say(message(keeper_wire::kind::listed));
  }
  void lose() {
    tell(link, actors::keeper_lost{static_cast<uint64_t>(dialled)});
  }
  void watch(uint32_t id, bool recovered) {
    tell(link, actors::watch_child{id, watcher, recovered});
  }
  std::string sent() const { return text_of(connections.back()->got); }
  static std::string text_of(const std::vector<keeper_wire::message>& all) {
    std::string out;
    for (const auto& m : all)
      out += (out.empty() ? "" : " ") + std::to_string(static_cast<int>(m.what))
             + ":" + std::to_string(m.id) + "/" + std::to_string(m.run);
    return out;
  }
  actors::spawn_child spawn(uint32_t id, uint32_t run) {
    auto launch = std::make_shared<os::launch_spec>();
    launch->uid = 1000;
    launch->argv = {"/bin/true"};
    launch->cwd = "/";
    launch->log_directory = "/l";
    launch->output_log = "/l/o";
    launch->error_log = "/l/e";
    return {id, run, launch, watcher};
  }
};

} // namespace hiisi::test
