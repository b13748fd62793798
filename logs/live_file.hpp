#pragma once

#include "logs/directory.hpp"
#include "logs/segment.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hiisi::logs {

/// Whether the `bytes` bytes from `at` on are all there and none of them has
/// become a hole. Asked after they were read: holes come with a segment that
/// holds what was there.
[[nodiscard]] bool is_whole(int live, uint64_t at, uint64_t bytes) noexcept;

/// Where the first bytes from `at` on are that are no hole, or the file's end.
[[nodiscard]] uint64_t data_from(int live, uint64_t at) noexcept;

/// How far a hole can reach that is to leave everything from `at` on: holes end
/// where blocks do.
[[nodiscard]] uint64_t hole_before(int live, uint64_t at) noexcept;

/// Whether the live file has, from `at` on, the very bytes of a segment's file,
/// some of which may have become zeroes: a hole that a power cut left half
/// made.
[[nodiscard]] bool holds_bytes_of(int live, uint64_t at, const directory& where,
                                  const std::string& file);

/// Where the log goes on in the live file behind `last`, its last segment:
/// behind the hole; behind the bytes of `last`, where whoever made it was
/// killed before there was a hole; at the start, where somebody has truncated
/// the file or put another in its place.
[[nodiscard]] uint64_t goes_on_at(int live, const directory& where,
                                  std::string_view log,
                                  const std::optional<segment>& last);

} // namespace hiisi::logs
