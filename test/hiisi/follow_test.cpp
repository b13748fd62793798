#include "hiisi/follow.hpp"
#include "test/hiisi/temp_place.hpp"
#include "test/support/blocked_call.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::cli;

namespace {

/// Follows in a thread; what it writes is read through a pipe.
class following {
public:
  explicit following(std::vector<log_tail> logs, bool headings = false)
      : logs_(std::move(logs)) {
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reading_ = descriptor{ends[0]};
    writing_ = descriptor{ends[1]};
    for (log_tail& log : logs_)
      log.open_current();
    thread_ = std::thread{[this, headings] {
      thread_id_ = ::gettid();
      log_output output{writing_.get(), headings, guarding::none};
      ok_ = follow_logs(logs_, output).ok();
    }};
  }
  ~following() { end(); }

  /// Ends it as a reader does who goes away.
  bool end() {
    reading_ = descriptor{};
    if (thread_.joinable())
      thread_.join();
    return ok_;
  }

  /// Waits until all that came, from the start, is `expected`.
  bool shows(const std::string& expected) {
    return test::soon([&] {
      pollfd wait{reading_.get(), POLLIN, 0};
      while (::poll(&wait, 1, 0) > 0) {
        char buffer[4096];
        auto got = ::read(reading_.get(), buffer, sizeof buffer);
        if (got <= 0)
          break;
        seen_.append(buffer, static_cast<size_t>(got));
      }
      return seen_ == expected;
    });
  }

  [[nodiscard]] const std::string& seen() const { return seen_; }

  /// The kernel's number of the following thread; 0 before it has begun.
  [[nodiscard]] pid_t thread_id() const { return thread_id_; }

private:
  std::vector<log_tail> logs_;
  std::atomic<pid_t> thread_id_ = 0;
  descriptor reading_;
  descriptor writing_;
  std::thread thread_;
  std::string seen_;
  bool ok_ = false;
};

struct fixture {
  test::temp_place place;
  std::string path = place / "log";

  std::vector<log_tail> one() {
    std::vector<log_tail> logs;
    logs.emplace_back("stdout", path);
    return logs;
  }
  void append(const std::string& text) {
    test::write_file(path, text, std::ios::app);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(follow, fixture)

BOOST_AUTO_TEST_CASE(what_is_there_and_what_comes_is_shown) {
  append("a\n");
  following log{one()};
  BOOST_TEST(log.shows("a\n"), log.seen());
  append("b\n");
  BOOST_TEST(log.shows("a\nb\n"), log.seen());
  append("c");
  BOOST_TEST(log.shows("a\nb\nc"), log.seen());
}

BOOST_AUTO_TEST_CASE(truncated_log_is_read_from_its_start) {
  append("long before\n");
  following log{one()};
  BOOST_TEST(log.shows("long before\n"), log.seen());
  BOOST_TEST_REQUIRE(::truncate(path.c_str(), 0) == 0);
  append("new\n");
  BOOST_TEST(log.shows("long before\nnew\n"), log.seen());
}

BOOST_AUTO_TEST_CASE(replaced_log_is_read_to_its_end_and_then_the_new_one) {
  append("a\n");
  following log{one()};
  BOOST_TEST(log.shows("a\n"), log.seen());
  append("last\n");
  std::filesystem::rename(path, place / "log.1");
  append("first\n");
  BOOST_TEST(log.shows("a\nlast\nfirst\n"), log.seen());
  append("second\n");
  BOOST_TEST(log.shows("a\nlast\nfirst\nsecond\n"), log.seen());
}

BOOST_AUTO_TEST_CASE(log_moved_into_place_is_found) {
  append("a\n");
  following log{one()};
  BOOST_TEST(log.shows("a\n"), log.seen());
  test::write_file(place / "next", "b\n");
  std::filesystem::rename(place / "next", path);
  BOOST_TEST(log.shows("a\nb\n"), log.seen());
}

BOOST_AUTO_TEST_CASE(log_that_is_not_there_yet_is_waited_for) {
  following log{one()};
  append("at last\n");
  BOOST_TEST(log.shows("at last\n"), log.seen());
}

BOOST_AUTO_TEST_CASE(two_logs_are_shown_as_they_come) {
  std::vector<log_tail> logs = one();
  std::string other = place / "err";
  logs.emplace_back("stderr", other);
  following log{std::move(logs), true};
  append("a\n");
  std::string expected = "==> stdout <==\na\n";
  BOOST_TEST(log.shows(expected), log.seen());
  test::write_file(other, "b\n");
  expected += "\n==> stderr <==\nb\n";
  BOOST_TEST(log.shows(expected), log.seen());
}

BOOST_AUTO_TEST_CASE(ends_when_its_reader_goes_away_though_nothing_comes) {
  append("a\n");
  following log{one()};
  BOOST_TEST(log.shows("a\n"), log.seen());
  BOOST_TEST(log.end());
}

BOOST_AUTO_TEST_CASE(nothing_runs_while_nothing_is_written) {
  append("a\n");
  following log{one()};
  BOOST_TEST(log.shows("a\n"), log.seen());
  // No clock wakes it: it waits for the files and the reader, without limit.
  BOOST_TEST(test::soon([&] {
    const auto call = test::blocked_call_of(log.thread_id());
    return call && call->is_endless_poll();
  }));
}

BOOST_AUTO_TEST_CASE(missing_directory_is_an_error) {
  std::vector<log_tail> logs;
  logs.emplace_back("stdout", place / "none/log");
  log_output output{1, false, guarding::none};
  auto followed = follow_logs(logs, output);
  BOOST_TEST_REQUIRE(!followed.ok());
  BOOST_TEST(followed.failure().message.find("none") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
