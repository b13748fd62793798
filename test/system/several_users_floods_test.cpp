// One user floods hiidet in every way there is, while another asks for the
// status all the time: nobody waits, and nothing stays behind. Attack A19 of
// test/attacks.tsv; `./deploy/soak floods` does the same at length.
#include "test/support/flood.hpp"
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace hiisi::test;
using hiisi::protocol::frame;
using std::chrono::steady_clock;

namespace {

/// A figure that soak gives otherwise.
long setting(const char* name, long usual) {
  const auto* value = std::getenv(name);
  return value ? std::atol(value) : usual;
}

/// The answer to `status --all`, by another user, again and again, until the
/// flood is over; in milliseconds.
std::vector<double> waits_during(const instance& here, pid_t attacker) {
  std::vector<double> waits;
  auto his = here.connect(bob());
  const auto begin = steady_clock::now();
  // However short the flood: what it has set going goes on for a while.
  constexpr std::chrono::seconds least{2};
  for (bool over = false; !over || steady_clock::now() - begin < least;) {
    const auto asked = steady_clock::now();
    std::ignore = his.ask(request(R"({"Status":{"all":true}})"));
    waits.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - asked)
            .count());
    over = over || ::waitpid(attacker, nullptr, WNOHANG) != 0;
    // One more in each two milliseconds, as a page that shows it would.
    std::this_thread::sleep_until(asked + std::chrono::milliseconds(2));
  }
  std::sort(waits.begin(), waits.end());
  return waits;
}

size_t descriptors(int pid) {
  return static_cast<size_t>(
      std::distance(std::filesystem::directory_iterator(
                        "/proc/" + std::to_string(pid) + "/fd"),
                    {}));
}

/// A sanitizer keeps for a while what was freed, so that whoever still uses it
/// is seen: what its allocator holds says nothing of the daemon.
#ifdef HIISI_SANITIZED
const bool sanitized = std::getenv("HIISI_TEST_PROGRAMS") == nullptr;
#else
constexpr bool sanitized = false;
#endif

/// What the daemon has of memory that is its own, in KiB.
long memory(int pid) {
  const auto all = text_of("/proc/" + std::to_string(pid) + "/status");
  return std::atol(all.c_str() + all.find("RssAnon:") + 8);
}

/// A daemon with a few processes, and how it is before any flood.
class flooded {
public:
  flooded() {
    for (int i = 0; i < 20; ++i)
      here_.run_probe(alice(), {"wait"});
    std::ignore = bob();
    // Whatever is made on first use is not what a flood leaves behind.
    run("", [](const std::string& socket) { flood::requests(socket, 2000); });
    memory_ = memory(here_.daemon());
    descriptors_ = descriptors(here_.daemon());
  }

  /// Has alice do that, in a process of her own, and prints and checks what
  /// bob had of it.
  void run(const std::string& name,
           const std::function<void(const std::string&)>& attack) {
    const auto her = alice();
    const auto socket = here_.socket();
    const auto attacker = ::fork();
    if (attacker == 0) {
      flood::allow_descriptors();
      if (become(her))
        attack(socket);
      ::_exit(0);
    }
    const auto waits = waits_during(here_, attacker);
    if (name.empty())
      return;
    const auto p99 = waits[waits.size() * 99 / 100];
    const auto fds_back = wait_until(
        [&] { return descriptors(here_.daemon()) <= descriptors_; }, patience);
    // It is given back a second after it has become free.
    std::ignore = wait_until(
        [&] {
          return sanitized || memory(here_.daemon()) - memory_ < most_left;
        },
        std::chrono::seconds(15));
    const auto now = memory(here_.daemon());
    char line[200];
    std::snprintf(line, sizeof line,
                  "%-34s p99 %7.2f ms, worst %7.2f ms of %5zu; memory %+ld KiB",
                  name.c_str(), p99, waits.back(), waits.size(), now - memory_);
    BOOST_TEST_MESSAGE(line);
    BOOST_TEST(p99 < static_cast<double>(setting("HIISI_FLOOD_P99_MS", 10'000)),
               line);
    BOOST_TEST(fds_back, descriptors(here_.daemon())
                             << " descriptors instead of " << descriptors_);
    BOOST_TEST((sanitized || now - memory_ < most_left), line);
    BOOST_TEST(here_.daemon_lives());
  }

private:
  /// Less than one of the frames that are sent, in KiB.
  static constexpr long most_left = 8 * 1024;

  instance here_{{.config = "log_level: error,"}};
  long memory_ = 0;
  size_t descriptors_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(floods)

BOOST_AUTO_TEST_CASE(connections_by_the_thousand) {
  flooded here;
  here.run("5,000 connections",
           [](const std::string& socket) { flood::connections(socket, 5000); });
}

BOOST_AUTO_TEST_CASE(frames_that_never_end) {
  flooded here;
  const auto seconds = setting("HIISI_FLOOD_SECONDS", 3);
  here.run("60 slow clients, a byte at a time",
           [&](const std::string& socket) { flood::slowly(socket, seconds); });
  here.run("60 half frames of 16 MiB",
           [](const std::string& socket) { flood::half_frames(socket); });
}

BOOST_AUTO_TEST_CASE(frames_as_large_as_can_be) {
  flooded here;
  const auto times = setting("HIISI_FLOOD_FRAMES", sanitized ? 1 : 6);
  here.run("frames of 16 MiB, one string", [&](const std::string& socket) {
    flood::send_each(socket, times,
                     request("\"Version\"")
                         + std::string(flood::most - 100, ' '));
  });
  here.run("frames of 16 MiB, many variables", [&](const std::string& socket) {
    flood::send_each(socket, times, flood::many_variables());
  });
  here.run("frames of 16 MiB, many arguments", [&](const std::string& socket) {
    flood::send_each(socket, times, flood::many_arguments());
  });
  here.run("frames of 16 MiB, deeply nested", [&](const std::string& socket) {
    flood::send_each(socket, times, std::string(flood::most, '['));
  });
}

BOOST_AUTO_TEST_CASE(clients_that_never_read) {
  flooded here;
  here.run("60 clients that never read", [](const std::string& socket) {
    flood::never_reading(socket, frame(request(R"({"Status":{"all":true}})")));
  });
}

BOOST_AUTO_TEST_CASE(requests_by_the_hundred_thousand) {
  flooded here;
  const auto count = setting("HIISI_FLOOD_REQUESTS", 100'000);
  here.run(std::to_string(count) + " requests",
           [&](const std::string& socket) { flood::requests(socket, count); });
}

BOOST_AUTO_TEST_SUITE_END()
