#pragma once

#include "logs/descriptor.hpp"

namespace hiisi::cli {

using logs::descriptor;

} // namespace hiisi::cli
