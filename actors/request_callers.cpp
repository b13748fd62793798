#include "actors/request_callers.hpp"

#include "actors/caf_compat.hpp"
#include "actors/os/user_db.hpp"

#include <memory>
#include <utility>

namespace hiisi::actors {

request_callers::request_callers(caf::event_based_actor* self,
                                 caf::actor directory, os::credentials peer,
                                 bool system, uint32_t own_uid)
    : self_(self),
      directory_(std::move(directory)),
      peer_(peer),
      system_(system),
      uid_(system ? peer.uid : own_uid) {
  tell(self_, directory_, identify{uid_, caf::actor{self_}});
}

void request_callers::learn(identified& m) {
  if (m.name.empty())
    self_identity_ = rights_here(std::move(m.who));
  else
    others_[m.name] = std::move(m.who);
}

/// Whoever has a daemon of their own administers it.
request_callers::who request_callers::rights_here(who found) const {
  if (system_ || !found.ok() || (*found)->administrator)
    return found;
  auto own = std::make_shared<os::identity>(**found);
  own->administrator = true;
  return identity_ptr{std::move(own)};
}

std::optional<request_callers::who>
request_callers::caller_for(const protocol::request& what) {
  if (!self_identity_)
    return std::nullopt;
  if (!system_ || uid_ != os::root_uid || what.user.empty()
      || !self_identity_->ok() || what.user == (**self_identity_)->name)
    return self_identity_;
  auto i = others_.find(what.user);
  if (i == others_.end()) {
    others_.emplace(what.user, std::nullopt);
    tell(self_, directory_, identify_name{what.user, caf::actor{self_}});
    return std::nullopt;
  }
  return i->second;
}

identity_ptr request_callers::self() const {
  return self_identity_ && self_identity_->ok() ? **self_identity_ : nullptr;
}

const requester_ptr& request_callers::behind_it() {
  if (!requester_) {
    const auto known = peer_.uid == uid_ ? self() : nullptr;
    requester_ = std::make_shared<requester>(
        requester{peer_.uid, known ? known->name : std::string{}, peer_.pid});
  }
  return requester_;
}

} // namespace hiisi::actors
