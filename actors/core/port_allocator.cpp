#include "actors/core/port_allocator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

namespace hiisi::core {

namespace {

constexpr std::array<uint16_t, 19> refused_by_browsers{
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,  6000,
    6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
};

constexpr uint64_t every_bit = ~uint64_t{0};
constexpr uint32_t all_ports = 65536;

/// The number of the first bit from `from` on that is set in `word(i)`.
template <class Word>
uint32_t first_bit(uint32_t from, Word word) noexcept {
  if (from >= all_ports)
    return all_ports;
  auto i = from / 64;
  auto rest = word(i) & (every_bit << (from % 64));
  while (rest == 0) {
    if (++i == all_ports / 64)
      return all_ports;
    rest = word(i);
  }
  return i * 64 + static_cast<uint32_t>(std::countr_zero(rest));
}

} // namespace

void port_set::add(port_range range) noexcept {
  // 32 bits wide: a 16-bit counter would never get past 65535.
  for (uint32_t port = range.first; port <= range.last;) {
    if (port % 64 == 0 && port + 63 <= range.last) {
      words_[port / 64] = every_bit;
      port += 64;
    } else {
      add(static_cast<uint16_t>(port++));
    }
  }
}

void port_set::add(std::span<const uint16_t> ports) noexcept {
  for (auto port : ports)
    add(port);
}

void port_set::add(const port_set& others) noexcept {
  for (size_t i = 0; i < words_.size(); ++i)
    words_[i] |= others.words_[i];
}

void port_set::add_all_but(std::span<const port_range> ranges) noexcept {
  port_set within;
  for (const auto& range : ranges)
    within.add(range);
  for (size_t i = 0; i < words_.size(); ++i)
    words_[i] |= ~within.words_[i];
}

size_t port_set::size() const noexcept {
  size_t count = 0;
  for (auto word : words_)
    count += static_cast<size_t>(std::popcount(word));
  return count;
}

uint32_t port_set::next_in(uint32_t from) const noexcept {
  return first_bit(from, [this](size_t i) { return words_[i]; });
}

uint32_t port_set::next_out(uint32_t from) const noexcept {
  return first_bit(from, [this](size_t i) { return ~words_[i]; });
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
  // Calls `visit` with each run of free ports that is long enough: its first
  // port, and with how many ports in it a block of `count` may begin.
  auto each_run = [&](auto visit) {
    const auto end = uint32_t{within.last} + 1;
    for (uint32_t first = skipped.next_out(within.first); first < end;) {
      const auto behind = std::min(skipped.next_in(first), end);
      if (behind - first >= count && visit(first, behind - first - count + 1))
        return;
      first = skipped.next_out(behind);
    }
  };
  uint64_t beginnings = 0;
  each_run([&](uint32_t, uint32_t here) {
    beginnings += here;
    return false;
  });
  if (beginnings > 0) {
    uint16_t chosen = 0;
    each_run(
        [&, left = random(beginnings)](uint32_t first, uint32_t here) mutable {
          if (left >= here) {
            left -= here;
            return false;
          }
          chosen = static_cast<uint16_t>(first + left);
          return true;
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
    const auto found = skipped.next_out(from);
    if (found > within.last)
      return std::nullopt;
    return static_cast<uint16_t>(found);
  };
  if (port >= within.first) {
    if (auto above = first_free(uint32_t{port} + 1))
      return above;
  }
  return first_free(within.first);
}

} // namespace hiisi::core
