#pragma once

#include "actors/messages.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace hiisi::actors {

/// Who waits for an operation; nobody where the session is null.
struct waiter {
  ticket reply_to;
  operation_kind kind = operation_kind::start;
  uint32_t id = 0;
  /// The start is the one of a `run`.
  bool is_run = false;
};

/// The operations under way of one user's processes, and who waits for each.
class waiters {
public:
  /// Enters one; returns the number by which it is reported as done.
  uint64_t enter(waiter who) {
    const auto operation = next_++;
    by_process_.emplace(who.id, operation);
    open_.emplace(operation, std::move(who));
    return operation;
  }

  /// Strikes out one that is done; nothing if it was struck out before.
  std::optional<waiter> take(uint64_t operation) {
    const auto i = open_.find(operation);
    if (i == open_.end())
      return std::nullopt;
    auto found = std::move(i->second);
    open_.erase(i);
    by_process_.erase({found.id, operation});
    return found;
  }

  /// Strikes out all of the process `id`, the oldest first.
  std::vector<waiter> take_all_of(uint32_t id) {
    std::vector<waiter> found;
    auto i = by_process_.lower_bound({id, 0});
    while (i != by_process_.end() && i->first == id) {
      const auto operation = open_.find(i->second);
      found.push_back(std::move(operation->second));
      open_.erase(operation);
      i = by_process_.erase(i);
    }
    return found;
  }

private:
  std::map<uint64_t, waiter> open_;
  /// Process and operation of each: a thousand may wait when one is removed.
  std::set<std::pair<uint32_t, uint64_t>> by_process_;
  uint64_t next_ = 1;
};

} // namespace hiisi::actors
