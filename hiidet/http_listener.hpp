#pragma once

#include "actors/os/fd.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::hiidet {

/// Where the HTTP endpoint is to listen.
struct http_address {
  enum class kind : uint8_t { off, tcp, unix_socket };
  kind how = kind::off;
  /// An IP address in its usual form, or the absolute path of a socket.
  std::string where;
  /// 0 has the kernel choose.
  uint16_t port = 0;

  friend bool operator==(const http_address&, const http_address&) = default;
};

/// Reads "127.0.0.1:9419", "[::1]:9419", "localhost:9419", "/path/of/socket"
/// or "off". Errors: `invalid_argument`.
protocol::result<http_address> read_http_address(std::string_view text);

/// A listening socket, non-blocking, and what to call it in a log.
struct http_listener {
  os::fd socket;
  /// "http://127.0.0.1:9419" or the path of the socket.
  std::string name;
  /// Nobody gets to a Unix socket by a web browser.
  bool tcp = true;
};

/// Listens there. A Unix socket is made with mode 0660, and replaces one on
/// which nobody listens. Errors: `conflict` (somebody else listens there),
/// `invalid_argument`, `unavailable`.
protocol::result<http_listener> listen_http(const http_address& at);

/// Takes over a socket that listens already, as from systemd. Errors:
/// `invalid_argument` (it is none).
protocol::result<http_listener> adopt_http(os::fd inherited);

} // namespace hiisi::hiidet
