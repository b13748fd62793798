#pragma once

#include "actors/socket_broker.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/people.hpp"

#include <caf/io/network/test_multiplexer.hpp>
#include <caf/io/system_messages.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hiisi::test {

/// The socket_broker behind a door of the test's own, and clients at it.
struct broker_fixture : actor_fixture {
  using connection_handle = caf::io::connection_handle;

  fake_actor host = make_fake();
  fake_actor ports = make_fake();
  fake_actor directory = make_fake();
  caf::io::accept_handle door = caf::io::accept_handle::from_int(1);
  /// The uid at the other end of each descriptor; whoever is not in it is not
  /// served.
  std::map<int, uint32_t> peers;
  std::vector<int> cut;
  /// What reads long requests; null for sessions themselves.
  caf::actor reader;
  caf::actor broker;

  broker_fixture() {
    directory.react([this](const caf::message& m) {
      if (m.match_elements<actors::identify>()) {
        const auto& asked = m.get_as<actors::identify>(0);
        send(asked.asker,
             actors::identified{
                 asked.uid, "",
                 person(asked.uid, "user" + std::to_string(asked.uid))});
      }
    });
  }

  /// A broker that is dead keeps what its timers bring for ever, so they come
  /// to their end first.
  ~broker_fixture() {
    for (int i = 0; i < 100 && has_timers(); ++i)
      advance(10s, 10s);
  }

  void begin(core::connection_settings limits = {}, size_t connections = 1024) {
    actors::broker_setup setup;
    setup.limits = limits;
    setup.connections = connections;
    setup.facts = {"1.0.0", 4711, 999, true};
    setup.peer = [this](int fd) -> std::optional<os::credentials> {
      auto i = peers.find(fd);
      if (i == peers.end())
        return std::nullopt;
      return os::credentials{4000 + fd, i->second, i->second};
    };
    setup.neighbours = {{}, host, ports, directory};
    setup.neighbours.decoder = reader;
    setup.cut = [this](int fd) { cut.push_back(fd); };
    broker = keep(actors::spawn_socket_broker(
        system(),
        [this](caf::io::network::multiplexer&) {
          return multiplexer().new_doorman(door, uint16_t{1});
        },
        std::move(setup)));
    run();
  }

  connection_handle connect(int fd, uint32_t uid = 1000) {
    peers[fd] = uid;
    return knock(fd);
  }
  connection_handle knock(int fd) {
    const auto handle = connection_handle::from_int(fd);
    multiplexer().add_pending_connect(door, handle);
    run();
    return handle;
  }

  void put(connection_handle handle, std::string_view bytes) {
    multiplexer().virtual_send(handle, {bytes.begin(), bytes.end()});
    run();
  }
  void ask(connection_handle handle, protocol::command what) {
    put(handle, frame_of(std::move(what)));
  }
  static std::string frame_of(protocol::command what) {
    return protocol::frame(
        protocol::encode(protocol::request{std::move(what), {}, 2}));
  }
  /// What the broker wrote since the last look.
  std::string take(connection_handle handle) {
    auto& buffer = multiplexer().output_buffer(handle);
    std::string out{buffer.begin(), buffer.end()};
    buffer.clear();
    return out;
  }
  /// The same as answers, of which errors show their message.
  std::string take_answers(connection_handle handle) {
    protocol::frame_decoder decoder;
    decoder.feed(take(handle));
    std::string out;
    while (auto body = decoder.next()) {
      auto r = protocol::decode_response(*body);
      BOOST_TEST_REQUIRE(r.ok(), *body);
      if (!out.empty())
        out += ", ";
      if (const auto* e = std::get_if<protocol::error>(&r->what))
        out += e->message;
      else if (const auto* s = std::get_if<protocol::process_started>(&r->what))
        out += "started " + std::to_string(s->id);
      else if (std::holds_alternative<protocol::version_info>(r->what))
        out += "version";
      else
        out += "something else";
    }
    return out;
  }
  void answer_last(uint32_t id) {
    const auto to = host.last<actors::submission>().reply_to;
    tell(to.session,
         actors::answer{to.sequence, std::make_shared<protocol::payload>(
                                         protocol::process_started{id, ""})});
  }
  bool closed(connection_handle handle) {
    return multiplexer().stopped_reading(handle);
  }
  /// The kernel has taken what was written, but for `remaining` bytes.
  void transferred(connection_handle handle, size_t remaining = 0) {
    tell(broker, caf::io::data_transferred_msg{handle, 1, remaining});
  }
  bool was_cut(int fd) const {
    return std::count(cut.begin(), cut.end(), fd) != 0;
  }
};

} // namespace hiisi::test
