#pragma once

#include "actors/messages.hpp"

#include <memory>
#include <string>

namespace hiisi::test {

/// Somebody of the host's, for actors that never look at the user database.
inline actors::identity_ptr person(uint32_t uid, std::string name,
                                   bool administrator = false) {
  os::identity who;
  who.uid = who.gid = uid;
  who.home = "/home/" + name;
  who.name = std::move(name);
  who.groups = {uid};
  who.administrator = administrator;
  return std::make_shared<const os::identity>(std::move(who));
}

inline const auto alice = person(1000, "alice");
inline const auto bob = person(1001, "bob");
inline const auto root = person(0, "root", true);
inline const auto admin = person(1002, "admin", true);

/// A request of theirs, on its way.
inline actors::submission submit(const caf::actor& session, uint64_t sequence,
                                 actors::identity_ptr who,
                                 protocol::command what) {
  auto by = std::make_shared<const actors::requester>(
      actors::requester{who->uid, who->name, 4242});
  return {{session, sequence},
          std::move(who),
          std::make_shared<const protocol::request>(
              protocol::request{std::move(what), {}, 2}),
          std::move(by)};
}

} // namespace hiisi::test
