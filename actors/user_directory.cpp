#include "actors/user_directory.hpp"

#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <unordered_map>

namespace hiisi::actors {

namespace {

/// A change of groups or of the name shows after at most this long.
constexpr std::chrono::seconds remembered_for{5};

class directory_state {
public:
  static inline const char* name = "user_directory";

  explicit directory_state(caf::event_based_actor* self) : self_(self) {}

  void init(user_source source) { source_ = std::move(source); }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](identify& m) {
          tell(self_, m.asker, identified{m.uid, {}, look_up(m.uid)});
        },
        [this](identify_name& m) {
          auto found = source_.by_name(m.name);
          if (found.ok())
            tell(self_, m.asker,
                 identified{found->uid, m.name, remember(*std::move(found))});
          else
            tell(self_, m.asker,
                 identified{0, m.name, std::move(found).failure()});
        });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(known_.size()) + " users known";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> users;
    for (const auto& [uid, e] : known_)
      users.push_back(core::ron::struct_builder{}
                          .add("uid", uid)
                          .add("name", e.who->name)
                          .add("administrator", e.who->administrator)
                          .add("groups", core::ron::list_of(e.who->groups))
                          .build());
    return core::ron::struct_builder{"user_directory"}
        .add("known", core::ron::value::list(std::move(users)))
        .build();
  }

  struct entry {
    identity_ptr who;
    caf::actor_clock::time_point since;
  };

  protocol::result<identity_ptr> look_up(uint32_t uid) {
    auto i = known_.find(uid);
    if (i != known_.end()
        && self_->clock().now() - i->second.since < remembered_for)
      return i->second.who;
    auto found = source_.by_uid(uid);
    if (!found.ok()) {
      known_.erase(uid);
      return std::move(found).failure();
    }
    return remember(*std::move(found));
  }

  identity_ptr remember(os::identity who) {
    auto& e = known_[who.uid];
    // Whoever holds the same facts already goes on sharing them.
    if (!e.who || *e.who != who)
      e.who = std::make_shared<os::identity>(std::move(who));
    e.since = self_->clock().now();
    return e.who;
  }

  caf::event_based_actor* self_;
  user_source source_;
  std::unordered_map<uint32_t, entry> known_;
};

caf::behavior user_directory(caf::stateful_actor<directory_state>* self,
                             user_source source) {
  auto& state = state_of(self);
  state.init(std::move(source));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_user_directory(caf::actor_system& system, user_source source,
                                bool detached) {
  return detached
             ? system.spawn<caf::detached>(user_directory, std::move(source))
             : system.spawn(user_directory, std::move(source));
}

} // namespace hiisi::actors
