#pragma once

#include "test/support/actor_fixture.hpp"

#include <deque>
#include <optional>
#include <utility>

namespace hiisi::test {

/// In the place of the record_store: answers at once, or when it is told to,
/// with success or with an error. What load_user_records is answered with is
/// the test's to send.
class fake_store {
public:
  explicit fake_store(actor_fixture& world)
      : world_(world), actor_(world.make_fake()) {
    actor_.react([this](const caf::message& m) {
      if (m.match_elements<actors::store_record>())
        held_.push_back(m);
      else if (m.match_elements<actors::store_live>())
        held_.push_back(m);
      else if (m.match_elements<actors::remove_record>())
        held_.push_back(m);
      if (!holding)
        answer_all();
    });
  }

  operator const caf::actor&() const { return actor_; }

  /// Answers what has waited, in order.
  void answer_all() {
    while (!held_.empty()) {
      auto m = std::move(held_.front());
      held_.pop_front();
      answer(m);
    }
  }

  [[nodiscard]] core::process_record last_record() const {
    return *actor_.last<actors::store_record>().record;
  }

  fake_actor& actor() { return actor_; }

  bool holding = false;
  std::optional<protocol::error> failure;

private:
  protocol::result<void> outcome() const {
    return failure ? protocol::result<void>{*failure}
                   : protocol::result<void>{};
  }

  void answer(const caf::message& m) {
    using namespace actors;
    if (m.match_elements<store_record>()) {
      const auto& s = m.get_as<store_record>(0);
      world_.send(s.asker, record_stored{s.purpose, s.record->run, outcome()});
    } else if (m.match_elements<store_live>()) {
      const auto& s = m.get_as<store_live>(0);
      world_.send(s.asker, live_stored{s.record.run});
    } else if (m.match_elements<remove_record>()) {
      world_.send(m.get_as<remove_record>(0).asker, record_removed{outcome()});
    }
  }

  actor_fixture& world_;
  fake_actor actor_;
  std::deque<caf::message> held_;
};

} // namespace hiisi::test
