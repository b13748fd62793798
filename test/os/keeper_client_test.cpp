#include "actors/os/keeper_client.hpp"
#include "test/support/keeper_fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include <sys/syscall.h>

using namespace hiisi;
using test::keeper_fixture;
using wire_kind = keeper_wire::kind;

namespace {

/// A client whose loop runs on a thread, and what it has been told.
class running_client {
public:
  explicit running_client(const std::string& path) : client(path) {}
  ~running_client() {
    client.stop();
    if (thread_.joinable())
      thread_.join();
  }

  bool start() {
    if (!client.connect().ok())
      return false;
    thread_ = std::thread([this] {
      client.run(
          [this](const keeper_wire::message& message, os::sockets_ptr) {
            on_message(message);
            const std::lock_guard guard(mutex_);
            told_.push_back(message);
          },
          [this] { lost = true; });
      returned = true;
    });
    ask(wire_kind::hello, 0, keeper_wire::version);
    return true;
  }

  void ask(wire_kind what, uint32_t id, uint32_t value = 0) {
    keeper_wire::message message;
    message.what = what;
    message.id = id;
    message.run = 1;
    message.value = value;
    client.send(message);
  }

  void spawn(uint32_t id, const os::launch_spec& spec) {
    auto block = os::make_launch_block(spec);
    keeper_wire::message message;
    message.what = wire_kind::spawn;
    message.id = id;
    message.run = 1;
    message.uid = spec.uid;
    client.spawn(message, std::move(*block));
  }

  size_t count(wire_kind what) {
    const std::lock_guard guard(mutex_);
    return static_cast<size_t>(
        std::count_if(told_.begin(), told_.end(),
                      [what](const auto& one) { return one.what == what; }));
  }

  bool wait_for(wire_kind what, size_t wanted = 1) {
    return test::wait_until([&] { return count(what) >= wanted; });
  }

  os::keeper_client client;
  std::atomic<bool> lost = false;
  std::atomic<bool> returned = false;
  std::function<void(const keeper_wire::message&)> on_message
      = [](const auto&) {};

private:
  std::thread thread_;
  std::mutex mutex_;
  std::vector<keeper_wire::message> told_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_client,
                      *boost::unit_test::precondition(test::as_root))

BOOST_AUTO_TEST_CASE(a_process_is_run_through_the_client) {
  keeper_fixture keeper;
  running_client client(keeper.socket());
  client.on_message = [&client](const keeper_wire::message& message) {
    if (message.how_far == keeper_wire::phase::running)
      client.client.release(message.id);
  };
  BOOST_TEST_REQUIRE(client.start());
  BOOST_TEST(client.wait_for(wire_kind::listed));
  client.spawn(1, keeper.spec({"true"}));
  BOOST_TEST(client.wait_for(wire_kind::slot, 2));
  // Told before the end.
  BOOST_TEST(client.count(wire_kind::started) == 1U);
}

BOOST_AUTO_TEST_CASE(a_last_word_is_heard_although_the_release_came_too_late) {
  keeper_fixture keeper({.answered = {SYS_setsid, EAGAIN}});
  running_client client(keeper.socket());
  // Most are still on their way to the gate when it is opened.
  client.on_message = [&](const keeper_wire::message& message) {
    if (message.how_far == keeper_wire::phase::running)
      client.client.release(message.id);
  };
  BOOST_TEST_REQUIRE(client.start());
  BOOST_TEST(client.wait_for(wire_kind::listed));
  constexpr uint32_t count = 20;
  for (uint32_t id = 1; id <= count; ++id)
    client.spawn(id, keeper.spec({"true"}));
  BOOST_TEST(client.wait_for(wire_kind::slot, 2 * count));
  BOOST_TEST(client.count(wire_kind::start_failed) == count);
}

BOOST_AUTO_TEST_CASE(requests_beyond_the_sockets_buffer_are_sent_later) {
  keeper_fixture keeper;
  running_client client(keeper.socket());
  BOOST_TEST_REQUIRE(client.start());
  BOOST_TEST(client.wait_for(wire_kind::listed));
  // A keeper that stands still takes nothing; nobody waits for it.
  ::kill(keeper.pid(), SIGSTOP);
  constexpr uint32_t count = 3000;
  for (uint32_t id = 1; id <= count; ++id)
    client.ask(wire_kind::kill, id);
  client.spawn(1, keeper.spec({"true"}));
  ::kill(keeper.pid(), SIGCONT);
  BOOST_TEST(client.wait_for(wire_kind::refused, count));
  BOOST_TEST(client.wait_for(wire_kind::slot));
  BOOST_TEST(client.count(wire_kind::refused) == count);
}

BOOST_AUTO_TEST_CASE(a_loss_is_told_and_a_new_connection_can_be_made) {
  keeper_fixture keeper;
  running_client client(keeper.socket());
  BOOST_TEST_REQUIRE(client.start());
  BOOST_TEST(client.wait_for(wire_kind::listed));
  ::kill(keeper.pid(), SIGKILL);
  keeper_fixture::wait_for_end(keeper.pid());
  BOOST_TEST(test::wait_until([&] { return client.returned.load(); }));
  BOOST_TEST(client.lost.load());
  client.ask(wire_kind::kill, 1); // goes nowhere
  const auto refused = client.client.connect();
  BOOST_TEST((refused.failure().code == protocol::errc::unavailable));
  keeper.set_pid(keeper.launch());
  BOOST_TEST(test::wait_until([&] { return client.client.connect().ok(); }));
}

BOOST_AUTO_TEST_CASE(stop_ends_the_loop_without_a_loss) {
  keeper_fixture keeper;
  running_client client(keeper.socket());
  BOOST_TEST_REQUIRE(client.start());
  client.client.stop();
  BOOST_TEST(test::wait_until([&] { return client.returned.load(); }));
  BOOST_TEST(!client.lost.load());
}

BOOST_AUTO_TEST_CASE(a_keeper_that_is_not_there_is_named) {
  os::keeper_client client("/no/such/keeper.sock");
  const auto refused = client.connect();
  BOOST_TEST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == protocol::errc::unavailable));
  BOOST_TEST(refused.failure().message.find("/no/such/keeper.sock")
             != std::string::npos);
  os::keeper_client far(std::string(200, 'x'));
  BOOST_TEST(
      (far.connect().failure().code == protocol::errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
