#include "actors/user_allowance.hpp"

#include "actors/os/clock.hpp"
#include "actors/quota_clerk.hpp"

#include <utility>

namespace hiisi::actors {

user_allowance::user_allowance(uint32_t uid, const child_table& children,
                               const port_claims& claims,
                               std::shared_ptr<core::start_budget> starts)
    : uid_(uid),
      children_(children),
      claims_(claims),
      starts_(std::move(starts)) {}

void user_allowance::set(std::shared_ptr<const core::limit_policy> rules,
                         identity_ptr owner) {
  rules_ = std::move(rules);
  owner_ = std::move(owner);
  if (!rules_) {
    limits_ = core::unlimited;
    starts_->limit(core::no_limit, {});
    return;
  }
  limits_ = owner_
                ? core::limits_of(*rules_, uid_, owner_->name, owner_->groups)
                : core::limits_of(*rules_, uid_, {}, {});
  starts_->limit(limits_.starts_per_minute, rules_->contact);
}

size_t user_allowance::processes() const {
  return children_.defined() + claims_.size();
}

protocol::result<void>
user_allowance::check_run(const protocol::run_request& request) const {
  if (!rules_)
    return {};
  auto good = core::check_limit(processes(), limits_.processes, "processes",
                                "hiisi rm forgets some", rules_->contact);
  return good ? check_logs({request.log_bytes, request.log_keep}) : good;
}

protocol::result<void> user_allowance::check_start(const submission& m,
                                                   const child& c) const {
  if (children_.counts(c.spec().id) || is_done_for_another(m))
    return {};
  return check_logs(c.spec().logs);
}

/// By the rules for `owner`, of what counts as a process.
uint64_t user_allowance::log_use(const os::identity& owner) const {
  auto all = children_.logs();
  for (const auto& [id, waiting] : claims_.all())
    ++all[{request_of(waiting).log_bytes, request_of(waiting).log_keep}];
  return core::log_room(rules_->logs, owner.name, owner.groups, all);
}

protocol::result<void>
user_allowance::check_logs(const core::log_wishes& wishes) const {
  if (limits_.log_bytes == core::no_limit || !owner_)
    return {};
  return core::check_log_room(
      log_use(*owner_),
      core::log_room(rules_->logs, owner_->name, owner_->groups, wishes),
      limits_.log_bytes, rules_->contact);
}

/// What an administrator does for somebody else is not held against them.
bool user_allowance::is_done_for_another(const submission& m) const {
  return m.caller->uid != uid_ && m.caller->administrator;
}

protocol::result<void> user_allowance::take_start(const submission& m) {
  if (!is_done_for_another(m))
    return starts_->take(os::boottime());
  starts_->count(os::boottime());
  return {};
}

std::vector<protocol::quota_entry>
user_allowance::use(const os::identity& who) const {
  const auto limits
      = rules_ ? core::limits_of(*rules_, uid_, who.name, who.groups) : limits_;
  std::vector<protocol::quota_entry> out{
      quota_entry_of("processes", processes(), limits.processes),
      quota_entry_of("starts_per_minute", starts_->use(os::boottime()),
                     limits.starts_per_minute)};
  if (rules_)
    out.push_back(quota_entry_of("log_bytes", log_use(who), limits.log_bytes));
  return out;
}

} // namespace hiisi::actors
