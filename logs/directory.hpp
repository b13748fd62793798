#pragma once

#include "logs/descriptor.hpp"
#include "logs/segment.hpp"
#include "protocol/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::logs {

/// A directory of logs, held open: what is renamed over its path meanwhile
/// leads nobody astray.
class directory {
public:
  /// Errors: `not_found`, `unavailable`.
  static protocol::result<directory> open(const std::string& path);

  /// Keeps everybody else who changes logs out until this is closed. Waits for
  /// whoever is at work. Errors: `unavailable`.
  [[nodiscard]] protocol::result<void> lock();

  /// Lists its files once, for whoever looks at many logs of it while it is
  /// locked: from here on what others change is not seen.
  void list();

  /// The segments of a log, in their order. What cannot be listed has none.
  [[nodiscard]] std::vector<segment> segments_of(std::string_view log) const;

  /// The files that a rotation of `log` has left unfinished.
  [[nodiscard]] std::vector<std::string> unfinished(std::string_view log) const;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
  directory(descriptor fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  /// The files whose names begin with that of a log and a dot.
  [[nodiscard]] std::vector<std::string> names_of(std::string_view log) const;
  [[nodiscard]] std::vector<std::string> names() const;

  descriptor fd_;
  std::string path_;
  std::optional<std::vector<std::string>> listed_;
};

/// What failed, as a person reads it: "fsync PATH: No space left on device".
[[nodiscard]] protocol::error failed(std::string_view what,
                                     const std::string& where, int number);

} // namespace hiisi::logs
