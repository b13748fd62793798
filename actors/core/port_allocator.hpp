#pragma once

#include "actors/core/random_source.hpp"
#include "protocol/limits.hpp"
#include "protocol/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hiisi::core {

/// Ports from `first` to `last`, both included. Empty where last < first.
struct port_range {
  uint16_t first = protocol::min_port;
  uint16_t last = protocol::max_port;

  [[nodiscard]] bool contains(uint16_t port) const noexcept {
    return port >= first && port <= last;
  }

  friend bool operator==(const port_range&, const port_range&) = default;
};

/// A set of ports: 8 KiB, whatever is in it.
class port_set {
public:
  void add(uint16_t port) noexcept { words_[port / 64] |= bit(port); }
  void add(port_range range) noexcept;
  void add(std::span<const uint16_t> ports) noexcept;
  void add(const port_set& others) noexcept;
  /// Adds every port that is in none of the ranges.
  void add_all_but(std::span<const port_range> ranges) noexcept;

  [[nodiscard]] bool contains(uint16_t port) const noexcept {
    return (words_[port / 64] & bit(port)) != 0;
  }
  [[nodiscard]] size_t size() const noexcept;

  /// The first port from `from` on that is in the set, or that is not; 65536
  /// where there is none. 64 ports are looked at at once.
  [[nodiscard]] uint32_t next_in(uint32_t from) const noexcept;
  [[nodiscard]] uint32_t next_out(uint32_t from) const noexcept;

private:
  static uint64_t bit(uint16_t port) noexcept {
    return uint64_t{1} << (port % 64);
  }

  std::array<uint64_t, 1024> words_{};
};

/// The ports that web browsers refuse to connect to and that users may have:
/// what is 1024 or above in the table "port blocking" of the WHATWG Fetch
/// standard, https://fetch.spec.whatwg.org/#port-blocking. A web server there
/// would seem broken to its visitors. Sorted.
[[nodiscard]] std::span<const uint16_t> browser_refused_ports() noexcept;

/// Chooses one of the ports of `within` that are not in `skipped`, each as
/// likely as any other. It counts what is free and takes the k-th, so it ends
/// after two passes over the runs of free ports, however full the range is.
/// Errors: `limit_exceeded` (none is left).
protocol::result<uint16_t> choose_port(port_range within,
                                       const port_set& skipped,
                                       const random_source& random);

/// The same for `count` ports that follow each other: each run of free ports is
/// as likely as any other, and the first of it is returned. `count` is not 0.
protocol::result<uint16_t> choose_block(port_range within, uint16_t count,
                                        const port_set& skipped,
                                        const random_source& random);

/// The lowest port above `port` and within `within` that is not in `skipped`,
/// or, where there is none, the lowest at all. Nothing where none is left.
[[nodiscard]] std::optional<uint16_t>
next_free_port(uint16_t port, port_range within,
               const port_set& skipped) noexcept;

} // namespace hiisi::core
