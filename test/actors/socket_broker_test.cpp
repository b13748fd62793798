#include "actors/socket_broker.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/people.hpp"

#include <caf/io/network/test_multiplexer.hpp>
#include <caf/io/system_messages.hpp>

#include <map>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using caf::io::accept_handle;
using caf::io::connection_handle;
using protocol::errc;

namespace {

struct fixture : test::actor_fixture {
  test::fake_actor host = make_fake();
  test::fake_actor ports = make_fake();
  test::fake_actor directory = make_fake();
  accept_handle door = accept_handle::from_int(1);
  /// The uid at the other end of each descriptor; whoever is not in it is not
  /// served.
  std::map<int, uint32_t> peers;
  std::vector<int> cut;
  /// What reads long requests; null for sessions themselves.
  caf::actor reader;
  caf::actor broker;

  fixture() {
    directory.react([this](const caf::message& m) {
      if (m.match_elements<identify>()) {
        const auto& asked = m.get_as<identify>(0);
        send(asked.asker,
             identified{
                 asked.uid, "",
                 test::person(asked.uid, "user" + std::to_string(asked.uid))});
      }
    });
  }

  /// A broker that is dead keeps what its timers bring for ever, so they come
  /// to their end first.
  ~fixture() {
    for (int i = 0; i < 100 && has_timers(); ++i)
      advance(10s, 10s);
  }

