#include "actors/core/port_table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;
using protocol::result;

std::string words_for(uint16_t port) {
  return "port " + std::to_string(port);
}

std::string date_of(protocol::wall_time when) {
  const std::chrono::year_month_day date{
      std::chrono::floor<std::chrono::days>(when)};
  std::array<char, 48> text{};
  std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

result<void> check_port(uint16_t port) {
  // max_port is the largest number there is in 16 bits.
  if (port >= protocol::min_port)
    return {};
  return make_error(errc::invalid_argument,
                    words_for(port) + " is not one that users may have",
                    "choose one from " + std::to_string(protocol::min_port)
                        + " to " + std::to_string(protocol::max_port)
                        + ", or give none to get a free one");
}

result<void> port_table::allocate(port_allocation wanted, const port_set& avoid,
                                  const description& describe) {
  if (auto checked = check_port(wanted.port); !checked)
    return checked;
  if (wanted.user.empty())
    return make_error(errc::invalid_argument,
                      words_for(wanted.port) + " needs an owner's name");
  const auto* present = find(wanted.port);
  if (!present) {
    if (const auto* same = find_label(wanted.uid, wanted.label))
      return make_error(errc::conflict,
                        words_for(same->port) + " is labelled " + wanted.label
                            + " already",
                        "choose another label");
    auto port = wanted.port;
    entries_.emplace(port, std::move(wanted));
    return {};
  }
  auto since = " since " + date_of(present->allocated_at);
  if (present->uid == wanted.uid)
    return make_error(errc::conflict,
                      words_for(wanted.port) + " is yours already," + since);
  auto taken = avoid;
  add_to(taken);
  auto next = next_free_port(wanted.port, port_range{}, taken);
  return make_error(errc::conflict,
                    words_for(wanted.port) + " has been allocated to "
                        + present->user + since
                        + (describe ? describe(*present) : std::string{}),
                    next ? "the next free one is " + std::to_string(*next)
                         : std::string("there is no free one"));
}

result<port_allocation> port_table::free(uint16_t port, const subject& by) {
  if (auto checked = check_port(port); !checked)
    return std::move(checked).failure();
  auto found = entries_.find(port);
  if (found == entries_.end())
    return make_error(errc::not_found, words_for(port) + " is not allocated",
                      "\"hiisi port lookup\" lists those that are");
  if (!may(by, action::free_port, found->second.uid))
    return make_error(errc::not_permitted,
                      words_for(port) + " is allocated to " + found->second.user
                          + ", not to you",
                      "ask " + found->second.user
                          + " or an administrator to free it");
  auto freed = std::move(found->second);
  entries_.erase(found);
  return freed;
}

const port_allocation* port_table::find(uint16_t port) const noexcept {
  auto found = entries_.find(port);
  return found == entries_.end() ? nullptr : &found->second;
}

void port_table::replace(port_allocation changed) {
  auto port = changed.port;
  entries_.insert_or_assign(port, std::move(changed));
}

const port_allocation*
port_table::find_label(uint32_t uid, std::string_view label) const noexcept {
  if (label.empty())
    return nullptr;
  for (const auto& [port, allocation] : entries_)
    if (allocation.uid == uid && allocation.label == label)
      return &allocation;
  return nullptr;
}

std::vector<port_allocation>
port_table::lookup(std::optional<std::string_view> user) const {
  std::vector<port_allocation> found;
  for (const auto& [port, allocation] : entries_) {
    if (!user || allocation.user == *user)
      found.push_back(allocation);
  }
  return found;
}

size_t port_table::count_of(uint32_t uid) const noexcept {
  auto count = std::count_if(
      entries_.begin(), entries_.end(),
      [uid](const auto& entry) { return entry.second.uid == uid; });
  return static_cast<size_t>(count);
}

void port_table::add_to(port_set& ports) const noexcept {
  for (const auto& entry : entries_)
    ports.add(entry.first);
}

} // namespace hiisi::core
