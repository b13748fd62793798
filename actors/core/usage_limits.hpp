#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace hiisi::core {

/// What one user may hold of the broker at a time, so that nobody crowds the
/// others out. Root is exempt: whoever mends the host must get through.
struct connection_settings {
  size_t connections_per_user = 64;
  /// Bytes of requests received and not yet answered, and of answers not yet
  /// taken, over all of a user's connections.
  size_t bytes_per_user = 64 * 1024 * 1024;
  /// Bytes of answers that one client has not taken.
  size_t output_per_connection = 32 * 1024 * 1024;

  friend bool operator==(const connection_settings&, const connection_settings&)
      = default;
};

/// What one user may hold where that is not what is usual.
struct connection_share {
  uint64_t connections = 0;
  uint64_t bytes = 0;
};

/// Counts what each uid holds.
class usage_table {
public:
  explicit usage_table(connection_settings settings) : settings_(settings) {}

  /// Counts one more connection of `uid`, unless that is one too many.
  [[nodiscard]] bool connect(uint32_t uid);
  void disconnect(uint32_t uid);

  /// Counts `bytes` more; false when that is more than `uid` may hold.
  [[nodiscard]] bool take(uint32_t uid, size_t bytes);
  void give_back(uint32_t uid, size_t bytes);

  /// From now on `uid` may hold that much, until it holds nothing any more:
  /// then it is forgotten, as rules and groups may be others the next time.
  void set_share(uint32_t uid, connection_share share);
  /// What `uid` may hold as far as is known.
  [[nodiscard]] connection_share share_of(uint32_t uid) const;
  /// What it holds.
  [[nodiscard]] connection_share use_of(uint32_t uid) const;

  [[nodiscard]] const connection_settings& settings() const noexcept {
    return settings_;
  }
  /// Shares that were set count no more.
  void reconfigure(connection_settings settings);

  /// How many users hold anything; for tests and inspection.
  [[nodiscard]] size_t users() const noexcept { return by_uid_.size(); }

private:
  struct usage {
    size_t connections = 0;
    size_t bytes = 0;
    std::optional<connection_share> share;
  };

  void forget_if_idle(uint32_t uid);

  connection_settings settings_;
  std::unordered_map<uint32_t, usage> by_uid_;
};

} // namespace hiisi::core
