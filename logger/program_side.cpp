#include "logger/program_side.hpp"

#include "logger/channel.hpp"
#include "logger/terminal.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace hiisi::logger {

namespace {

// As a shell has it.
constexpr int not_executable = 126;
constexpr int not_found = 127;

constexpr int first_passed = 3;

void complain(const std::string& what) {
  const auto line = "hiisi-logger: " + what + "\n";
  (void)!::write(STDERR_FILENO, line.data(), line.size());
}

/// Takes the socket off what the program is told of, or -1.
int take_channel() {
  const auto* meant = std::getenv("LISTEN_PID");
  const auto* count = std::getenv("LISTEN_FDS");
  if (meant == nullptr || count == nullptr || std::atoi(meant) != ::getpid())
    return -1;
  const auto left = std::atoi(count) - 1;
  if (left < 0)
    return -1;
  if (left > 0) {
    ::setenv("LISTEN_FDS", std::to_string(left).c_str(), 1);
  } else {
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_PID");
  }
  ::fcntl(first_passed + left, F_SETFD, FD_CLOEXEC);
  return first_passed + left;
}

/// The two ends of one stream: read by the logger, written to by the program.
std::pair<logs::descriptor, logs::descriptor> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return {};
  return {logs::descriptor{ends[0]}, logs::descriptor{ends[1]}};
}

bool write_to(const logs::descriptor& output, const logs::descriptor& error) {
  return ::dup2(output.get(), STDOUT_FILENO) >= 0
         && ::dup2(error.get(), STDERR_FILENO) >= 0;
}

bool connect_by_pipes(int channel) {
  auto output = make_pipe();
  auto error = make_pipe();
  return output.first && error.first
         && hand_over(channel,
                      {std::move(output.first), std::move(error.first)})
         && write_to(output.second, error.second);
}

bool connect_by_terminal(int channel) {
  auto made = open_terminal();
  if (!made.slave)
    return false;
  if (!hand_over(channel, {std::move(made.master), {}})
      || !write_to(made.slave, made.slave))
    return false;
  // Of those that say nothing a terminal is taken for one that can do nothing.
  ::setenv("TERM", "xterm-256color", 0);
  return true;
}

} // namespace

int become_program(std::span<char*> command, bool with_terminal) {
  const auto channel = take_channel();
  if (channel < 0)
    complain("it was given no logger; what follows comes as it is");
  else if (!(with_terminal ? connect_by_terminal(channel)
                           : connect_by_pipes(channel)))
    complain("its logger cannot be reached: "
             + std::string{std::strerror(errno)}
             + "; what follows comes as it is");
  ::execvp(command[0], command.data());
  const auto why = errno;
  complain(std::string{command[0]} + ": " + std::strerror(why));
  return why == ENOENT ? not_found : not_executable;
}

} // namespace hiisi::logger
