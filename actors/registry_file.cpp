#include "actors/registry_file.hpp"

#include "actors/core/port_text.hpp"
#include "actors/port_registry.hpp"

namespace hiisi::actors {

using protocol::errc;
using protocol::result;

void registry_file::load(const registry_world& world) {
  auto table = read(world);
  if (table.ok()) {
    table_ = *std::move(table);
    known_ = true;
    damage_.reset();
    return;
  }
  // An empty registry in place of one that cannot be read would give away
  // ports that belong to somebody.
  auto why = std::move(table).failure();
  why.code = errc::registry_damaged;
  why.message = "the port registry cannot be read: " + why.message;
  why.hint = "an administrator mends the file and has hiidet read it again "
             "(systemctl reload hiidet, or SIGHUP); processes are managed "
             "meanwhile";
  world.warn(why.message
             + (known_ ? " (what it held before goes on being shown, and "
                         "nothing can be changed until it is mended)"
                       : ""));
  damage_ = std::move(why);
}

result<core::port_table> registry_file::read(const registry_world& world) {
  auto text = world.load();
  if (!text.ok())
    return std::move(text).failure();
  // A file that has gone meanwhile is written anew with the next change.
  if (!*text)
    return known_ ? result<core::port_table>{table_} : import(world);
  return core::read_ports(**text, world.path, world.uid_of);
}

/// The first start here: what the first Hiisi knew is taken over.
result<core::port_table> registry_file::import(const registry_world& world) {
  auto text = world.import();
  if (!text.ok())
    return std::move(text).failure();
  if (!*text)
    return core::port_table{};
  auto table = core::read_ports(**text, world.import_path, world.uid_of);
  if (table.ok())
    if (auto saved = world.save(core::write_ports(*table)); !saved.ok())
      return std::move(saved).failure();
  return table;
}

result<void> registry_file::save(const registry_world& world,
                                 const core::port_table& table) {
  auto saved = world.save(core::write_ports(table));
  if (saved.ok())
    table_ = table;
  return saved;
}

} // namespace hiisi::actors
