#pragma once

#include "actors/core/metrics_reading.hpp"

#include <string>

namespace hiisi::hiidet {

/// The page that Prometheus reads. Names and units go by its conventions;
/// README.org lists the families.
[[nodiscard]] std::string metrics_text(const core::metrics_reading& what);

} // namespace hiisi::hiidet
