#include "actors/core/port_history.hpp"

#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/struct_reader.hpp"
#include "actors/core/ron/writer.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

namespace {

using namespace std::chrono;
using protocol::result;
using protocol::wall_time;
using ron::struct_builder;
using ron::struct_reader;
using ron::value;
using ron::view;

/// How far the file may lag behind while somebody listens.
constexpr hours lag{1};

value seconds_of(wall_time when) {
  return value(floor<seconds>(when).time_since_epoch().count());
}

result<void> read_times(const view& from, std::map<uint16_t, wall_time>& out) {
  auto entries = from.as_map();
  if (!entries)
    return std::move(entries).failure();
  for (const auto& [key, when] : *entries) {
    auto port
        = key.as_integer<uint16_t>(protocol::min_port, protocol::max_port);
    if (!port)
      return std::move(port).failure();
    constexpr int64_t year_2262 = 9'223'372'036;
    auto whole = when.as_integer<int64_t>(0, year_2262 - 1);
    if (!whole)
      return std::move(whole).failure();
    out[*port] = wall_time{seconds{*whole}};
  }
  return {};
}

} // namespace

void port_history::observe(uint16_t port, bool listening, clock_time now) {
  auto found = seen_.find(port);
  if (!listening) {
    if (found == seen_.end() || !found->second.listening)
      return;
    found->second.listening = false;
    changed_ = changed_ || found->second.written != found->second.seen;
    return;
  }
  if (found == seen_.end())
    found = seen_.emplace(port, sight{}).first;
  auto& last = found->second;
  // A wall clock that is set back does not undo what was seen.
  last.seen = std::max(last.seen, now);
  changed_ = changed_ || last.seen - last.written >= lag;
  last.listening = true;
}

void port_history::freed(uint16_t port, clock_time now) {
  seen_.erase(port);
  freed_[port] = now;
  changed_ = true;
}

wall_time port_history::idle_since(const port_allocation& what) const {
  auto found = seen_.find(what.port);
  // What was seen before belongs to an earlier owner.
  return found == seen_.end() ? what.allocated_at
                              : std::max(what.allocated_at, found->second.seen);
}

std::optional<wall_time>
port_history::in_quarantine(uint16_t port, clock_time now,
                            std::chrono::seconds period) const {
  auto found = freed_.find(port);
  if (found == freed_.end() || now - found->second >= period
      || found->second > now)
    return std::nullopt;
  return found->second;
}

void port_history::add_quarantined(port_set& ports, clock_time now,
                                   std::chrono::seconds period) {
  std::erase_if(freed_, [&](const auto& entry) {
    return !in_quarantine(entry.first, now, period);
  });
  for (const auto& entry : freed_)
    ports.add(entry.first);
}

bool port_history::take_change() noexcept {
  if (!changed_)
    return false;
  for (auto& [port, last] : seen_)
    last.written = last.seen;
  return std::exchange(changed_, false);
}

std::string port_history::text() const {
  std::vector<ron::entry> seen;
  for (const auto& [port, last] : seen_)
    seen.push_back({value(port), seconds_of(last.seen)});
  std::vector<ron::entry> freed;
  for (const auto& [port, when] : freed_)
    freed.push_back({value(port), seconds_of(when)});
  return ron::write(struct_builder{}
                        .add("seen", value::map(std::move(seen)))
                        .add("freed", value::map(std::move(freed)))
                        .build());
}

result<port_history> port_history::read(std::string_view text,
                                        std::string_view source) {
  auto content = ron::read(text, {.source = std::string{source}});
  if (!content)
    return std::move(content).failure();
  port_history history;
  std::map<uint16_t, wall_time> seen;
  auto done
      = struct_reader(view{*content, source})
            .optional_by("seen",
                         [&](const view& v) { return read_times(v, seen); })
            .optional_by(
                "freed",
                [&](const view& v) { return read_times(v, history.freed_); })
            .finish();
  // Whether somebody still listens will be seen.
  for (const auto& [port, when] : seen)
    history.seen_[port] = {when, when, false};
  if (!done)
    return std::move(done).failure();
  return history;
}

} // namespace hiisi::core
