#include "logger/logger_side.hpp"

#include "logger/channel.hpp"
#include "logger/stamper.hpp"
#include "logger/terminal.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace hiisi::logger {

namespace {

/// As much as a pipe holds.
constexpr size_t most_at_once = size_t{64} * 1024;
/// How often a terminal that nobody has open is looked at.
constexpr int look_again_ms = 1000;

/// One stream on its way to its log.
class stream {
public:
  stream(logs::descriptor input, int log, bool timestamps)
      : input_(std::move(input)), log_(log), timestamps_(timestamps) {}

  [[nodiscard]] bool open() const noexcept { return static_cast<bool>(input_); }
  [[nodiscard]] int input() const noexcept { return input_.get(); }

  /// Nobody has it open just now, and somebody may again.
  [[nodiscard]] bool resting() const noexcept { return resting_; }

  /// Copies what there is.
  void copy(std::vector<char>& block) {
    resting_ = false;
    const auto got = ::read(input_.get(), block.data(), block.size());
    if (got > 0)
      write({block.data(), static_cast<size_t>(got)});
    else if (got < 0 && errno == EIO && has_session(input_.get()))
      resting_ = true; // A terminal that is closed, though a session has it.
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
      input_ = {};
  }

private:
  void write(std::string_view bytes) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (timestamps_)
      bytes = stamper_.stamp(bytes, now);
    if (lost_ > 0
        && put("\nhiisi-logger: " + std::to_string(lost_)
               + " bytes are missing here: " + why_ + "\n")
               == 0)
      lost_ = 0;
    lost_ += lost_ > 0 ? bytes.size() : put(bytes);
  }

  /// Returns how much could not be written.
  size_t put(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto done = ::write(log_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR)
        continue;
      if (done < 0) {
        why_ = std::strerror(errno);
        break;
      }
      bytes.remove_prefix(static_cast<size_t>(done));
    }
    return bytes.size();
  }

  logs::descriptor input_;
  int log_;
  bool timestamps_;
  stamper stamper_;
  bool resting_ = false;
  /// What could not be written since the last that could, and why not.
  size_t lost_ = 0;
  std::string why_;
};

void ignore_signals() {
  // It ends with what it listens to, and a log that is full is no reason to.
  for (const auto signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ})
    std::signal(signal, SIG_IGN);
}

} // namespace

void copy_output(int channel, bool timestamps) {
  ignore_signals();
  auto taken = take_over(channel);
  ::close(channel);
  if (!taken)
    return;
  std::vector<stream> streams;
  streams.emplace_back(std::move(taken->standard_output), STDOUT_FILENO,
                       timestamps);
  streams.emplace_back(std::move(taken->standard_error), STDERR_FILENO,
                       timestamps);
  std::vector<char> block(most_at_once);
  while (streams[0].open() || streams[1].open()) {
    pollfd wait[2]{};
    bool resting = false;
    for (size_t i = 0; i < 2; ++i) {
      wait[i] = {streams[i].resting() ? -1 : streams[i].input(), POLLIN, 0};
      resting = resting || streams[i].resting();
    }
    const auto ready = ::poll(wait, 2, resting ? look_again_ms : -1);
    if (ready < 0 && errno != EINTR)
      return;
    for (size_t i = 0; i < 2; ++i)
      if (streams[i].open() && (wait[i].revents != 0 || streams[i].resting()))
        streams[i].copy(block);
  }
}

} // namespace hiisi::logger
