#include "protocol/signals.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>

namespace hiisi::protocol {

namespace {

struct entry {
  std::string_view name;
  int number;
};

// The first name of a number is the one that signal_name gives.
constexpr std::array entries = {
    entry{"HUP", SIGHUP},   entry{"INT", SIGINT},
    entry{"QUIT", SIGQUIT}, entry{"ILL", SIGILL},
    entry{"TRAP", SIGTRAP}, entry{"ABRT", SIGABRT},
    entry{"BUS", SIGBUS},   entry{"FPE", SIGFPE},
    entry{"KILL", SIGKILL}, entry{"USR1", SIGUSR1},
    entry{"SEGV", SIGSEGV}, entry{"USR2", SIGUSR2},
    entry{"PIPE", SIGPIPE}, entry{"ALRM", SIGALRM},
    entry{"TERM", SIGTERM}, entry{"STKFLT", SIGSTKFLT},
    entry{"CHLD", SIGCHLD}, entry{"CONT", SIGCONT},
    entry{"STOP", SIGSTOP}, entry{"TSTP", SIGTSTP},
    entry{"TTIN", SIGTTIN}, entry{"TTOU", SIGTTOU},
    entry{"URG", SIGURG},   entry{"XCPU", SIGXCPU},
    entry{"XFSZ", SIGXFSZ}, entry{"VTALRM", SIGVTALRM},
    entry{"PROF", SIGPROF}, entry{"WINCH", SIGWINCH},
    entry{"IO", SIGIO},     entry{"PWR", SIGPWR},
    entry{"SYS", SIGSYS},   entry{"IOT", SIGABRT},
    entry{"CLD", SIGCHLD},  entry{"POLL", SIGIO},
    entry{"RTMIN", 34},     entry{"RTMAX", max_signal},
};

// glibc keeps the kernel's first two real-time signals for itself.
constexpr int first_real_time = 34;

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  auto end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

std::optional<int> in_range(std::optional<int> number, int low) {
  if (number && *number >= low && *number <= max_signal)
    return number;
  return std::nullopt;
}

} // namespace

std::optional<int> signal_from_string(std::string_view word) {
  if (!word.empty() && word.front() >= '0' && word.front() <= '9')
    return in_range(number_in(word), 1);
  std::string name{word};
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (name.starts_with("SIG"))
    name.erase(0, 3);
  for (const auto& known : entries)
    if (known.name == name)
      return known.number;
  constexpr size_t prefix = 6; // "RTMIN+", "RTMAX-"
  if (name.size() <= prefix || name[prefix] < '0' || name[prefix] > '9')
    return std::nullopt;
  auto offset = in_range(number_in(name.substr(prefix)), 0);
  if (offset && name.starts_with("RTMIN+"))
    return in_range(first_real_time + *offset, first_real_time);
  if (offset && name.starts_with("RTMAX-"))
    return in_range(max_signal - *offset, first_real_time);
  return std::nullopt;
}

std::string signal_name(int number) {
  for (const auto& known : entries)
    if (known.number == number)
      return "SIG" + std::string{known.name};
  if (number > first_real_time && number < max_signal)
    return "SIGRTMIN+" + std::to_string(number - first_real_time);
  return "signal " + std::to_string(number);
}

} // namespace hiisi::protocol
