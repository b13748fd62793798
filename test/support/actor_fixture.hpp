#pragma once

#include "actors/messages.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/message.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace caf::scheduler {
class test_coordinator;
} // namespace caf::scheduler

namespace caf::io::network {
class test_multiplexer;
} // namespace caf::io::network

namespace hiisi::test {

using namespace std::chrono_literals;

/// An actor of a test's own, in the place of a neighbour: it keeps every
/// message, and may do something about it.
class fake_actor {
public:
  using reaction = std::function<void(const caf::message&)>;

  [[nodiscard]] const caf::actor& handle() const { return handle_; }
  operator const caf::actor&() const { return handle_; }

  /// What is done with each message from now on, beside keeping it.
  void react(reaction what) { *reaction_ = std::move(what); }

  /// Every message of that type, in the order of their coming.
  template <class Message>
  [[nodiscard]] std::vector<Message> all() const {
    std::vector<Message> out;
    for (const auto& m : *inbox_)
      if (m.match_elements<Message>())
        out.push_back(m.get_as<Message>(0));
    return out;
  }

  template <class Message>
  [[nodiscard]] size_t count() const {
    return all<Message>().size();
  }

  /// The last one of that type; there is one.
  template <class Message>
  [[nodiscard]] Message last() const {
    auto every = all<Message>();
    BOOST_TEST_REQUIRE(!every.empty());
    return std::move(every.back());
  }

  /// The only one of that type since the last forget().
  template <class Message>
  [[nodiscard]] Message only() const {
    auto every = all<Message>();
    BOOST_TEST_REQUIRE(every.size() == 1u);
    return std::move(every.front());
  }

  [[nodiscard]] bool empty() const { return inbox_->empty(); }
  void forget() { inbox_->clear(); }

private:
  friend class actor_fixture;

  caf::actor handle_;
  std::shared_ptr<std::vector<caf::message>> inbox_;
  std::shared_ptr<reaction> reaction_;
};

/// An actor system in which nothing happens by itself: run() has everything
/// done that can be, and time stands still but for advance().
class actor_fixture {
public:
  actor_fixture();
  ~actor_fixture();
  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

  /// Delivers messages, connections and data until there are none left.
  void run();

  /// Lets time pass in small steps, so that a timer that arms the next one
  /// finds it due when it should be.
  void advance(std::chrono::milliseconds how_long,
               std::chrono::milliseconds step = 100ms);

  /// Whether anybody has something to do. Where a detached actor is about to
  /// send, run() must wait for this: the scheduler of the tests knows no locks,
  /// and an actor that another thread makes ready meanwhile may never be run.
  [[nodiscard]] bool has_work() const;

  /// Whether anybody has a timer that is not due yet.
  [[nodiscard]] bool has_timers() const;

  [[nodiscard]] fake_actor make_fake();

  /// Sends, without delivering yet.
  template <class Message>
  void send(const caf::actor& to, Message what) {
    self()->send(to, std::move(what));
  }
  /// Sends and delivers everything.
  template <class Message>
  void tell(const caf::actor& to, Message what) {
    send(to, std::move(what));
    run();
  }

  /// Ends an actor as an exception in a handler would.
  void crash(const caf::actor& whom);

  /// Has an actor under test ended with the fixture.
  caf::actor keep(caf::actor whom);

  [[nodiscard]] caf::actor_system& system() { return *system_; }
  [[nodiscard]] caf::scoped_actor& self() { return *self_; }
  [[nodiscard]] caf::io::network::test_multiplexer& multiplexer();

private:
  struct configuration;

  std::unique_ptr<configuration> config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  std::unique_ptr<caf::scoped_actor> self_;
  std::vector<caf::actor> kept_;
  std::vector<std::shared_ptr<std::vector<caf::message>>> inboxes_;
  std::vector<std::shared_ptr<fake_actor::reaction>> reactions_;
};

} // namespace hiisi::test