  void begin(core::connection_settings limits = {}, size_t connections = 1024) {
    broker_setup setup;
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
    broker = keep(spawn_socket_broker(
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
    const auto to = host.last<submission>().reply_to;
    tell(to.session,
         answer{to.sequence, std::make_shared<protocol::payload>(
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

} // namespace

BOOST_FIXTURE_TEST_SUITE(socket_broker, fixture)

// -- frames -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_is_answered) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  BOOST_TEST(take_answers(client) == "version");
}

BOOST_AUTO_TEST_CASE(frames_are_found_in_any_chunking) {
  const auto bytes = frame_of(protocol::version_request{})
                     + frame_of(protocol::start_request{1u})
                     + frame_of(protocol::version_request{});
  begin();
  int fd = 10;
  for (size_t chunk : {size_t{1}, size_t{2}, size_t{3}, size_t{5}, size_t{7},
                       size_t{64}, bytes.size()}) {
    const auto client = connect(fd++);
    const auto before = host.count<submission>();
    for (size_t i = 0; i < bytes.size(); i += chunk)
      put(client, std::string_view{bytes}.substr(i, chunk));
    BOOST_TEST(host.count<submission>() == before + 1);
    answer_last(7);
    BOOST_TEST(take_answers(client) == "version, started 7, version");
  }
}

BOOST_AUTO_TEST_CASE(a_large_frame_comes_through) {
  begin();
  const auto client = connect(10);
  protocol::run_request r;
  r.argv = {"x"};
  r.cwd = "/";
  r.env = {{"BIG", std::string(1'000'000, 'b')}};
  ask(client, r);
  BOOST_TEST_REQUIRE(host.count<submission>() == 1u);
  const auto got = host.last<submission>().what;
  BOOST_TEST((std::get<protocol::run_request>(got->what).env == r.env));
  ask(client, protocol::stop_request{1u});
  BOOST_TEST(host.count<submission>() == 2u);
}

BOOST_AUTO_TEST_CASE(an_oversize_frame_is_refused_at_its_header) {
  begin();
  const auto client = connect(10);
  put(client, std::string("\x01\x00\x00\x01", 4));
  BOOST_TEST(take_answers(client)
             == "a frame of 16777217 bytes was announced; at most 16777216 "
                "are taken");
  BOOST_TEST(closed(client));
}

BOOST_AUTO_TEST_CASE(who_takes_no_answers_is_not_sent_a_refusal_either) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client, 50);
  take(client);
  put(client, std::string("\xff\xff\xff\xff", 4));
  BOOST_TEST(take(client) == "");
  BOOST_TEST(was_cut(10));
}

// -- who is served ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_peer_is_whom_the_kernel_says) {
  begin();
  connect(10, 1000);
  connect(11, 1001);
  const auto asked = directory.all<identify>();
  BOOST_TEST_REQUIRE(asked.size() == 2u);
  BOOST_TEST(asked[0].uid == 1000u);
  BOOST_TEST(asked[1].uid == 1001u);
}

BOOST_AUTO_TEST_CASE(who_is_not_served_is_told_so) {
  begin();
  const auto client = knock(10);
  BOOST_TEST(take_answers(client) == "this hiidet does not serve you");
  BOOST_TEST(closed(client));
  BOOST_TEST(directory.empty());
}

BOOST_AUTO_TEST_CASE(a_user_has_so_many_connections_and_others_have_theirs) {
  begin({2, 1 << 20, 1 << 20});
  connect(10);
  const auto second = connect(11);
  const auto third = connect(12);
  BOOST_TEST(
      take_answers(third)
      == "you have 2 connections to hiidet open, and 2 is the limit: close "
         "some of them, or ask an administrator of this host for more; "
         "hiisi quota shows your limits");
  BOOST_TEST(closed(third));
  const auto other = connect(13, 1001);
  ask(other, protocol::version_request{});
  BOOST_TEST(take_answers(other) == "version");
  // One that closes makes room.
  tell(broker, caf::io::connection_closed_msg{second});
  const auto fourth = connect(14);
  ask(fourth, protocol::version_request{});
  BOOST_TEST(take_answers(fourth) == "version");
}

BOOST_AUTO_TEST_CASE(other_limits_count_for_what_comes) {
  begin();
  connect(10);
  tell(broker, limit_connections{{1, 1 << 20, 1 << 20}});
  BOOST_TEST(
      take_answers(connect(11))
      == "you have 1 connections to hiidet open, and 1 is the limit: close "
         "some of them, or ask an administrator of this host for more; "
         "hiisi quota shows your limits");
}

BOOST_AUTO_TEST_CASE(a_rule_counts_once_its_user_is_known) {
  begin({5, 1 << 20, 1 << 20});
  auto policy = std::make_shared<core::limit_policy>();
  core::limit_rule rule;
  rule.user = "user1000";
  rule.connections = 2;
  policy->rules = {rule};
  policy->contact = "Hanna";
  tell(broker, limit_connections{{5, 1 << 20, 1 << 20}, policy});
  connect(10);
  connect(11);
  const auto third = take_answers(connect(12));
  BOOST_TEST(third.find("2 is the limit") != std::string::npos, third);
  BOOST_TEST(third.find("ask Hanna for more") != std::string::npos, third);
  for (int fd = 20; fd < 25; ++fd) {
    const auto other = connect(fd, 1001);
    BOOST_TEST(!closed(other));
  }
  const auto clerk = make_fake();
  tell(broker, count_use{4, test::person(1000, "user1000"), clerk});
  const auto told = clerk.only<use_counted>();
  BOOST_TEST(told.question == 4u);
  BOOST_TEST(
      (told.entries
       == std::vector<protocol::quota_entry>{
           {"connections", 2, 2}, {"bytes_in_flight", 0, uint64_t{64} << 20}}));
}

BOOST_AUTO_TEST_CASE(no_more_are_accepted_than_there_are_descriptors_for) {
  begin({}, 2);
  const auto first = connect(10);
  BOOST_TEST(!multiplexer().passive_mode(door));
  connect(11);
  BOOST_TEST(multiplexer().passive_mode(door));
  tell(broker, caf::io::connection_closed_msg{first});
  BOOST_TEST(!multiplexer().passive_mode(door));
}

BOOST_AUTO_TEST_CASE(bytes_in_flight_are_limited) {
  begin({10, 1000, 1 << 20});
  const auto client = connect(10);
  const auto request = frame_of(protocol::stop_request{1u});
  const auto body = request.size() - 4;
  for (size_t held = body; held <= 1000; held += body)
    put(client, request);
  BOOST_TEST(!closed(client));
  put(client, request);
  const auto refused = take_answers(client);
  BOOST_TEST(refused.find(" bytes in flight, and 1000 is the limit: wait for "
                          "answers before sending more, or ask ")
                 != std::string::npos,
             refused);
  BOOST_TEST(closed(client));
}

BOOST_AUTO_TEST_CASE(answered_bytes_are_in_flight_no_more) {
  begin({10, 1000, 1 << 20});
  const auto client = connect(10);
  for (int i = 0; i < 200; ++i) {
    ask(client, protocol::stop_request{1u});
    answer_last(1);
    BOOST_TEST_REQUIRE(take_answers(client) == "started 1");
    transferred(client);
  }
  BOOST_TEST(!closed(client));
}

BOOST_AUTO_TEST_CASE(the_bytes_of_a_lost_connection_are_given_back) {
  begin({100, 1000, 1 << 20});
  for (int fd = 10; fd < 60; ++fd) {
    const auto client = connect(fd);
    ask(client, protocol::stop_request{1u});
    put(client, frame_of(protocol::stop_request{2u}).substr(0, 20));
    tell(broker, caf::io::connection_closed_msg{client});
  }
  const auto client = connect(90);
  ask(client, protocol::version_request{});
  BOOST_TEST(take_answers(client) == "version");
}

BOOST_AUTO_TEST_CASE(who_takes_no_answers_is_dropped_at_the_cap) {
  begin({10, 1 << 20, 300});
  const auto client = connect(10);
  for (int i = 0; i < 10 && !was_cut(10); ++i)
    ask(client, protocol::version_request{});
  BOOST_TEST(was_cut(10));
  BOOST_TEST(closed(client));
}

// -- clients that stall -------------------------------------------------------

BOOST_AUTO_TEST_CASE(half_a_frame_is_waited_for_no_longer_than_its_time) {
  begin();
  const auto client = connect(10);
  put(client, frame_of(protocol::version_request{}).substr(0, 9));
  advance(30s);
  BOOST_TEST(!was_cut(10));
  advance(10s);
  BOOST_TEST(was_cut(10));
  BOOST_TEST(closed(client));
}

BOOST_AUTO_TEST_CASE(a_frame_that_becomes_whole_in_time_is_taken) {
  begin();
  const auto client = connect(10);
  const auto bytes = frame_of(protocol::version_request{});
  put(client, bytes.substr(0, 9));
  advance(25s);
  put(client, bytes.substr(9));
  BOOST_TEST(take_answers(client) == "version");
  transferred(client);
  advance(600s, 5s);
  BOOST_TEST(!was_cut(10));
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(a_client_that_has_caught_up_is_looked_at_once_and_soon) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client, 50);
  transferred(client, 0);
  BOOST_TEST(has_timers());
  advance(1s);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(half_a_frame_behind_a_whole_one_has_its_time_too) {
  begin();
  const auto client = connect(10);
  const auto bytes = frame_of(protocol::version_request{});
  put(client, bytes + bytes.substr(0, 9));
  BOOST_TEST(take_answers(client) == "version");
  transferred(client);
  advance(45s);
  BOOST_TEST(was_cut(10));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_taken_has_its_time_too) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client, 50);
  advance(25s);
  transferred(client, 20);
  advance(25s);
  BOOST_TEST(!was_cut(10));
  advance(20s);
  BOOST_TEST(was_cut(10));
}

BOOST_AUTO_TEST_CASE(who_takes_nothing_at_all_is_dropped_too) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  ask(client, protocol::version_request{});
  // Of the kernel's buffer that was full nothing is heard.
  advance(25s);
  BOOST_TEST(!was_cut(10));
  advance(20s);
  BOOST_TEST(was_cut(10));
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_slow_answer_is_not_dropped) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::stop_request{1u});
  advance(3600s, 5s);
  BOOST_TEST(!was_cut(10));
  answer_last(1);
  BOOST_TEST(take_answers(client) == "started 1");
}

