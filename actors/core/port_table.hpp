#pragma once

#include "actors/core/authorization.hpp"
#include "actors/core/port_allocator.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::core {

/// A port that belongs to a user.
struct port_allocation {
  uint16_t port = 0;
  /// Whose it is. The uid counts: who is renamed keeps their ports.
  uint32_t uid = 0;
  /// The owner's login name when it was allocated, for people. With the uid it
  /// also tells a user from an earlier one whose uid was given out again.
  std::string user;
  protocol::wall_time allocated_at{};
  /// The owner's home directory then, by which one who is renamed is told from
  /// a newcomer who has got the uid; empty where it is not known.
  std::string home{};
  /// The owner's name for it, unique among theirs; may be empty.
  std::string label{};
  /// It is meant for UDP.
  bool udp = false;
  /// Not to be collected, however long it is unused.
  bool keep = false;
  /// The process that has it; 0 for none.
  uint32_t process = 0;
  /// Whom it is offered to; nobody where the name is empty.
  std::string offered_to{};
  uint32_t offered_uid = no_owner;

  friend bool operator==(const port_allocation&, const port_allocation&)
      = default;
};

/// Which port is allocated to whom, as a plain value: what can be refused is
/// refused here, and whoever keeps it on disk changes a copy, writes that, and
/// only then takes the copy for the truth.
class port_table {
public:
  using map_type = std::map<uint16_t, port_allocation>;
  /// Says how an allocation is used, such as ", who listens on it".
  using description = std::function<std::string(const port_allocation&)>;

  /// Enters an allocation. Errors: `invalid_argument` (not a port that users
  /// may have, no owner's name), `conflict` (taken: by whom and since when,
  /// what `describe` says of its use, and in the hint the next one that is free
  /// in this table and not in `avoid`; or the label is another port's of
  /// theirs). The table is then as it was.
  protocol::result<void> allocate(port_allocation wanted,
                                  const port_set& avoid = {},
                                  const description& describe = {});

  /// Puts an allocation of that port in the place of the one there is.
  void replace(port_allocation changed);

  /// Takes an allocation out and returns it. Errors: `invalid_argument`,
  /// `not_found` (nobody has it), `not_permitted` (someone else has it). The
  /// table is then as it was.
  protocol::result<port_allocation> free(uint16_t port, const subject& by);

  /// The allocation of a port, or null.
  [[nodiscard]] const port_allocation* find(uint16_t port) const noexcept;

  /// The port that a user calls so, or null.
  [[nodiscard]] const port_allocation*
  find_label(uint32_t uid, std::string_view label) const noexcept;

  /// All allocations, or those of one user by login name, by port.
  [[nodiscard]] std::vector<port_allocation>
  lookup(std::optional<std::string_view> user = std::nullopt) const;

  /// How many ports a user has.
  [[nodiscard]] size_t count_of(uint32_t uid) const noexcept;

  /// Adds every allocated port to `ports`.
  void add_to(port_set& ports) const noexcept;

  [[nodiscard]] const map_type& entries() const noexcept { return entries_; }
  [[nodiscard]] size_t size() const noexcept { return entries_.size(); }

  friend bool operator==(const port_table&, const port_table&) = default;

private:
  map_type entries_;
};

/// "port 8080", for messages.
[[nodiscard]] std::string words_for(uint16_t port);

/// "2026-11-02", in UTC.
[[nodiscard]] std::string date_of(protocol::wall_time when);

/// Refuses a port that no user may have: `invalid_argument`.
protocol::result<void> check_port(uint16_t port);

} // namespace hiisi::core
