#include "deploy/bench.d/measure.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace hiisi::bench {

int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

void sleep_for(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

void give_up(const std::string& what) {
  std::fflush(stdout);
  std::fprintf(stderr, "hiisi_bench: %s\n", what.c_str());
  std::exit(1);
}

record_fifo::record_fifo(std::string path) : path_(std::move(path)) {
  // Opened for both, so that it never ends between two writers.
  if (::mkfifo(path_.c_str(), 0600) != 0
      || (fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC)) < 0)
    give_up(path_ + ": " + std::strerror(errno));
}

record_fifo::~record_fifo() {
  ::close(fd_);
  ::unlink(path_.c_str());
}

std::vector<bench_record> record_fifo::take(size_t count, stream* answers) {
  std::vector<bench_record> records(count);
  size_t have = 0;
  while (have < count) {
    pollfd both[]
        = {{fd_, POLLIN, 0}, {answers ? answers->descriptor() : -1, POLLIN, 0}};
    if (::poll(both, 2, 60'000) <= 0)
      give_up(std::to_string(count - have)
              + " of the children did not report within 60 s");
    if (both[1].revents != 0)
      answers->fill();
    if (both[0].revents == 0)
      continue;
    auto n = ::read(fd_, &records[have], (count - have) * sizeof(bench_record));
    if (n <= 0)
      give_up(path_ + ": " + std::strerror(errno));
    // A write is never split, so neither is a read of whole records.
    have += static_cast<size_t>(n) / sizeof(bench_record);
  }
  return records;
}

stream::stream(const std::string& path)
    : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    give_up(path + ": too long for a socket");
  path.copy(address.sun_path, path.size());
  auto deadline = now() + 15'000'000'000LL;
  while (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address)
         != 0) {
    if (now() > deadline)
      give_up(path + ": " + std::strerror(errno));
    sleep_for(std::chrono::milliseconds{5});
  }
}

stream::~stream() {
  ::close(fd_);
}

void stream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      give_up(std::string{"send: "} + std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

std::string stream::receive() {
  while (pending_.empty()) {
    pollfd entry{fd_, POLLIN, 0};
    if (::poll(&entry, 1, 120'000) <= 0)
      give_up("nothing came over the socket within 120 s");
    fill();
  }
  return std::exchange(pending_, {});
}

void stream::fill() {
  auto before = pending_.size();
  pending_.resize(before + 256 * 1024);
  auto n = ::recv(fd_, pending_.data() + before, pending_.size() - before, 0);
  if (n <= 0)
    give_up("the daemon closed the connection");
  pending_.resize(before + static_cast<size_t>(n));
}

} // namespace hiisi::bench
