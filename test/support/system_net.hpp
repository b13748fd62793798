#pragma once

#include "test/support/system_instance.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hiisi::test {

/// Connects to a loopback port. 0, or the errno.
int connecting_to(uint16_t port, bool v6 = false);

/// What a server at that loopback port says before it hangs up; nothing where
/// it refuses, resets, or says nothing within `limit`.
std::optional<std::string> answer_of(uint16_t port, bool v6 = false,
                                     std::chrono::milliseconds limit
                                     = patience);

/// Sends a datagram to a loopback port.
void send_datagram(uint16_t port, const std::string& text);

/// Whether that user can bind a port on the loopback address, whatever they
/// set on the socket.
bool can_bind(const account& who, uint16_t port, bool udp = false);

/// Connections to one loopback port, a hundred a second, until it is asked what
/// became of them.
class constant_load {
public:
  constant_load(const instance& here, uint16_t port);
  ~constant_load();
  constant_load(const constant_load&) = delete;
  constant_load& operator=(const constant_load&) = delete;

  struct tally {
    long refused = -1;
    long answered = -1;
    long reset = -1;
    /// Neither, a minute after the end.
    long waiting = -1;
  };
  tally end();

private:
  std::string file_;
  pid_t pid_ = -1;
};

} // namespace hiisi::test
