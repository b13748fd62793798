#pragma once

#include "actors/core/process_record.hpp"
#include "protocol/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hiisi::core {

/// Whose a new process is to be, and as what it is entered.
struct new_process {
  uint32_t id = 0;
  std::string name;
  uint32_t uid = 0;
  /// The owner's login name.
  std::string user;
  protocol::wall_time created{};
  /// What the request's wishes for ports have come to.
  std::vector<protocol::process_port> ports{};
  /// The owner's home.
  std::string home{};
};

/// The record of a process that `request` asks for, before its first start,
/// with the numbers of ports in its command. The request has passed
/// check_wishes(); `env` holds the request's environment.
[[nodiscard]] process_record record_of_new(const protocol::run_request& request,
                                           new_process as,
                                           protocol::shared_environment env);

} // namespace hiisi::core
