#include "actors/user_directory.hpp"

#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hiisi::actors {

namespace {

/// A change of groups or of the name shows after at most this long.
constexpr std::chrono::seconds users_remembered_for{5};
/// Whoever asks waits no longer than this for the name services.
constexpr std::chrono::seconds lookup_patience{2};
/// So many may hang at a time before nothing can be looked up any more.
constexpr size_t most_lookups = 4;

/// Asks the name services, one question after the other.
caf::behavior lookup(caf::event_based_actor* self, user_source source,
                     std::string_view kind, caf::actor_id parent) {
  return observed(
      self, kind, {"user_lookup", {}, parent, {}, 0}, {},
      [self, source = std::move(source)](look_up_user& m) {
        tell(self, caf::actor_cast<caf::actor>(self->current_sender()),
             user_looked_up{m.number, m.uid ? source.by_uid(*m.uid)
                                            : source.by_name(m.name)});
      });
}

class directory_state {
public:
  static inline const char* name = "user_directory";

  explicit directory_state(caf::event_based_actor* self) : self_(self) {}

  void init(user_source source, bool detached) {
    source_ = std::move(source);
    detached_ = detached;
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](identify& m) {
          if (const auto* known = fresh(m.uid))
            tell(self_, m.asker, identified{m.uid, {}, known->who});
          else
            look_up({m.uid, {}, {}, false}, std::move(m.asker));
        },
        [this](identify_name& m) {
          look_up({{}, std::move(m.name), {}, false}, std::move(m.asker));
        },
        [this](user_looked_up& m) { looked_up(m); },
        [this](const lookup_late& m) { give_up_waiting(m.number); });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(known_.size()) + " users known"
           + (open_.empty()
                  ? ""
                  : ", " + std::to_string(open_.size()) + " being looked up");
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
        .add("being_looked_up", open_.size())
        .add("waiting", waiting_.size())
        .build();
  }

  struct entry {
    identity_ptr who;
    caf::actor_clock::time_point since;
  };

  /// What the name services are to be asked, and who wants to know.
  struct question {
    std::optional<uint32_t> uid;
    std::string name;
    std::vector<caf::actor> askers;
    /// Nobody waits for it any more.
    bool late = false;
  };

  const entry* fresh(uint32_t uid) const {
    auto i = known_.find(uid);
    return i != known_.end()
                   && self_->clock().now() - i->second.since
                          < users_remembered_for
               ? &i->second
               : nullptr;
  }

  void look_up(question what, caf::actor asker) {
    for (auto& [number, q] : open_)
      if (q.uid == what.uid && q.name == what.name) {
        if (q.late)
          answer_without(q, asker);
        else
          q.askers.push_back(std::move(asker));
        return;
      }
    const auto number = next_number_++;
    what.askers.push_back(std::move(asker));
    open_.emplace(number, std::move(what));
    waiting_.push_back(number);
    hand_out();
    tell_self_after(self_, lookup_patience, lookup_late{number});
  }

  /// Gives questions to who is free to ask them.
  void hand_out() {
    while (!waiting_.empty()) {
      if (free_.empty() && lookups_ < most_lookups) {
        ++lookups_;
        free_.push_back(detached_ ? self_->spawn<caf::detached + caf::linked>(
                            lookup, source_, "detached", self_->id())
                                  : self_->spawn(lookup, source_, "event-based",
                                                 self_->id()));
      }
      if (free_.empty())
        return;
      const auto number = waiting_.front();
      waiting_.pop_front();
      auto by = std::move(free_.back());
      free_.pop_back();
      const auto& q = open_.at(number);
      tell(self_, by, look_up_user{number, q.uid, q.name});
      asked_.emplace(number, std::move(by));
    }
  }

  void looked_up(user_looked_up& m) {
    if (auto by = asked_.extract(m.number))
      free_.push_back(std::move(by.mapped()));
    auto q = std::move(open_.extract(m.number).mapped());
    if (!m.who.ok() && q.uid
        && m.who.failure().code == protocol::errc::not_found)
      known_.erase(*q.uid);
    const auto uid = q.uid ? *q.uid : m.who.ok() ? m.who->uid : 0;
    const auto said
        = m.who.ok()
              ? protocol::result<identity_ptr>(remember(*std::move(m.who)))
              : protocol::result<identity_ptr>(std::move(m.who).failure());
    for (const auto& asker : q.askers)
      tell(self_, asker, identified{uid, q.name, said});
    hand_out();
  }

  /// A directory server that hangs holds up nobody for longer than this. Its
  /// answer is remembered, should it come.
  void give_up_waiting(uint64_t number) {
    auto i = open_.find(number);
    if (i == open_.end())
      return;
    auto& q = i->second;
    q.late = true;
    for (const auto& asker : std::exchange(q.askers, {}))
      answer_without(q, asker);
  }

  /// Says what was known last, if anything was.
  void answer_without(const question& q, const caf::actor& asker) {
    for (const auto& [uid, e] : known_)
      if (q.uid ? uid == *q.uid : e.who->name == q.name) {
        tell(self_, asker, identified{uid, q.name, e.who});
        return;
      }
    tell(self_, asker,
         identified{q.uid.value_or(0), q.name,
                    protocol::make_error(
                        protocol::errc::unavailable,
                        "the host's user database does not answer",
                        "try again later, or ask an administrator to look at "
                        "this host's name services (getent passwd)")});
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
  bool detached_ = true;
  std::unordered_map<uint32_t, entry> known_;
  std::map<uint64_t, question> open_;
  /// Questions that nobody asks yet, in order.
  std::deque<uint64_t> waiting_;
  /// Who asks which.
  std::map<uint64_t, caf::actor> asked_;
  std::vector<caf::actor> free_;
  size_t lookups_ = 0;
  uint64_t next_number_ = 1;
};

caf::behavior user_directory(caf::stateful_actor<directory_state>* self,
                             user_source source, bool detached) {
  auto& state = state_of(self);
  state.init(std::move(source), detached);
  return state.make_behavior();
}

} // namespace

caf::actor spawn_user_directory(caf::actor_system& system, user_source source,
                                bool detached) {
  return system.spawn(user_directory, std::move(source), detached);
}

} // namespace hiisi::actors
