#pragma once

#include "hiisi/descriptor.hpp"
#include "protocol/request.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hiisi::cli {

/// Opens a connection to the daemon's socket. Returns errno where it cannot be
/// had: ENOENT no socket, ECONNREFUSED nobody behind it, ETIMEDOUT nobody who
/// accepts. `deadline` bounds the wait for a place in its queue.
struct connect_outcome {
  descriptor socket;
  int error = 0;
};
connect_outcome connect_to(const std::string& path,
                           std::chrono::milliseconds deadline);

/// One connection to the daemon.
class client {
public:
  explicit client(descriptor socket) : socket_(std::move(socket)) {}

  /// Is told the answer to the request of that index, as soon as it is whole:
  /// lists that came in several frames are put together before.
  using answer_handler
      = std::function<void(size_t index, protocol::payload answer)>;

  /// Sends all requests at once and hands out their answers, in the order of
  /// the requests. Reads while it writes, so that neither end waits for the
  /// other however many there are. Errors: `invalid_argument` for a request
  /// too long for a frame (then nothing is sent), `unavailable` when the
  /// daemon went away first, `bad_frame` and `bad_request` for an answer that
  /// cannot be read. Answers that came before stay valid.
  protocol::result<void> exchange(std::span<const protocol::request> requests,
                                  const answer_handler& on_answer);

  /// Is told each part of an answer as it comes; false ends the exchange.
  using part_handler = std::function<bool(protocol::payload part)>;

  /// Sends one request and hands out its answer part by part, without keeping
  /// them: for answers that are long or never end. An answer that is an error
  /// is the error of the result, whatever came before. Errors as in exchange.
  protocol::result<void> stream(const protocol::request& what,
                                const part_handler& on_part);

  /// The answer to one request; an answer that is an error is the error of
  /// the result.
  protocol::result<protocol::payload> ask(const protocol::request& what);

  /// Whether the last failure was the connection's, not the daemon's answer.
  [[nodiscard]] bool lost() const noexcept { return lost_; }

private:
  /// Sends `unsent` and hands on what comes, until `take` returns false.
  protocol::result<void>
  converse(std::string_view unsent,
           const std::function<protocol::result<bool>(std::string_view)>& take);

  descriptor socket_;
  bool lost_ = false;
};

} // namespace hiisi::cli
