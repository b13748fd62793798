#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::protocol {

/// What something that was looked at means for Hiisi.
enum class verdict : uint8_t {
  /// It is as it should be.
  good,
  /// Hiisi does with less, and nothing of anybody's is at risk.
  note,
  /// Something does not work, or may be lost.
  wrong,
};

inline constexpr size_t verdict_count = static_cast<size_t>(verdict::wrong) + 1;

/// The word on the wire and for people: "ok", "note", "wrong".
[[nodiscard]] std::string_view to_string(verdict what) noexcept;
[[nodiscard]] std::optional<verdict>
verdict_from_string(std::string_view word) noexcept;

/// One line of `hiisi doctor`.
struct finding {
  verdict what = verdict::good;
  /// What was looked at, in a word or two, such as "cgroups".
  std::string subject;
  /// How it is, for people.
  std::string message;
  /// What to do about it; empty where nothing is to be done.
  std::string advice{};

  friend bool operator==(const finding&, const finding&) = default;
};

} // namespace hiisi::protocol
