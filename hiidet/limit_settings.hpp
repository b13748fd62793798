#pragma once

#include "actors/core/ron/view.hpp"
#include "actors/core/user_limits.hpp"
#include "hiidet/configuration.hpp"

#include <memory>

namespace hiisi::hiidet {

/// Reads the part `limits` of hiidet.ron into `connections` and `limits`.
/// Errors name line and column.
protocol::result<void> read_limits(const core::ron::view& from,
                                   configuration& out);

/// The settings joined with the numbers of groups, as the host knows them; a
/// group that it does not know is left out, with a warning in the log. Null
/// for a user's own daemon, since there is nobody to share with.
[[nodiscard]] std::shared_ptr<const core::limit_policy>
limit_policy_of(const configuration& settings, bool system);

} // namespace hiisi::hiidet
