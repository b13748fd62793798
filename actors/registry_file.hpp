#pragma once

#include "actors/core/port_table.hpp"
#include "protocol/result.hpp"

#include <optional>

namespace hiisi::actors {

struct registry_world;

/// The port registry as it is on disk, and what is wrong with it.
class registry_file {
public:
  /// Reads the file, or, where there is none, takes over the first Hiisi's.
  /// What cannot be read is told to the administrator and becomes the damage;
  /// the table stays as it was.
  void load(const registry_world& world);

  /// Replaces the file. Errors: `storage_failed`; the table is then as it was.
  protocol::result<void> save(const registry_world& world,
                              const core::port_table& table);

  /// As it is on disk, or was when it could last be read.
  [[nodiscard]] const core::port_table& table() const noexcept {
    return table_;
  }
  /// Why nothing may be written, if so.
  [[nodiscard]] const std::optional<protocol::error>& damage() const noexcept {
    return damage_;
  }
  /// It could never be read, so nothing is known of whose ports are whose.
  [[nodiscard]] bool unreadable() const noexcept { return damage_ && !known_; }

private:
  protocol::result<core::port_table> read(const registry_world& world);
  protocol::result<core::port_table> import(const registry_world& world);

  core::port_table table_;
  std::optional<protocol::error> damage_;
  bool known_ = false;
};

} // namespace hiisi::actors
