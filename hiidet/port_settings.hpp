#pragma once

#include "actors/core/port_policy.hpp"
#include "actors/core/ron/view.hpp"
#include "hiidet/configuration.hpp"

#include <memory>

namespace hiisi::hiidet {

/// Reads the part `ports` of hiidet.ron. Errors name line and column.
protocol::result<void> read_port_settings(const core::ron::view& from,
                                          port_settings& out);

/// The settings joined with what the host says: the kernel's ranges,
/// /etc/services and the numbers of groups. What the host does not say is left
/// out, with a warning in the log. A user's own daemon has neither quotas nor
/// rules, since there is nobody to share with.
[[nodiscard]] std::shared_ptr<const core::port_policy>
port_policy_of(const port_settings& settings, bool system);

} // namespace hiisi::hiidet
