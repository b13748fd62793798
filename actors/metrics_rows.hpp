#pragma once

#include "actors/core/metrics_reading.hpp"
#include "actors/messages.hpp"
#include "protocol/response.hpp"

#include <span>
#include <unordered_map>

namespace hiisi::actors {

/// Turns what processes use into numbers that only grow while an incarnation
/// lives, as counters must: where there are no cgroups, what was read falls
/// when a child ends that nobody waits for. Also keeps when each was started,
/// since the wall clock, asked again, says something a little different.
class usage_ledger {
public:
  /// Takes what was read of the incarnation, and raises its counters to what
  /// was told before.
  void settle(uint32_t id, uint32_t run, protocol::process_usage& usage);

  /// When it was started by the wall clock.
  [[nodiscard]] protocol::wall_time started(uint32_t id, uint32_t run,
                                            core::boot_time since_boot);

  /// Forgets those that were not asked for since the last time.
  void forget_the_gone();

private:
  struct entry {
    uint32_t run = 0;
    bool asked_for = true;
    protocol::process_usage highest;
    std::optional<protocol::wall_time> started;
  };
  entry& of(uint32_t id, uint32_t run);

  std::unordered_map<uint32_t, entry> entries_;
};

/// What the table says of a process; what it uses and its logs are added by
/// whoever has read them.
[[nodiscard]] core::process_reading row_of(const process_view& view,
                                           core::boot_time now);

/// Adds a process to its owner's sums.
void add_to_user(core::user_reading& user, const core::process_reading& row,
                 const core::process_record& record);

/// Counts ports by their states, as a lookup shows them.
[[nodiscard]] core::port_counts
count_ports(std::span<const protocol::port_entry> shown);

} // namespace hiisi::actors