BOOST_AUTO_TEST_CASE(an_idle_client_costs_no_timer) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client);
  BOOST_TEST(!has_timers());
}

// -- ends ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_never_reaches_the_next_owner_of_a_descriptor) {
  begin();
  const auto first = connect(10, 1000);
  ask(first, protocol::stop_request{1u});
  const auto waiting = host.last<submission>().reply_to;
  tell(broker, caf::io::connection_closed_msg{first});
  multiplexer().stopped_reading(first) = true;
  const auto second = connect(10, 1001);
  BOOST_TEST(directory.last<identify>().uid == 1001u);
  take(second);
  tell(waiting.session,
       answer{waiting.sequence, std::make_shared<protocol::payload>(
                                    protocol::process_started{1, ""})});
  // Not even a session that lives a moment too long gets through.
  tell(broker, frames_ready{1, "secret", 0});
  BOOST_TEST(take(second) == "");
}

BOOST_AUTO_TEST_CASE(a_session_that_fails_ends_its_connection) {
  begin();
  const auto client = connect(10);
  const auto other = connect(11);
  crash(directory.all<identify>()[0].asker);
  BOOST_TEST(was_cut(10));
  BOOST_TEST(closed(client));
  ask(other, protocol::version_request{});
  BOOST_TEST(take_answers(other) == "version");
}

