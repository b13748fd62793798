#include "actors/child_table.hpp"

#include "actors/status_table.hpp"
#include "protocol/codec.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace hiisi::actors {

child& child_table::add(core::process_record record) {
  const auto id = record.spec->id;
  auto& c = children_[id];
  names_.emplace(record.spec->name, id);
  count_logs(record.spec->logs);
  c.view
      = std::make_shared<process_view>(process_view{std::move(record), {}, {}});
  return c;
}

void child_table::attach(uint32_t id, caf::actor actor) {
  by_address_[actor.address()] = id;
  children_.at(id).actor = std::move(actor);
}

void child_table::erase(uint32_t id) {
  const auto i = children_.find(id);
  if (i == children_.end())
    return;
  free_name(id);
  if (i->second.actor)
    by_address_.erase(i->second.actor.address());
  if (finished_.erase(id) == 0)
    uncount_logs(i->second.spec().logs);
  children_.erase(i);
}

void child_table::count_logs(const core::log_wishes& wishes) {
  ++logs_[wishes];
}

void child_table::uncount_logs(const core::log_wishes& wishes) {
  const auto i = logs_.find(wishes);
  if (--i->second == 0)
    logs_.erase(i);
}

child* child_table::find(const protocol::target& what) {
  const auto* name = std::get_if<std::string>(&what);
  const auto id = name ? named(*name) : std::get<uint32_t>(what);
  if (!id)
    return nullptr;
  const auto i = children_.find(*id);
  return i == children_.end() || i->second.leaving ? nullptr : &i->second;
}

std::optional<uint32_t> child_table::named(std::string_view name) const {
  const auto i = names_.find(name);
  return i != names_.end() ? std::optional{i->second} : std::nullopt;
}

void child_table::free_name(uint32_t id) {
  const auto i = names_.find(children_.at(id).spec().name);
  if (i != names_.end() && i->second == id)
    names_.erase(i);
}

void child_table::claim_name(uint32_t id) {
  names_.emplace(children_.at(id).spec().name, id);
}

std::optional<uint32_t> child_table::take_address(const caf::actor_addr& who) {
  const auto i = by_address_.find(who);
  if (i == by_address_.end())
    return std::nullopt;
  const auto id = i->second;
  by_address_.erase(i);
  return id;
}

void child_table::update(uint32_t id, view_ptr view) {
  const auto i = children_.find(id);
  if (i == children_.end())
    return;
  i->second.view = std::move(view);
  i->second.written.reset();
  recount(id);
}

void child_table::recount(uint32_t id) {
  const auto& c = children_.at(id);
  if (!core::is_defined(c.view->record) && !c.fresh && !c.leaving) {
    if (finished_.insert(id).second)
      uncount_logs(c.spec().logs);
  } else if (finished_.erase(id) != 0) {
    count_logs(c.spec().logs);
  }
}

std::optional<uint32_t> child_table::take_surplus(size_t kept) {
  if (!surplus(kept))
    return std::nullopt;
  const auto oldest = *finished_.begin();
  children_.at(oldest).leaving = true;
  recount(oldest);
  return oldest;
}

std::set<uint16_t> child_table::ports_beside(uint32_t id) const {
  std::set<uint16_t> ports;
  for (const auto& [other, c] : children_)
    if (other != id)
      for (const auto& one : c.spec().ports)
        ports.insert(one.port);
  return ports;
}

std::vector<protocol::status_entry>
child_table::rows(const core::subject& viewer, core::boot_time now,
                  const core::unused_ports& unused, selection which) const {
  std::vector<protocol::status_entry> entries;
  entries.reserve(children_.size());
  for (const auto& [id, c] : children_)
    if (c.shown() && (which == selection::all || !c.left_behind))
      entries.push_back(show(*c.view, c.seen_by(viewer), now, unused));
  return entries;
}

std::vector<protocol::written_status_list::row>
child_table::own_rows(core::boot_time now, const core::unused_ports& unused) {
  std::vector<protocol::written_status_list::row> rows;
  rows.reserve(children_.size());
  for (auto& [id, c] : children_) {
    if (!c.shown() || c.left_behind)
      continue;
    if (c.written) {
      rows.push_back({c.written, uptime(c.written_since, now)});
      continue;
    }
    const auto entry = show(*c.view, {c.spec().uid, false}, now, unused);
    rows.push_back({std::make_shared<const protocol::written_status_entry>(
                        protocol::write_ahead(entry)),
                    entry.uptime});
    // How long it waits yet changes as well.
    if (!entry.next_restart) {
      c.written = rows.back().entry;
      c.written_since = up_since(*c.view);
    }
  }
  return rows;
}

void child_table::forget_written() noexcept {
  for (auto& [id, c] : children_)
    c.written.reset();
}

std::vector<uint32_t> child_table::ids() const {
  std::vector<uint32_t> out;
  out.reserve(children_.size());
  for (const auto& [id, c] : children_)
    out.push_back(id);
  return out;
}

std::vector<view_ptr> child_table::views() const {
  std::vector<view_ptr> out;
  out.reserve(children_.size());
  for (const auto& [id, c] : children_)
    if (c.shown())
      out.push_back(c.view);
  return out;
}

} // namespace hiisi::actors
