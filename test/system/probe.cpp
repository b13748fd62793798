// What the system tests have Hiisi run: it tells what it was started with, or
// behaves as its words say.
#include "probe_evasive.hpp"
#include "probe_net.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

/// One write(2) for each line, so that lines of several processes do not mix
/// and nothing is lost by a kill.
void say(const std::string& line) {
  const auto text = line + "\n";
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\\')
      out += "\\\\";
    else
      out += c;
  }
  return out;
}

std::string number(long long value) {
  return std::to_string(value);
}

void tell_status_file() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    const auto key = line.substr(0, line.find(':'));
    const std::string_view told[]
        = {"Uid",    "Gid",    "CapInh", "CapPrm", "CapEff",
           "CapBnd", "CapAmb", "SigBlk", "SigIgn", "NoNewPrivs"};
    if (std::find(std::begin(told), std::end(told), key) == std::end(told))
      continue;
    std::replace(line.begin(), line.end(), '\t', ' ');
    line.erase(key.size(), 1);
    say(line);
  }
}

void tell_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  while (const auto* entry = ::readdir(directory)) {
    const auto fd = std::atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd == ::dirfd(directory))
      continue;
    char target[4096]{};
    const auto path = "/proc/self/fd/" + number(fd);
    if (::readlink(path.c_str(), target, sizeof target - 1) > 0)
      say("fd " + number(fd) + " " + target);
  }
  ::closedir(directory);
}

int report(int argc, char** argv, char** env) {
  tell_status_file();
  std::vector<gid_t> groups(256);
  const auto count = ::getgroups(256, groups.data());
  groups.resize(count < 0 ? 0 : static_cast<size_t>(count));
  std::sort(groups.begin(), groups.end());
  std::string line = "groups";
  for (const auto group : groups)
    line += " " + number(group);
  say(line);
  tell_descriptors();
  say("pid " + number(::getpid()));
  say("pgid " + number(::getpgrp()));
  say("sid " + number(::getsid(0)));
  char cwd[4096]{};
  say(std::string("cwd ") + (::getcwd(cwd, sizeof cwd) ? cwd : "?"));
  const auto mask = ::umask(0);
  char octal[8]{};
  std::snprintf(octal, sizeof octal, "%04o", mask);
  say(std::string("umask ") + octal);
  say("nice " + number(::getpriority(PRIO_PROCESS, 0)));
  std::string score;
  std::getline(std::ifstream("/proc/self/oom_score_adj"), score);
  say("oom_score_adj " + score);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  say("rlimit_nofile " + number(static_cast<long long>(files.rlim_cur)) + " "
      + number(static_cast<long long>(files.rlim_max)));
  for (int i = 0; i < argc; ++i)
    say("arg " + escaped(argv[i]));
  for (; *env; ++env)
    say("env " + escaped(*env));
  say("done");
  return 0;
}

int signal_number(std::string_view name) {
  if (name == "INT")
    return SIGINT;
  if (name == "TERM")
    return SIGTERM;
  if (name == "USR1")
    return SIGUSR1;
  if (name == "HUP")
    return SIGHUP;
  return 0;
}

std::string signal_name(int signal) {
  for (const auto* name : {"INT", "TERM", "USR1", "HUP"})
    if (signal_number(name) == signal)
      return name;
  return signal == SIGCONT ? "CONT" : number(signal);
}

long long now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1'000'000;
}

int listen_on(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0
      || ::listen(fd, 8) != 0)
    return -1;
  return fd;
}

/// Leaves a grandchild in a session of its own, whose parent is gone.
void leave_orphan() {
  if (::fork() != 0)
    return;
  ::setsid();
  if (::fork() != 0)
    ::_exit(0);
  say("orphan " + number(::getpid()));
  for (;;)
    ::pause();
}

/// Uses so much CPU time by itself.
void burn(int milliseconds) {
  timespec used{};
  do
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  while (used.tv_sec * 1000 + used.tv_nsec / 1'000'000 < milliseconds);
}

/// Has so much memory for as long as it lives.
void hold(size_t mebibytes) {
  const auto size = mebibytes * 1024 * 1024;
  auto* memory = static_cast<volatile char*>(std::malloc(size));
  for (size_t i = 0; memory && i < size; i += 4096)
    memory[i] = 1;
}

/// Writes a file of that size in its current directory.
void write_file(size_t mebibytes) {
  std::ofstream out("written-" + number(::getpid()));
  const std::string block(1024 * 1024, 'x');
  for (size_t i = 0; i < mebibytes; ++i)
    out << block << std::flush;
}

/// Starts so many children that do nothing.
void leave_children(int count) {
  for (int i = 0; i < count; ++i)
    if (::fork() == 0)
      for (;;)
        ::pause();
}

struct behaviour {
  std::vector<int> ignored;
  int status = 0;
  int after_ms = -1;
  bool crash = false;
};

int wait_as(const behaviour& how, const sigset_t& signals) {
  const auto until = how.after_ms < 0 ? -1 : now_ms() + how.after_ms;
  for (;;) {
    const auto left = until < 0 ? 3'600'000 : std::max(0LL, until - now_ms());
    const timespec wait{left / 1000, (left % 1000) * 1'000'000};
    const int got = ::sigtimedwait(&signals, nullptr, &wait);
    if (got < 0 && errno == EAGAIN && until >= 0)
      break;
    if (got < 0)
      continue;
    say("signal " + signal_name(got) + " " + number(now_ms()));
    if (got != SIGCONT
        && std::find(how.ignored.begin(), how.ignored.end(), got)
               == how.ignored.end())
      break;
  }
  if (how.crash) {
    ::signal(SIGABRT, SIG_DFL);
    ::raise(SIGABRT);
  }
  return how.status;
}

int wait_words(int argc, char** argv) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGCONT})
    ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  behaviour how;
  bool stops = false;
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto is = word.find('=');
    const auto key = word.substr(0, is);
    const std::string value(is == word.npos ? "" : word.substr(is + 1));
    if (key == "ignore")
      how.ignored.push_back(signal_number(value));
    else if (key == "exit")
      how.status = std::atoi(value.c_str());
    else if (key == "after")
      how.after_ms = std::atoi(value.c_str());
    else if (key == "crash")
      how.crash = true;
    else if (key == "orphan")
      leave_orphan();
    else if (key == "burn")
      burn(std::atoi(value.c_str()));
    else if (key == "hold")
      hold(static_cast<size_t>(std::atoi(value.c_str())));
    else if (key == "write")
      write_file(static_cast<size_t>(std::atoi(value.c_str())));
    else if (key == "fork")
      leave_children(std::atoi(value.c_str()));
    else if (key == "stop")
      stops = true;
    else if (key == "root" && ::setresuid(0, 0, 0) != 0)
      return 98;
    else if (key == "print")
      say(value);
    else if (key == "error")
      (void)!::write(STDERR_FILENO, (value + "\n").data(), value.size() + 1);
    else if (key == "listen" && listen_on(std::atoi(value.c_str())) < 0)
      return 99;
  }
  say("ready " + number(::getpid()));
  if (stops)
    ::raise(SIGSTOP);
  return wait_as(how, signals);
}

} // namespace

int main(int argc, char** argv, char** env) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "report")
    return report(argc, argv, env);
  if (what == "wait")
    return wait_words(argc, argv);
  if (what == "serve")
    return serve(argc, argv);
  if (what == "load")
    return load(argc, argv);
  if (what == "evade")
    return evade(argc, argv);
  std::fprintf(stderr,
               "usage: test_probe report|wait|serve|load|evade [WORD]...\n");
  return 2;
}
