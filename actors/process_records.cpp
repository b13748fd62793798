#include "actors/process_records.hpp"

#include "actors/caf_compat.hpp"
#include "actors/os/boot_id.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/keeper_slot.hpp"

#include <memory>
#include <utility>

namespace hiisi::actors {

process_records::process_records(caf::event_based_actor* self, caf::actor store,
                                 core::live_writer write_live,
                                 std::optional<core::live_record> live)
    : self_(self),
      store_(std::move(store)),
      write_live_(std::move(write_live)),
      live_(std::move(live)) {}

void process_records::save(const core::process_record& record,
                           core::save_purpose purpose) {
  tell(self_, store_,
       store_record{std::make_shared<core::process_record>(record), purpose,
                    caf::actor{self_}});
}

bool process_records::save_live(const core::process_machine& machine) {
  const auto& child = machine.child();
  const auto& record = machine.record();
  live_ = core::live_record{
      record.spec->id,   record.run,        record.spec->uid, child.pid,
      child.pidfs_inode, child.start_ticks, child.started_at, os::this_boot()};
  if (!write_live_) {
    tell(self_, store_, store_live{*live_, caf::actor{self_}});
    return false;
  }
  // Two hand-overs less between a fork and the opening of its gate.
  write_live_(*live_);
  return true;
}

void process_records::remove(uint32_t id) {
  tell(self_, store_, remove_record{id, caf::actor{self_}});
}

std::optional<keeper_wire::message>
process_records::last_known(const core::process_record& record) const {
  if (!live_ || live_->boot_id != os::this_boot()
      || (!core::is_up(record.state) && live_->run <= record.run))
    return std::nullopt;
  return os::slot_of(*live_);
}

bool process_records::has_live(uint32_t run) const {
  return live_ && live_->run == run && live_->boot_id == os::this_boot();
}

core::event::not_found process_records::not_found() const {
  // A reboot clears the live records, so none at all speaks for one too.
  return {!live_ || live_->boot_id != os::this_boot(), live_ ? live_->run : 0,
          os::wall_now()};
}

} // namespace hiisi::actors
