#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/core/record_storage.hpp"
#include "actors/messages.hpp"
#include "protocol/keeper_wire.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <optional>

namespace hiisi::actors {

/// What is on disk of one process: its record, and the live record of its
/// latest incarnation. The store answers what was written to the process_actor,
/// whose machine goes on only then.
class process_records {
public:
  /// `live` is what was found on disk, if anything; `write_live` is null where
  /// the store is to write live records.
  process_records(caf::event_based_actor* self, caf::actor store,
                  core::live_writer write_live,
                  std::optional<core::live_record> live);

  /// Answered by `record_stored`.
  void save(const core::process_record& record, core::save_purpose purpose);
  /// Writes the live record of the machine's child. True where that is done;
  /// otherwise `live_stored` follows.
  [[nodiscard]] bool save_live(const core::process_machine& machine);
  /// Removes everything. Answered by `record_removed`.
  void remove(uint32_t id);

  /// What a keeper can take over that has not started it itself: it is on
  /// record as being up, and was since the last boot.
  [[nodiscard]] std::optional<keeper_wire::message>
  last_known(const core::process_record& record) const;
  /// Whether the child of that incarnation is on record.
  [[nodiscard]] bool has_live(uint32_t run) const;
  /// What it means that no keeper holds it.
  [[nodiscard]] core::event::not_found not_found() const;

private:
  caf::event_based_actor* self_;
  caf::actor store_;
  core::live_writer write_live_;
  std::optional<core::live_record> live_;
};

} // namespace hiisi::actors
