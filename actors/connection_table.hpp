#pragma once

#include "actors/client_connection.hpp"
#include "actors/os/peer_credentials.hpp"

#include <caf/actor_addr.hpp>
#include <caf/io/connection_handle.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace hiisi::actors {

/// The clients of the socket_broker's, found by what each of the others knows
/// of them: the kernel their handle, the sessions their serial number, and CAF
/// the address of a session that has ended.
class connection_table {
public:
  using handle = caf::io::connection_handle;
  using time_point = client_connection::time_point;
  using entries = std::unordered_map<handle, client_connection>;

  /// Enters one that was just accepted, and gives it the next serial number.
  client_connection& add(handle which, const os::credentials& peer,
                         time_point now);
  /// Who works on its requests.
  void give_session(handle which, caf::actor session);
  void erase(handle which);

  /// Null where it has ended.
  [[nodiscard]] client_connection* find(handle which);
  [[nodiscard]] client_connection& at(handle which) { return all_.at(which); }
  /// Nothing where it has ended. A handle is a descriptor's number, which is
  /// used again at once; that is why answers bear a serial number.
  [[nodiscard]] std::optional<handle> with_serial(uint64_t serial) const;
  [[nodiscard]] std::optional<handle>
  with_session(const caf::actor_addr& session) const;

  [[nodiscard]] size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] const entries& all() const noexcept { return all_; }

  /// Those that have kept us waiting for longer than that.
  [[nodiscard]] std::vector<handle> stalled_for(std::chrono::seconds patience,
                                                time_point now) const;
  /// Whether any keeps us waiting, however long.
  [[nodiscard]] bool any_stalled() const;

private:
  entries all_;
  std::unordered_map<uint64_t, handle> by_serial_;
  std::unordered_map<caf::actor_addr, handle> by_session_;
  uint64_t next_serial_ = 1;
};

} // namespace hiisi::actors
