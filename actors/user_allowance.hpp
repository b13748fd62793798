#pragma once

#include "actors/child_table.hpp"
#include "actors/core/start_budget.hpp"
#include "actors/core/user_limits.hpp"
#include "actors/messages.hpp"
#include "actors/port_claims.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace hiisi::actors {

/// What one user may have of processes, starts and logs, and has. Where there
/// are no rules, as in a user's own daemon, there is no limit.
class user_allowance {
public:
  /// Counts `children` and what waits among `claims`, which must outlive it;
  /// `starts` is shared with every process_actor.
  user_allowance(uint32_t uid, const child_table& children,
                 const port_claims& claims,
                 std::shared_ptr<core::start_budget> starts);

  /// Sees anew what the rules say. To be called whenever these change, or
  /// something is known of the owner, whose groups may have changed; of one who
  /// is not known (null) the uid is.
  void set(std::shared_ptr<const core::limit_policy> rules, identity_ptr owner);

  /// Whether there is room for what `m` is to run. Errors: `limit_exceeded`.
  [[nodiscard]] protocol::result<void>
  check_run(const protocol::run_request& request) const;
  /// Whether there is room for the logs of `c`, should that have ended for good
  /// and count anew. Errors: `limit_exceeded`.
  [[nodiscard]] protocol::result<void> check_start(const submission& m,
                                                   const child& c) const;
  /// Counts one more start. Errors: `limit_exceeded`, and then it is not
  /// counted.
  protocol::result<void> take_start(const submission& m);

  /// What is used, and may be by whoever has the uid just now.
  [[nodiscard]] std::vector<protocol::quota_entry>
  use(const os::identity& who) const;

private:
  [[nodiscard]] bool is_done_for_another(const submission& m) const;
  [[nodiscard]] size_t processes() const;
  [[nodiscard]] uint64_t log_use(const os::identity& owner) const;
  [[nodiscard]] protocol::result<void>
  check_logs(const core::log_wishes& wishes) const;

  uint32_t uid_;
  const child_table& children_;
  const port_claims& claims_;
  std::shared_ptr<core::start_budget> starts_;
  std::shared_ptr<const core::limit_policy> rules_;
  identity_ptr owner_;
  core::user_limits limits_ = core::unlimited;
};

} // namespace hiisi::actors
