#include "actors/run_intake.hpp"

#include "actors/core/new_process.hpp"
#include "actors/core/process_names.hpp"
#include "actors/core/process_ports.hpp"
#include "actors/os/clock.hpp"
#include "actors/reply.hpp"
#include "actors/supervisor_errors.hpp"

#include <utility>

namespace hiisi::actors {

run_intake::run_intake(caf::event_based_actor* self, uint32_t uid,
                       caf::actor host, supervised_children& children,
                       port_claims& claims, user_operations& operations)
    : self_(self),
      uid_(uid),
      host_(std::move(host)),
      children_(children),
      claims_(claims),
      operations_(operations) {}

protocol::result<void> run_intake::check(const run_as& m) const {
  const auto& request = request_of(m);
  if (auto good = check_name(request); !good)
    return good;
  return core::check_wishes(request.ports, request.argv);
}

protocol::result<void>
run_intake::check_name(const protocol::run_request& request) const {
  if (request.name)
    if (const auto other = children_.table().named(*request.name))
      return name_taken(*request.name, *other);
  return {};
}

void run_intake::refuse(const run_as& m, protocol::error why) {
  tell(self_, host_, id_released{m.id});
  send_reply(self_, m.what.reply_to, std::move(why));
}

void run_intake::accept(run_as m) {
  if (request_of(m).ports.empty())
    define(m, {}, {});
  else
    claims_.claim(std::move(m));
}

void run_intake::claimed(ports_claimed& m) {
  const auto waiting = claims_.take(m.id);
  if (!waiting)
    return;
  if (!m.ports)
    return refuse(*waiting, std::move(m.ports).failure());
  // Another run may have taken the name meanwhile.
  if (auto good = check_name(request_of(*waiting)); !good) {
    claims_.give_back(m.id, *m.ports, std::move(m.fresh), {});
    return refuse(*waiting, std::move(good).failure());
  }
  define(*waiting, *std::move(m.ports), std::move(m.fresh));
}

void run_intake::define(const run_as& m,
                        std::vector<protocol::process_port> ports,
                        std::vector<uint16_t> fresh) {
  const auto& request = request_of(m);
  const auto& owner = *children_.owner();
  auto called = request.name
                    ? *request.name
                    : core::default_name(request.argv.front(), [this](auto n) {
                        return children_.table().named(n).has_value();
                      });
  auto& made = children_.add(
      core::record_of_new(request,
                          {m.id, std::move(called), uid_, owner.name,
                           os::wall_now(), std::move(ports), owner.home},
                          shared(request.env)));
  made.fresh = true;
  made.fresh_ports = std::move(fresh);
  operations_.begin_run(m.id, m.what.reply_to, m.what.by);
}

/// The environment of the run before, if it is the same one.
protocol::shared_environment
run_intake::shared(protocol::shared_environment env) {
  env.share_with_last(last_environment_);
  return env;
}

} // namespace hiisi::actors
