#include "test/support/actor_fixture.hpp"

#include "actors/caf_compat.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/test_multiplexer.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace hiisi::test {

struct actor_fixture::configuration : caf::actor_system_config {
  configuration() {
    set("scheduler.policy", caf::atom("testing"));
    set("middleman.network-backend", caf::atom("testing"));
    set("middleman.manual-multiplexing", true);
    set("middleman.attach-utility-actors", true);
    add_message_types<caf::id_block::hiisi>();
    load<caf::io::middleman>();
  }
};

actor_fixture::actor_fixture()
    : config_(std::make_unique<configuration>()),
      system_(std::make_unique<caf::actor_system>(*config_)),
      scheduler_(dynamic_cast<caf::scheduler::test_coordinator*>(
          &system_->scheduler())),
      self_(std::make_unique<caf::scoped_actor>(*system_, true)) {
  BOOST_TEST_REQUIRE(scheduler_ != nullptr);
}

actor_fixture::~actor_fixture() {
  // Whoever is still there must be told to end, or the system waits for ever;
  // the actors' own children are known to the fakes they spoke to.
  for (auto& r : reactions_)
    *r = nullptr;
  auto ending = std::move(kept_);
  for (const auto& inbox : inboxes_)
    for (const auto& m : *inbox) {
      if (m.match_elements<actors::watch_child>())
        ending.push_back(m.get_as<actors::watch_child>(0).watcher);
      else if (m.match_elements<actors::identify>())
        ending.push_back(m.get_as<actors::identify>(0).asker);
    }
  for (const auto& actor : ending)
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  ending.clear();
  run();
  for (const auto& inbox : inboxes_)
    inbox->clear();
  // A timer that is pending keeps its dead actor in memory.
  while (has_timers()) {
    scheduler_->trigger_timeouts();
    run();
  }
  self_.reset();
  system_->await_actors_before_shutdown(false);
  system_.reset();
}

caf::io::network::test_multiplexer& actor_fixture::multiplexer() {
  return dynamic_cast<caf::io::network::test_multiplexer&>(
      system_->middleman().backend());
}

bool actor_fixture::has_work() const {
  return scheduler_->has_job();
}

void actor_fixture::run() {
  auto& network = multiplexer();
  for (bool busy = true; busy;) {
    busy = false;
    while (network.try_exec_runnable() || network.try_accept_connection()
           || network.try_read_data())
      busy = true;
    while (scheduler_->try_run_once())
      busy = true;
  }
}

void actor_fixture::advance(std::chrono::milliseconds how_long,
                            std::chrono::milliseconds step) {
  run();
  while (how_long > 0ms) {
    const auto now = std::min(step, how_long);
    scheduler_->advance_time(now);
    run();
    how_long -= now;
  }
}

bool actor_fixture::has_timers() const {
  return scheduler_->has_pending_timeout();
}

fake_actor actor_fixture::make_fake() {
  fake_actor out;
  out.inbox_ = std::make_shared<std::vector<caf::message>>();
  out.reaction_ = std::make_shared<fake_actor::reaction>();
  out.handle_
      = system_->spawn([inbox = out.inbox_, reaction = out.reaction_](
                           caf::event_based_actor* self) -> caf::behavior {
          self->set_default_handler(
              [inbox,
               reaction](caf::scheduled_actor*,
                         caf::message_view& view) -> caf::result<caf::message> {
                auto m = view.move_content_to_message();
                inbox->push_back(m);
                if (*reaction)
                  (*reaction)(m);
                return caf::message{};
              });
          // CAF wants a handler; nobody sends this.
          return {[](caf::atom_value) {}};
        });
  inboxes_.push_back(out.inbox_);
  reactions_.push_back(out.reaction_);
  keep(out.handle_);
  return out;
}

void actor_fixture::crash(const caf::actor& whom) {
  caf::anon_send_exit(whom, caf::exit_reason::kill);
  run();
}

caf::actor actor_fixture::keep(caf::actor whom) {
  kept_.push_back(whom);
  return whom;
}

} // namespace hiisi::test
