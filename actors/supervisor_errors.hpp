#pragma once

#include "actors/core/process_record.hpp"
#include "protocol/error.hpp"
#include "protocol/request.hpp"

#include <cstdint>
#include <string>

namespace hiisi::actors {

// What a user_supervisor refuses, in words that its user can act on.

/// A second process is to have the name of process `id`.
[[nodiscard]] protocol::error name_taken(const std::string& name, uint32_t id);
[[nodiscard]] protocol::error no_process(const protocol::target& what);
/// The process is another's.
[[nodiscard]] protocol::error not_yours(const core::process_spec& what);
[[nodiscard]] protocol::error home_unknown(uint32_t uid);
/// The process was removed while somebody waited for something else of it.
[[nodiscard]] protocol::error removed_meanwhile(uint32_t id);
/// The actor behind the process has failed and been built anew.
[[nodiscard]] protocol::error manager_failed(uint32_t id);
/// The actor behind the process has failed too often.
[[nodiscard]] protocol::error manager_given_up(uint32_t id);

} // namespace hiisi::actors