BOOST_AUTO_TEST_CASE(a_failure_elsewhere_is_told_to_those_who_wait) {
  begin();
  BOOST_TEST((host.only<watch_failures>().watcher == broker));
  const auto waiting = connect(10);
  const auto idle = connect(11);
  ask(waiting, protocol::stop_request{1u});
  tell(broker, someone_failed{});
  advance(5s);
  BOOST_TEST(take_answers(waiting)
             == "a part of hiidet failed while this was being done");
  BOOST_TEST(take_answers(idle) == "");
}

BOOST_AUTO_TEST_CASE(a_flood_is_handed_on_in_turns) {
  begin();
  const auto hers = connect(5);
  const auto his = connect(6, 1001);
  std::string flood;
  for (int i = 0; i < 100; ++i)
    flood += frame_of(protocol::stop_request{7u});
  const auto one = frame_of(protocol::stop_request{8u});
  multiplexer().virtual_send(hers, {flood.begin(), flood.end()});
  multiplexer().virtual_send(his, {one.begin(), one.end()});
  run();
  const auto asked = host.all<submission>();
  BOOST_TEST_REQUIRE(asked.size() == 101u);
  const auto his_place
      = std::find_if(asked.begin(), asked.end(),
                     [](const auto& m) { return m.caller->uid == 1001; })
        - asked.begin();
  // It has waited for two turns of hers at most.
  BOOST_TEST(his_place < 65);
  BOOST_TEST(host.count<ping>() == 3u);
}

BOOST_AUTO_TEST_CASE(who_leaves_answers_unread_gets_no_more_of_them) {
  begin();
  const auto handle = connect(5);
  const std::string large(300'000, 'x');
  ask(handle, protocol::stop_request{7u});
  const auto to = host.last<submission>().reply_to;
  tell(to.session,
       answer{to.sequence, std::make_shared<protocol::payload>(
                               protocol::make_error(errc::internal, large))});
  ask(handle, protocol::stop_request{8u});
  BOOST_TEST(host.count<submission>() == 1u);
  // It takes the answer, and is asked for what it wants next.
  transferred(handle);
  BOOST_TEST(host.count<submission>() == 2u);
}

BOOST_AUTO_TEST_CASE(memory_that_was_much_is_given_back) {
  const auto decoder = make_fake();
  reader = decoder;
  begin();
  const auto client = connect(5);
  const auto answer_of = [&](size_t size) {
    ask(client, protocol::stop_request{7u});
    const auto to = host.last<submission>().reply_to;
    tell(to.session,
         answer{to.sequence,
                std::make_shared<protocol::payload>(protocol::make_error(
                    errc::internal, std::string(size, 'x')))});
  };
  answer_of(1000);
  transferred(client);
  BOOST_TEST(decoder.count<memory_freed>() == 0u);
  answer_of(2'000'000);
  transferred(client, 1000);
  BOOST_TEST(decoder.count<memory_freed>() == 0u);
  transferred(client);
  BOOST_TEST(decoder.count<memory_freed>() == 1u);
  // Once, not at every answer from then on.
  answer_of(1000);
  transferred(client);
  BOOST_TEST(decoder.count<memory_freed>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_ping_is_returned) {
  begin();
  send(broker, ping{});
  run();
  bool answered = false;
  self()->receive([&](ping) { answered = true; });
  BOOST_TEST(answered);
}

BOOST_AUTO_TEST_SUITE_END()
