#include "actors/core/new_process.hpp"

#include "actors/core/process_ports.hpp"

#include <utility>

namespace hiisi::core {

namespace {

/// What most systems start a login with, for clients that send none.
constexpr uint32_t usual_umask = 0022;

} // namespace

process_record record_of_new(const protocol::run_request& request,
                             new_process as, protocol::shared_environment env) {
  process_spec spec;
  spec.id = as.id;
  spec.name = std::move(as.name);
  spec.uid = as.uid;
  spec.user = std::move(as.user);
  spec.home = std::move(as.home);
  spec.argv = *fill_in_ports(request.argv, as.ports);
  spec.ports = std::move(as.ports);
  spec.listen = request.listen;
  spec.cwd = request.cwd;
  spec.env = std::move(env);
  spec.policy = request.restart;
  spec.stop_signal = request.stop_signal;
  spec.stop_timeout = request.stop_timeout;
  spec.limits = request.limits;
  spec.timestamps = request.timestamps;
  spec.terminal = request.terminal;
  spec.umask = request.umask.value_or(usual_umask);
  spec.logs = {request.log_bytes, request.log_keep};
  spec.created = as.created;
  process_record record;
  record.spec = std::make_shared<const process_spec>(std::move(spec));
  record.state = protocol::process_state::stopped;
  return record;
}

} // namespace hiisi::core
