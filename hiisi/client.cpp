#include "hiisi/client.hpp"

#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

protocol::error went_away(size_t answered, size_t asked) {
  std::string message = "the daemon closed the connection before it answered";
  if (asked > 1)
    message += " (" + std::to_string(answered) + " of " + std::to_string(asked)
               + " answers came)";
  return make_error(errc::unavailable, std::move(message),
                    "it may have been restarted: hiisi status tells what was "
                    "done");
}

/// Joins the parts of an answer. Only lists come in parts; anything else, such
/// as an error on the way, takes the place of what came before.
void join(std::optional<protocol::payload>& whole, protocol::payload part) {
  auto append = [&]<class T>(T* more) {
    T* have = whole && more ? std::get_if<T>(&*whole) : nullptr;
    if (!have)
      return false;
    have->entries.insert(have->entries.end(),
                         std::make_move_iterator(more->entries.begin()),
                         std::make_move_iterator(more->entries.end()));
    return true;
  };
  if (!append(std::get_if<protocol::status_list>(&part))
      && !append(std::get_if<protocol::port_list>(&part)))
    whole = std::move(part);
}

/// The next frame of an answer, if it is whole by now.
result<std::optional<protocol::response>>
next_part(protocol::frame_decoder& decoder) {
  auto body = decoder.next();
  if (!body) {
    if (decoder.oversize())
      return make_error(errc::bad_frame,
                        "the daemon announced an answer of "
                            + std::to_string(*decoder.oversize())
                            + " bytes, more than a frame may have",
                        "is it a hiidet that listens there?");
    return std::optional<protocol::response>{};
  }
  auto part = protocol::decode_response(*body);
  if (!part)
    return make_error(part.failure().code,
                      "the daemon's answer cannot be read: "
                          + part.failure().message,
                      "is it a hiidet that listens there? hiisi version "
                      "shows what both are");
  return std::optional{std::move(*part)};
}

/// The answers of one exchange, as they come out of the stream.
class answers {
public:
  answers(size_t expected, const client::answer_handler& handler)
      : expected_(expected), handler_(handler) {}

  [[nodiscard]] bool complete() const { return next_ == expected_; }
  [[nodiscard]] size_t count() const { return next_; }

  result<void> take(std::string_view bytes) {
    decoder_.feed(bytes);
    while (!complete()) {
      auto part = next_part(decoder_);
      if (!part)
        return part.failure();
      if (!*part)
        break;
      join(whole_, std::move((*part)->what));
      if ((*part)->more)
        continue;
      handler_(next_++, std::move(*whole_));
      whole_.reset();
    }
    return {};
  }

private:
  size_t expected_;
  const client::answer_handler& handler_;
  protocol::frame_decoder decoder_;
  std::optional<protocol::payload> whole_;
  size_t next_ = 0;
};

result<std::string> frames_of(std::span<const protocol::request> requests) {
  std::string bytes;
  for (const protocol::request& request : requests) {
    std::string body = protocol::encode(request);
    if (body.size() > protocol::max_frame_bytes)
      return make_error(errc::invalid_argument,
                        "the request is " + std::to_string(body.size())
                            + " bytes long, and at most "
                            + std::to_string(protocol::max_frame_bytes)
                            + " are taken",
                        "is there a very large variable in the environment?");
    bytes += protocol::frame(body);
  }
  return bytes;
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

} // namespace

connect_outcome connect_to(const std::string& path,
                           std::chrono::milliseconds deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return {{}, ENAMETOOLONG};
  std::memcpy(address.sun_path, path.data(), path.size());
  descriptor socket{
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket)
    return {{}, errno};
  auto until = std::chrono::steady_clock::now() + deadline;
  while (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof address)
         != 0) {
    // A Unix socket whose queue is full says so and offers nothing to wait
    // for.
    if (errno != EAGAIN && errno != EINTR)
      return {{}, errno};
    if (std::chrono::steady_clock::now() >= until)
      return {{}, ETIMEDOUT};
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return {std::move(socket), 0};
}

result<void> client::exchange(std::span<const protocol::request> requests,
                              const answer_handler& on_answer) {
  auto framed = frames_of(requests);
  if (!framed)
    return framed.failure();
  answers incoming{requests.size(), on_answer};
  if (incoming.complete())
    return {};
  auto done = converse(*framed, [&](std::string_view bytes) -> result<bool> {
    if (auto taken = incoming.take(bytes); !taken)
      return taken.failure();
    return !incoming.complete();
  });
  if (!done && lost_)
    return went_away(incoming.count(), requests.size());
  return done;
}

result<void> client::stream(const protocol::request& what,
                            const part_handler& on_part) {
  auto framed = frames_of({&what, 1});
  if (!framed)
    return framed.failure();
  protocol::frame_decoder decoder;
  return converse(*framed, [&](std::string_view bytes) -> result<bool> {
    decoder.feed(bytes);
    for (;;) {
      auto part = next_part(decoder);
      if (!part)
        return part.failure();
      if (!*part)
        return true;
      if (auto* problem = std::get_if<protocol::error>(&(*part)->what))
        return std::move(*problem);
      if (!on_part(std::move((*part)->what)) || !(*part)->more)
        return false;
    }
  });
}

result<void>
client::converse(std::string_view unsent,
                 const std::function<result<bool>(std::string_view)>& take) {
  std::array<char, 64 * 1024> buffer;
  for (;;) {
    short events = POLLIN;
    if (!unsent.empty())
      events |= POLLOUT;
    pollfd wait{socket_.get(), events, 0};
    if (::poll(&wait, 1, -1) < 0 && errno != EINTR)
      return make_error(errc::internal,
                        std::string{"poll: "} + std::strerror(errno));
    if (!unsent.empty() && (wait.revents & POLLOUT) != 0) {
      auto sent = ::send(socket_.get(), unsent.data(), unsent.size(),
                         MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0)
        unsent.remove_prefix(static_cast<size_t>(sent));
      else if (!would_block() && errno != EINTR)
        // It listens no more, yet may have said why: read on.
        unsent = {};
    }
    auto got
        = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (would_block() || errno == EINTR))
      continue;
    if (got <= 0) {
      lost_ = true;
      return went_away(0, 1);
    }
    auto goes_on = take({buffer.data(), static_cast<size_t>(got)});
    if (!goes_on)
      return goes_on.failure();
    if (!*goes_on)
      return {};
  }
}

result<protocol::payload> client::ask(const protocol::request& what) {
  std::optional<protocol::payload> answer;
  auto done = exchange({&what, 1}, [&](size_t, protocol::payload payload) {
    answer = std::move(payload);
  });
  if (!done)
    return done.failure();
  if (auto* problem = std::get_if<protocol::error>(&*answer))
    return std::move(*problem);
  return std::move(*answer);
}

} // namespace hiisi::cli
