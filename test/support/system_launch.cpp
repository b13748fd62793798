#include "test/support/system_launch.hpp"

#include "test/support/wait_until.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::test {

namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void run_child(const launch& what, char* const* argv,
                            char* const* env, int out, int err) {
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  // Kept out of the way of 1 and 2, which either may be.
  const int out_copy = ::fcntl(out, F_DUPFD, 10);
  const int err_copy = ::fcntl(err, F_DUPFD, 10);
  ::dup2(out_copy, 1);
  ::dup2(err_copy, 2);
  ::close_range(3, ~0U, 0);
  if (what.descriptors) {
    const rlimit limit{*what.descriptors, *what.descriptors};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
      ::_exit(126);
  }
  ::umask(022);
  if (!become(what.who) || ::chdir(what.cwd.c_str()) != 0)
    ::_exit(126);
  ::execve(argv[0], argv, env);
  ::_exit(127);
}

struct pipe_ends {
  int read = -1;
  int write = -1;
  pipe_ends() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe");
    read = ends[0];
    write = ends[1];
  }
  ~pipe_ends() {
    close_write();
    ::close(read);
  }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;
  void close_write() {
    if (write >= 0)
      ::close(write);
    write = -1;
  }
};

/// Reads what is there; false at the end.
bool take(int fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0)
    into.append(buffer.data(), static_cast<size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

} // namespace

pid_t start_program(const launch& what, int out, int err) {
  std::vector<char*> argv;
  for (const auto& word : what.argv)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (const auto& [key, value] : what.env)
    variables.push_back(key + "=" + value);
  std::vector<char*> env;
  for (auto& variable : variables)
    env.push_back(variable.data());
  env.push_back(nullptr);
  const auto pid = ::fork();
  if (pid < 0)
    throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0)
    run_child(what, argv.data(), env.data(), out, err);
  return pid;
}

namespace {

/// What each thread of a program that does not end is about, for whoever has to
/// find out why: its state, who traces it, and where in the kernel it waits.
std::string threads_of(pid_t pid) {
  std::string out;
  std::error_code ended;
  const auto tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, ended)) {
    out += "\n  thread " + task.path().filename().string();
    std::istringstream status{text_of(task.path() / "status")};
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("State:") || line.starts_with("TracerPid:"))
        out += ", " + line;
    out += ", waits in " + text_of(task.path() / "wchan");
  }
  return out;
}

} // namespace

outcome run_to_end(const launch& what, std::chrono::milliseconds limit) {
  pipe_ends out;
  pipe_ends err;
  const auto pid = start_program(what, out.write, err.write);
  out.close_write();
  err.close_write();
  outcome result;
  const auto deadline = clock::now() + limit;
  std::array<pollfd, 2> ends{pollfd{out.read, POLLIN, 0},
                             pollfd{err.read, POLLIN, 0}};
  // What it leaves behind may hold the pipes open, so its end counts too.
  std::optional<int> ended;
  while (!ended && clock::now() < deadline) {
    ::poll(ends.data(), ends.size(), 20);
    if (ends[0].revents != 0 && !take(out.read, result.out))
      ends[0].fd = -1;
    if (ends[1].revents != 0 && !take(err.read, result.err))
      ends[1].fd = -1;
    if (ends[0].fd < 0 && ends[1].fd < 0)
      ended = wait_for_exit(pid, std::chrono::milliseconds(20));
    else
      ended = wait_for_exit(pid, std::chrono::milliseconds(0));
  }
  if (!ended) {
    const auto threads = threads_of(pid);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::string words;
    for (const auto& word : what.argv)
      words += word + " ";
    throw std::runtime_error(words + "did not end in time: " + result.out
                             + result.err + threads);
  }
  result.status = *ended;
  for (auto& end : ends) {
    auto& into = end.fd == out.read ? result.out : result.err;
    while (end.fd >= 0 && ::poll(&end, 1, 0) > 0 && take(end.fd, into))
      continue;
  }
  return result;
}

std::optional<int> wait_for_exit(pid_t pid, std::chrono::milliseconds limit) {
  int status = 0;
  const auto ended = wait_until(
      [&] { return ::waitpid(pid, &status, WNOHANG) == pid; }, limit);
  if (!ended)
    return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void send_signal(int pid, int signal) {
  if (pid <= 1)
    throw std::runtime_error("no process to send a signal to: "
                             + std::to_string(pid));
  ::kill(pid, signal);
}

bool lives(int pid) {
  const auto text = text_of("/proc/" + std::to_string(pid) + "/stat");
  const auto end = text.rfind(')');
  return end != text.npos && end + 2 < text.size() && text[end + 2] != 'Z'
         && text[end + 2] != 'X';
}

} // namespace hiisi::test
