// Seeing everything: what a scrape of metrics costs, whether the daemon's
// inside can be looked at while it is busy, and that nobody pays while nobody
// looks.
#include "deploy/bench.d/client.hpp"
#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/processes.hpp"
#include "deploy/bench.d/sections.hpp"
#include "deploy/bench.d/table.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::bench {

namespace {

using std::chrono::milliseconds;

/// What is asked of scrapes (ms), of the daemon's memory (MiB), and of looks
/// inside (ms).
constexpr double scrape_of_100 = 5;
constexpr double scrape_of_1000 = 50;
constexpr double most_memory = 32;
constexpr double longest_look = 50;

/// One scrape from connecting to the last byte. Returns the bytes of the page.
size_t scrape(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  constexpr std::string_view request
      = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0
      || ::send(fd, request.data(), request.size(), MSG_NOSIGNAL)
             != static_cast<ssize_t>(request.size()))
    give_up(path + ": " + std::strerror(errno));
  std::array<char, 256 * 1024> room;
  size_t size = 0;
  auto served = false;
  for (ssize_t got = 0; (got = ::recv(fd, room.data(), room.size(), 0)) > 0;) {
    if (size == 0)
      served
          = std::string_view{room.data(), static_cast<size_t>(got)}.starts_with(
              "HTTP/1.1 200 ");
    size += static_cast<size_t>(got);
  }
  ::close(fd);
  if (!served)
    give_up("a scrape was not answered with a page");
  return size;
}

std::vector<double> scrapes(const std::string& path, size_t count) {
  std::vector<double> times;
  // The first five are not counted: caches warm up.
  for (size_t n = 0; n < count + 5; ++n) {
    const auto begin = now();
    (void)scrape(path);
    if (n >= 5)
      times.push_back(in_ms(now() - begin));
    sleep_for(milliseconds{5});
  }
  return times;
}

/// A figure that has no floor.
void show(std::string what, std::string unit, std::vector<double> values,
          double below) {
  print({std::move(what),
         std::move(unit),
         values.size(),
         {},
         summary_of(std::move(values)),
         {target::kind::absolute, below}});
}

std::vector<uint32_t> start(const run_settings& settings, daemon_subject& hiisi,
                            record_fifo& fifo, size_t count, bool restart) {
  const auto program = settings.where.programs + "/bench_first";
  std::vector<launch> all(count, {{program, fifo.path(), "0"}, restart});
  hiisi.send_starts(all);
  (void)fifo.take(count, &hiisi.connection());
  return hiisi.await_starts(count);
}

/// Clients that keep the daemon as busy as it can be while this lives: two ask
/// for the status and use of all, one scrapes, and one has a process restarted,
/// each of them as soon as the answer before is there.
class load {
public:
  load(const daemon_subject& hiisi, uint32_t restarted) {
    for (int i = 0; i < 2; ++i)
      threads_.emplace_back([this, socket = hiisi.socket()] {
        client by(socket);
        while (!over_) {
          by.ask(protocol::status_request{{}, false, true});
          while (by.body().find(R"("more":true)") != std::string::npos)
            continue;
        }
      });
    threads_.emplace_back([this, path = hiisi.http_socket()] {
      while (!over_)
        (void)scrape(path);
    });
    threads_.emplace_back([this, socket = hiisi.socket(), restarted] {
      client by(socket);
      while (!over_) {
        by.ask(protocol::restart_request{restarted});
        (void)by.body();
      }
    });
  }
  ~load() {
    over_ = true;
    for (auto& thread : threads_)
      thread.join();
  }
  load(const load&) = delete;
  load& operator=(const load&) = delete;

private:
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

/// How long each topic's answer takes; the trace is left out, which lasts as
/// long as it is asked to.
void measure_looks(const run_settings& settings, const daemon_subject& hiisi,
                   uint32_t restarted, const std::string& under) {
  std::unique_ptr<load> busy;
  if (!under.empty())
    busy = std::make_unique<load>(hiisi, restarted);
  client by(hiisi.socket());
  double slowest = 0;
  for (const auto* topic :
       {"actors", "connections", "keeper", "timers", "registry", "config"}) {
    std::vector<double> times;
    for (size_t n = 0; n < settings.samples; ++n) {
      const auto begin = now();
      by.ask(protocol::debug_request{topic, {}, {}, false});
      (void)by.answer<protocol::debug_report>();
      times.push_back(in_ms(now() - begin));
      sleep_for(milliseconds{2});
    }
    slowest = std::max(slowest, *std::ranges::max_element(times));
    show(std::string{"debug "} + topic + under, "ms", std::move(times),
         longest_look);
  }
  print({"... the slowest of them all" + under,
         "ms",
         1,
         {},
         summary{slowest, slowest, slowest},
         {target::kind::absolute, longest_look}});
}

} // namespace

void measure_metrics(const run_settings& settings) {
  if (settings.floor_only)
    return;
  auto hiisi = make_hiisi(settings.where);
  record_fifo fifo(settings.where.scratch + "/metrics.fifo");
  const auto http = hiisi->http_socket();
  auto ids = start(settings, *hiisi, fifo, 100, false);
  sleep_for(milliseconds{500});
  show("scrape of metrics, 100 processes", "ms",
       scrapes(http, settings.samples), scrape_of_100);
  const auto more = start(settings, *hiisi, fifo, 900, false);
  ids.insert(ids.end(), more.begin(), more.end());
  sleep_for(milliseconds{1500});
  show("scrape of metrics, 1,000 processes", "ms",
       scrapes(http, settings.samples), scrape_of_1000);
  const auto size = static_cast<double>(scrape(http));
  print({"... bytes of that page", "", 1, {}, summary{size, size, size}, {}});

  measure_looks(settings, *hiisi, ids.back(), "");
  measure_looks(settings, *hiisi, ids.back(), ", under load");
  const auto used = usage_of(hiisi->processes());
  show(std::string{"memory of both ("} + (used.resident_instead ? "RSS" : "PSS")
           + ") after all that",
       "MiB", {used.pss_mib}, most_memory);

  // Handlers are timed for a minute after the last look.
  sleep_for(milliseconds{65'000});
  std::vector<double> wake_ups;
  for (size_t n = 0; n < settings.idle_windows; ++n) {
    const auto before = usage_of(hiisi->processes()).wake_ups;
    sleep_for(milliseconds{10'000});
    wake_ups.push_back(
        static_cast<double>(usage_of(hiisi->processes()).wake_ups - before));
  }
  show("wake-ups in 10 s while nobody looks", "", std::move(wake_ups), 0);
  hiisi->stop(ids);
}

} // namespace hiisi::bench
