#pragma once

#include "actors/core/authorization.hpp"
#include "actors/core/log_policy.hpp"
#include "actors/core/unused_ports.hpp"
#include "actors/messages.hpp"
#include "protocol/request.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hiisi::actors {

/// One process of a user's, as their user_supervisor knows it.
struct child {
  /// Null when it has failed too often to be built anew.
  caf::actor actor;
  view_ptr view;
  uint32_t rebuilds = 0;
  /// Its first start has not succeeded yet; if it fails nothing of it stays.
  bool fresh = false;
  /// It is being removed and no longer shown.
  bool leaving = false;
  /// It is being removed because its first start has failed.
  bool never_ran = false;
  /// Its owner is gone, and somebody else has the uid.
  bool left_behind = false;
  /// Ports that are its owner's since the run; given back should that fail.
  std::vector<uint16_t> fresh_ports{};
  /// What its owner said of its ports when it was to be removed.
  std::optional<bool> free_ports{};
  /// Its row for its owner, for as long as nothing of it changes but the time;
  /// null where none is kept.
  std::shared_ptr<const protocol::written_status_entry> written{};
  std::optional<core::boot_time> written_since{};

  [[nodiscard]] const core::process_spec& spec() const {
    return *view->record.spec;
  }
  /// It has been started, and is not being removed.
  [[nodiscard]] bool shown() const noexcept { return !leaving && !fresh; }
  /// What that one is to it: who merely has the uid is no owner.
  [[nodiscard]] core::subject seen_by(core::subject who) const {
    if (left_behind && who.uid == spec().uid)
      who.uid = core::no_owner;
    return who;
  }
};

/// The processes of one user: by id, by name and by the actor behind each. It
/// sends nothing.
class child_table {
public:
  /// Puts in a child that runs by `record`, and gives it its name unless
  /// another has it.
  child& add(core::process_record record);
  /// Notes which actor is behind it.
  void attach(uint32_t id, caf::actor actor);
  /// Takes it out, with its name and the address of its actor.
  void erase(uint32_t id);

  [[nodiscard]] child& at(uint32_t id) { return children_.at(id); }
  [[nodiscard]] bool contains(uint32_t id) const {
    return children_.count(id) != 0;
  }
  [[nodiscard]] size_t size() const noexcept { return children_.size(); }
  /// How many count against their owner's limit: plain runs that have ended do
  /// not.
  [[nodiscard]] size_t defined() const noexcept {
    return children_.size() - finished_.size();
  }
  /// What those say of their logs.
  [[nodiscard]] const core::log_shares& logs() const noexcept { return logs_; }
  /// Whether it is one of those.
  [[nodiscard]] bool counts(uint32_t id) const {
    return finished_.count(id) == 0;
  }
  /// By id, so that every list comes in the order of age.
  [[nodiscard]] const std::map<uint32_t, child>& all() const noexcept {
    return children_;
  }

  [[nodiscard]] std::vector<uint32_t> ids() const;

  /// What is called so and is not on its way out; null if there is none.
  [[nodiscard]] child* find(const protocol::target& what);
  /// Whose name that is.
  [[nodiscard]] std::optional<uint32_t> named(std::string_view name) const;
  /// Lets another take its name, while it may still be there itself.
  void free_name(uint32_t id);
  /// Gives it its name again, unless another has it by now.
  void claim_name(uint32_t id);

  /// Whose actor that was; it is forgotten with this.
  [[nodiscard]] std::optional<uint32_t>
  take_address(const caf::actor_addr& who);

  /// Takes what a process_actor tells of itself.
  void update(uint32_t id, view_ptr view);
  /// Sees anew whether it is one of the finished plain runs, now that `fresh`
  /// or `leaving` has changed.
  void recount(uint32_t id);
  /// Whether more than `kept` plain runs have ended.
  [[nodiscard]] bool surplus(size_t kept) const noexcept {
    return finished_.size() > kept;
  }
  /// While more than `kept` plain runs have ended: the oldest of them, which is
  /// on its way out from now on. What has a restart policy was meant to stay,
  /// and a user who stopped it will look for it.
  [[nodiscard]] std::optional<uint32_t> take_surplus(size_t kept);

  /// The ports of all but this one.
  [[nodiscard]] std::set<uint16_t> ports_beside(uint32_t id) const;
  /// All that are shown, by id.
  [[nodiscard]] std::vector<view_ptr> views() const;

  /// Which rows there are.
  enum class selection : uint8_t {
    all,
    /// Not what somebody has left who had the uid before: it is not one's own.
    own,
  };
  /// The rows of `status`, with the ports marked that are in `unused`.
  [[nodiscard]] std::vector<protocol::status_entry>
  rows(const core::subject& viewer, core::boot_time now,
       const core::unused_ports& unused = {},
       selection which = selection::all) const;
  /// The rows of one's own, for who may see all of them. What was written for
  /// it is kept, so `unused` has to be as it was until forget_written().
  [[nodiscard]] std::vector<protocol::written_status_list::row>
  own_rows(core::boot_time now, const core::unused_ports& unused);
  void forget_written() noexcept;

private:
  void count_logs(const core::log_wishes& wishes);
  void uncount_logs(const core::log_wishes& wishes);

  std::map<uint32_t, child> children_;
  /// Plain runs that have ended, the oldest first.
  std::set<uint32_t> finished_;
  /// Of all others.
  core::log_shares logs_;
  std::map<std::string, uint32_t, std::less<>> names_;
  std::unordered_map<caf::actor_addr, uint32_t> by_address_;
};

} // namespace hiisi::actors
