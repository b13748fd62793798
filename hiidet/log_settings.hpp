#pragma once

#include "actors/core/log_policy.hpp"
#include "actors/core/ron/view.hpp"
#include "protocol/result.hpp"

#include <memory>

namespace hiisi::hiidet {

/// Reads the key `logs` of hiidet.ron. Errors: `invalid_argument`, with line
/// and column.
protocol::result<void> read_log_settings(const core::ron::view& from,
                                         core::log_policy& out);

/// The same with the numbers of groups, as far as the host knows them. A daemon
/// of a user's own has no rules: its only user has said it all in `logs`.
std::shared_ptr<const core::log_policy>
log_policy_of(const core::log_policy& settings, bool system);

} // namespace hiisi::hiidet
