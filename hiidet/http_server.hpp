#pragma once

#include "hiidet/http_listener.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hiisi::hiidet {

using page_ptr = std::shared_ptr<const std::string>;
/// Takes the page, on any thread.
using page_taker = std::function<void(page_ptr)>;
/// Has a page made and given to the taker, once, without waiting for it.
using page_maker = std::function<void(page_taker)>;

struct http_setup {
  /// Makes what is at /metrics.
  page_maker metrics;
  /// Names by which the host is called, beside localhost and IP addresses.
  std::vector<std::string> names;
  /// More connections than these have the oldest closed.
  size_t connections = 32;
  /// A request must be whole, and an answer taken, within these.
  std::chrono::milliseconds request_patience{5'000};
  std::chrono::milliseconds answer_patience{30'000};
};

/// Serves HTTP on a thread of its own, which sleeps while nobody asks. It
/// answers GET and HEAD and one request for each connection; it reads no
/// bodies, takes no more than 8 KiB of a request, and refuses a Host that is
/// none of ours, as a web page has a browser send that has its own name lead
/// here (DNS rebinding).
class http_server {
public:
  explicit http_server(http_setup setup);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Listens there from now on, and nowhere else; nowhere at all where
  /// nothing is given.
  void serve(std::optional<http_listener> at);
  void set_names(std::vector<std::string> names);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Whether a request with this Host header may be answered: it names an IP
/// address, localhost or one of `names`.
[[nodiscard]] bool is_our_host(std::string_view header,
                               const std::vector<std::string>& names);

} // namespace hiisi::hiidet
