#include "actors/core/port_allocator.hpp"

#include <array>
#include <string>

namespace hiisi::core {

namespace {

constexpr std::array<uint16_t, 19> refused_by_browsers{
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,  6000,
    6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
};

} // namespace

void port_set::add(port_range range) noexcept {
  // 32 bits wide: a 16-bit counter would never get past 65535.
  for (uint32_t port = range.first; port <= range.last; ++port)
    ports_.set(port);
}

void port_set::add(std::span<const uint16_t> ports) noexcept {
  for (auto port : ports)
    ports_.set(port);
}

void port_set::add_all_but(std::span<const port_range> ranges) noexcept {
  std::bitset<65536> within;
  for (const auto& range : ranges)
    for (uint32_t port = range.first; port <= range.last; ++port)
      within.set(port);
  ports_ |= ~within;
}

std::span<const uint16_t> browser_refused_ports() noexcept {
  return refused_by_browsers;
}

protocol::result<uint16_t> choose_port(port_range within,
                                       const port_set& skipped,
                                       const random_source& random) {
  return choose_block(within, 1, skipped, random);
}

protocol::result<uint16_t> choose_block(port_range within, uint16_t count,
                                        const port_set& skipped,
                                        const random_source& random) {
  // Calls `visit` with the first port of each run of free ones, in order,
  // until it returns true.
  auto each_run = [&](auto visit) {
    uint32_t free_so_far = 0;
    for (uint32_t port = within.first; port <= within.last; ++port) {
      free_so_far
          = skipped.contains(static_cast<uint16_t>(port)) ? 0 : free_so_far + 1;
      if (free_so_far >= count
          && visit(static_cast<uint16_t>(port - count + 1)))
        return;
    }
  };
  uint64_t runs = 0;
  each_run([&](uint16_t) {
    ++runs;
    return false;
  });
  if (runs > 0) {
    uint16_t chosen = 0;
    each_run([&, left = random(runs)](uint16_t first) mutable {
      chosen = first;
      return left-- == 0;
    });
    return chosen;
  }
  auto range = " from " + std::to_string(within.first) + " to "
               + std::to_string(within.last);
  return protocol::make_error(
      protocol::errc::limit_exceeded,
      count == 1 ? "no port" + range + " is free"
                 : "no " + std::to_string(count)
                       + " free ports follow each other" + range,
      "free one that is no longer used, or ask for a given port outside of "
      "that range");
}

std::optional<uint16_t> next_free_port(uint16_t port, port_range within,
                                       const port_set& skipped) noexcept {
  auto first_free = [&](uint32_t from) -> std::optional<uint16_t> {
    for (auto each = from; each <= within.last; ++each) {
      if (!skipped.contains(static_cast<uint16_t>(each)))
        return static_cast<uint16_t>(each);
    }
    return std::nullopt;
  };
  if (port >= within.first) {
    if (auto above = first_free(uint32_t{port} + 1))
      return above;
  }
  return first_free(within.first);
}

} // namespace hiisi::core
