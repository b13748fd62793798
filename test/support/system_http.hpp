#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hiisi::test {

/// Where something listens: a port of 127.0.0.1, or a Unix socket.
struct http_place {
  uint16_t port = 0;
  std::string path{};
};

/// What comes back for a GET of `target`: status line, headers and body, until
/// the other end hangs up; nothing where nobody listens.
[[nodiscard]] std::optional<std::string> http_get(const http_place& at,
                                                  const std::string& target);

/// The body of that; it must be a 200.
[[nodiscard]] std::string http_body(const http_place& at,
                                    const std::string& target);

/// The samples of a page of metrics, by name with labels as they stand there.
[[nodiscard]] std::map<std::string, double> samples(const std::string& page);

} // namespace hiisi::test
