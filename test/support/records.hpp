#pragma once

#include "actors/core/process_record.hpp"

#include <memory>

namespace hiisi::test {

/// The record of a process of alice's: 7, called "web".
inline core::process_record record_of(protocol::restart_policy policy,
                                      protocol::process_state state
                                      = protocol::process_state::stopped,
                                      uint32_t run = 0, bool wanted = true) {
  auto spec = std::make_shared<core::process_spec>();
  spec->id = 7;
  spec->name = "web";
  spec->uid = 1000;
  spec->user = "alice";
  spec->argv = {"./web"};
  spec->cwd = "/home/alice";
  spec->policy = policy;
  core::process_record record;
  record.spec = std::move(spec);
  record.state = state;
  record.run = run;
  record.wanted = wanted;
  return record;
}

} // namespace hiisi::test
