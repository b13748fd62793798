#pragma once

#include "actors/core/unused_ports.hpp"
#include "actors/messages/common.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/response.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hiisi::core {
struct port_policy;
} // namespace hiisi::core

// What the port_registry takes (detached: it waits for disks).

namespace hiisi::actors {

/// From a session: one of the port requests.
struct port_submission {
  submission what;
};
/// From a user_supervisor: a process of `owner`'s is to be defined, with these
/// ports. A label gives the port that its owner has under it. Answered by
/// `ports_claimed`, once they are on disk.
struct claim_ports {
  uint32_t id = 0;
  std::string name;
  identity_ptr owner;
  std::vector<protocol::port_wish> wishes;
  caf::actor asker;
};
/// From a user_supervisor: process `id` is no more. Of its ports, all of which
/// belonged to it alone, those of `free` are given back. Whoever asked for it
/// is answered by `process_removed`, with what became of which.
struct release_ports {
  uint32_t id = 0;
  uint32_t uid = 0;
  std::vector<uint16_t> ports;
  std::vector<uint16_t> free;
  ticket reply_to;
};
/// From a process_actor, about to be started: does anybody but this process
/// listen on one of these? Answered by `ports_looked_at`.
struct look_at_ports {
  uint32_t id = 0;
  uint32_t run = 0;
  uint32_t uid = 0;
  std::vector<protocol::process_port> ports;
  caf::actor asker;
};
/// From a process_actor: these sockets, by their inodes, are held for it from
/// now on, though hiidet made them.
struct ports_held {
  uint32_t id = 0;
  std::string name;
  uint32_t uid = 0;
  std::vector<uint64_t> inodes;
};
/// From main: rules that hold from now on.
struct port_rules {
  std::shared_ptr<const core::port_policy> policy;
};
/// From main, on SIGHUP: read the file anew.
struct reload_registry {};
/// From the host_supervisor: which ports are unused? Answered by `ports_unused`
/// each time that is found to have changed.
struct follow_unused_ports {
  caf::actor who;
};
/// To the host_supervisor from the port_registry, and from there to every
/// user_supervisor, for its `status`.
struct ports_unused {
  unused_ptr all;
};
/// INTERNAL: it is time to see which ports are in use.
struct watch_over_ports {
  uint64_t epoch = 0;
};

} // namespace hiisi::actors
