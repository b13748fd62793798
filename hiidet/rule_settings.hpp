#pragma once

#include "actors/core/ron/struct_reader.hpp"
#include "actors/os/user_db.hpp"
#include "hiidet/log.hpp"

#include <utility>
#include <vector>

namespace hiisi::hiidet {

/// Reads a list of rules, each for one user or for the members of one group.
/// `keys(reader, rule)` reads what else a rule of that kind says. Errors name
/// line and column.
template <class Rule, class Keys>
protocol::result<void> read_rules(const core::ron::view& from,
                                  std::vector<Rule>& out, Keys keys) {
  auto items = from.as_list();
  if (!items)
    return std::move(items).failure();
  out.clear();
  for (const auto& item : *items) {
    Rule rule;
    core::ron::struct_reader reader(item);
    reader.optional("user", rule.user).optional("group", rule.group);
    keys(reader, rule);
    if (auto done = reader.finish(); !done)
      return done;
    if (rule.user.empty() == rule.group.empty())
      return item.fail("a rule is for a user or for a group: give one of "
                       "`user` and `group`");
    out.push_back(std::move(rule));
  }
  return {};
}

/// Gives each rule about a group the group's number. A group that the host does
/// not know is warned of, and has no members.
template <class Rule>
void find_groups(std::vector<Rule>& rules) {
  for (auto& rule : rules) {
    if (rule.group.empty())
      continue;
    if (auto gid = os::find_group(rule.group))
      rule.gid = *gid;
    else
      log(log_level::warning, gid.failure().message);
  }
}

} // namespace hiisi::hiidet
