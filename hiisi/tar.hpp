#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hiisi::cli {

/// Puts a tar archive (POSIX ustar) together in memory: plain files, mode
/// 0600.
class tar_writer {
public:
  /// `modified` is in seconds since 1970.
  explicit tar_writer(uint64_t modified) : modified_(modified) {}

  /// Names have at most 99 bytes.
  void add(std::string_view name, std::string_view contents);

  /// The whole archive, its end included.
  [[nodiscard]] std::string finish() &&;

private:
  uint64_t modified_;
  std::string out_;
};

} // namespace hiisi::cli
