// The registry of ports: how soon an allocation is on disk, how many share a
// write, and what a look at the kernel's sockets costs.
#include "deploy/bench.d/client.hpp"
#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/sections.hpp"
#include "deploy/bench.d/table.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hiisi::bench {

namespace {

uint16_t take_port(client& by) {
  by.ask(protocol::port_allocate_request{});
  return by.answer<protocol::port_allocated>().port;
}

/// Counts how often the registry's file is replaced: each time is one fsync of
/// the file and one of its directory.
class write_counter {
public:
  explicit write_counter(const std::string& directory)
      : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (fd_ < 0 || ::inotify_add_watch(fd_, directory.c_str(), IN_MOVED_TO) < 0)
      give_up("cannot watch " + directory);
  }
  ~write_counter() { ::close(fd_); }
  write_counter(const write_counter&) = delete;
  write_counter& operator=(const write_counter&) = delete;

  /// How often by now. To be called again and again: of events that are alike
  /// and wait to be read, the kernel keeps one.
  size_t count() {
    alignas(inotify_event) char room[16384];
    for (;;) {
      auto got = ::read(fd_, room, sizeof room);
      if (got <= 0)
        return count_;
      for (ssize_t at = 0; at < got;) {
        auto* event = reinterpret_cast<inotify_event*>(room + at);
        if ((event->mask & IN_Q_OVERFLOW) != 0)
          give_up("too many writes to be counted");
        count_ += event->len > 0 && std::string{event->name} == "ports.ron";
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
  }

private:
  int fd_;
  size_t count_ = 0;
};

/// The floor: a file of that size replaced for good, by the same system calls.
double durable_write(const std::string& directory, const std::string& text) {
  const auto begin = now();
  const auto path = directory + "/floor", made = directory + "/.floor.tmp";
  const int file = ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0
      || ::write(file, text.data(), text.size())
             != static_cast<ssize_t>(text.size())
      || ::fsync(file) != 0)
    give_up("cannot write " + made);
  ::close(file);
  const int home = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (::rename(made.c_str(), path.c_str()) != 0 || ::fsync(home) != 0)
    give_up("cannot rename " + made);
  ::close(home);
  return in_ms(now() - begin);
}

/// Listening sockets on loopback ports.
std::vector<int> listen_on_many(size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<int> sockets;
  while (sockets.size() < count) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0
        || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address)
               != 0
        || ::listen(fd, 1) != 0)
      give_up("cannot listen " + std::to_string(sockets.size()) + " times");
    sockets.push_back(fd);
  }
  return sockets;
}

double lookup(client& one, const std::string& user) {
  const auto begin = now();
  one.ask(protocol::port_lookup_request{user});
  (void)one.body();
  return in_ms(now() - begin);
}

void show(std::string what, std::string unit, std::vector<double> floor,
          std::vector<double> hiisi, target aim) {
  const auto count = hiisi.size();
  print({std::move(what), std::move(unit), count, summary_of(std::move(floor)),
         summary_of(std::move(hiisi)), aim});
}

} // namespace

void measure_ports(const run_settings& settings) {
  if (settings.floor_only)
    return;
  auto hiisi = make_hiisi(settings.where);
  const auto state = hiisi->state();
  const auto socket = hiisi->socket();
  client one(socket);
  std::vector<double> floor, allocate;
  for (size_t n = 0; n < settings.samples + 5; ++n) {
    const auto write = durable_write(state, std::string(2000, 'x'));
    const auto begin = now();
    (void)take_port(one);
    if (n < 5)
      continue;
    floor.push_back(write);
    allocate.push_back(in_ms(now() - begin));
  }
  show("allocate a port, on disk before the answer", "ms", floor, allocate,
       {target::kind::absolute, 1.5});

  constexpr size_t clients = 50, each = 20;
  std::vector<std::unique_ptr<client>> many;
  for (size_t i = 0; i < clients; ++i)
    many.push_back(std::make_unique<client>(socket));
  write_counter writes(state);
  const auto begin = now();
  // Each waits for its answer before it asks again.
  for (auto& c : many)
    c->ask(protocol::port_allocate_request{});
  for (size_t n = 0; n < each; ++n)
    for (auto& c : many) {
      (void)c->answer<protocol::port_allocated>();
      (void)writes.count();
      if (n + 1 < each)
        c->ask(protocol::port_allocate_request{});
    }
  show("1000 allocations by 50 clients", "ms", {0}, {in_ms(now() - begin)}, {});
  show("... and writes of the registry for them", "", {1000},
       {static_cast<double>(writes.count())}, {target::kind::ratio, 0.2});

  auto listeners = listen_on_many(2000);
  std::vector<double> looks;
  for (size_t n = 0; n < settings.samples; ++n)
    looks.push_back(lookup(one, "daemon"));
  show("look at 2,000 sockets, for one user's ports", "ms", {0}, looks,
       {target::kind::absolute, 3});
  for (auto fd : listeners)
    ::close(fd);
}

} // namespace hiisi::bench
