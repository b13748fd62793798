#pragma once

#include "actors/core/process_machine.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <memory>

// What the record_store takes (detached: it waits for disks).

namespace hiisi::actors {

struct store_record {
  std::shared_ptr<const core::process_record> record;
  core::save_purpose purpose = core::save_purpose::note;
  caf::actor asker;
};
struct store_live {
  core::live_record record;
  caf::actor asker;
};
struct remove_record {
  uint32_t id = 0;
  caf::actor asker;
};
/// From the host_supervisor, whose user_supervisor failed. Answered by
/// `user_records`.
struct load_user_records {
  uint32_t uid = 0;
  caf::actor asker;
};
/// From main at the end: write what is pending, then answer with this.
struct flush {};
/// INTERNAL: write what has come in.
struct write_out {};
/// INTERNAL: it is time to have the disk keep what was written.
struct sync_due {};
/// INTERNAL, to the store's own syncer: have the disk keep what was written.
/// Answered by `synced`.
struct sync_out {
  caf::actor asker;
};
struct synced {};

} // namespace hiisi::actors
