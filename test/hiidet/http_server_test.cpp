#include "hiidet/http_server.hpp"
#include "test/support/wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::hiidet;
using namespace std::chrono_literals;

namespace {

/// A client's end of a connection.
class client {
public:
  explicit client(uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to)
        != 0)
      throw std::runtime_error("connect");
  }

  void send(const std::string& text) const {
    for (size_t at = 0; at < text.size();) {
      const auto sent = ::send(socket_.get(), text.data() + at,
                               text.size() - at, MSG_NOSIGNAL);
      if (sent <= 0)
        return;
      at += static_cast<size_t>(sent);
    }
  }
  /// All that comes until the other end hangs up; nothing where it does not.
  [[nodiscard]] std::optional<std::string> all(std::chrono::milliseconds limit
                                               = 30s) const {
    std::string text;
    for (;;) {
      pollfd ready{socket_.get(), POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(limit.count())) <= 0)
        return std::nullopt;
      char buffer[4096];
      const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (got <= 0)
        return text;
      text.append(buffer, static_cast<size_t>(got));
    }
  }

private:
  os::fd socket_;
};

struct fixture {
  std::atomic<int> pages{0};
  std::mutex mutex;
  std::vector<page_taker> held;
  bool hold = false;
  std::string page = "hiisi_up 1\n";
  http_server server;
  uint16_t port = 0;

  explicit fixture(std::chrono::milliseconds patience = 30s)
      : server(setup(patience)) {
    auto listener = listen_http({http_address::kind::tcp, "127.0.0.1", 0});
    const auto name = listener->name;
    port = static_cast<uint16_t>(std::stoi(name.substr(name.rfind(':') + 1)));
    server.serve(*std::move(listener));
  }

  http_setup setup(std::chrono::milliseconds patience) {
    http_setup s;
    s.metrics = [this](page_taker take) {
      ++pages;
      const std::lock_guard lock{mutex};
      if (hold)
        held.push_back(std::move(take));
      else
        take(std::make_shared<const std::string>(page));
    };
    s.names = {"srv"};
    s.connections = 4;
    s.request_patience = patience;
    return s;
  }

  std::string ask(const std::string& text) {
    const client one{port};
    one.send(text);
    return one.all().value_or("(no end)");
  }
  std::string get(const std::string& target,
                  const std::string& host = "localhost") {
    return ask("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }
};

struct impatient : fixture {
  impatient() : fixture(300ms) {}
};

bool starts(const std::string& text, const std::string& with) {
  return text.starts_with(with);
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_servers)

BOOST_FIXTURE_TEST_CASE(metrics_are_served, fixture) {
  const auto answer = get("/metrics");
  BOOST_TEST(starts(answer, "HTTP/1.1 200 OK\r\n"), answer);
  BOOST_TEST(answer.find("Content-Type: text/plain; version=0.0.4")
             != answer.npos);
  BOOST_TEST(answer.find("Content-Length: 11\r\n") != answer.npos);
  BOOST_TEST(answer.ends_with("\r\n\r\nhiisi_up 1\n"));
  BOOST_TEST(answer.find("Access-Control") == answer.npos);
  BOOST_TEST(starts(get("/metrics?x=1"), "HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(head_has_the_length_and_no_body, fixture) {
  const auto answer = ask("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(starts(answer, "HTTP/1.1 200 "), answer);
  BOOST_TEST(answer.find("Content-Length: 11\r\n") != answer.npos);
  BOOST_TEST(answer.ends_with("\r\n\r\n"));
}

BOOST_FIXTURE_TEST_CASE(other_places_are_told_from_it, fixture) {
  BOOST_TEST(starts(get("/"), "HTTP/1.1 200 "));
  BOOST_TEST(starts(get("/favicon.ico"), "HTTP/1.1 204 "));
  for (const auto* target :
       {"/x", "/metrics/", "//metrics", "*", "/../metrics"})
    BOOST_TEST(starts(get(target), "HTTP/1.1 404 "), target);
  BOOST_TEST(pages == 0);
}

BOOST_FIXTURE_TEST_CASE(only_get_and_head_are_taken, fixture) {
  for (const auto* method :
       {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "HACK"}) {
    const auto answer = ask(std::string{method}
                            + " /metrics HTTP/1.1\r\nHost: localhost\r\n"
                              "Content-Length: 5\r\n\r\nhello");
    BOOST_TEST(starts(answer, "HTTP/1.1 405 "), method << ": " << answer);
    BOOST_TEST(answer.find("Allow: GET, HEAD\r\n") != answer.npos);
  }
  BOOST_TEST(pages == 0);
}

BOOST_FIXTURE_TEST_CASE(a_foreign_host_is_refused, fixture) {
  BOOST_TEST(starts(get("/metrics", "evil.example"), "HTTP/1.1 403 "));
  BOOST_TEST(starts(ask("GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 403 "));
  BOOST_TEST(pages == 0);
  BOOST_TEST(starts(get("/metrics", "srv:9419"), "HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_http_or_too_long_is_refused, fixture) {
  BOOST_TEST(starts(ask("hello\r\n\r\n"), "HTTP/1.1 400 "));
  const auto answer = ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: "
                          + std::string(100'000, 'x'));
  // The rest may be cut off before the answer is read.
  BOOST_TEST((answer.empty() || starts(answer, "HTTP/1.1 431 ")), answer);
  BOOST_TEST(pages == 0);
  BOOST_TEST(starts(get("/metrics"), "HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(a_slow_request_is_cut, impatient) {
  const client slow{port};
  slow.send("GET /metrics HTTP/1.1\r\nHost: loc");
  BOOST_TEST((slow.all() == std::string{}));
  const client silent{port};
  BOOST_TEST((silent.all() == std::string{}));
}

BOOST_FIXTURE_TEST_CASE(the_oldest_makes_room_for_the_newest, fixture) {
  std::vector<std::unique_ptr<client>> idle;
  for (int i = 0; i < 10; ++i)
    idle.push_back(std::make_unique<client>(port));
  BOOST_TEST(starts(get("/metrics"), "HTTP/1.1 200 "));
  // Three are left beside the one that has been served.
  int cut = 0;
  for (int i = 0; i < 7; ++i)
    cut += idle[static_cast<size_t>(i)]->all().has_value() ? 1 : 0;
  BOOST_TEST(cut == 7);
  BOOST_TEST(!idle.back()->all(50ms).has_value());
}

BOOST_FIXTURE_TEST_CASE(who_waits_holds_nobody_up, fixture) {
  hold = true;
  const client waiting{port};
  waiting.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(test::wait_until([&] { return pages == 1; }, 30s));
  BOOST_TEST(starts(get("/"), "HTTP/1.1 200 "));
  const std::lock_guard lock{mutex};
  held.front()(std::make_shared<const std::string>("late\n"));
  BOOST_TEST(waiting.all().value_or("").ends_with("late\n"));
}

BOOST_FIXTURE_TEST_CASE(a_large_page_arrives_whole, fixture) {
  page.assign(5'000'000, 'x');
  BOOST_TEST(get("/metrics").size() > page.size());
}

BOOST_FIXTURE_TEST_CASE(it_can_listen_elsewhere, fixture) {
  auto other = listen_http({http_address::kind::tcp, "127.0.0.1", 0});
  const auto name = other->name;
  server.serve(*std::move(other));
  port = static_cast<uint16_t>(std::stoi(name.substr(name.rfind(':') + 1)));
  BOOST_TEST(starts(get("/metrics"), "HTTP/1.1 200 "));
  server.serve(std::nullopt);
  BOOST_TEST(test::wait_until(
      [&] {
        try {
          return client{port}.all() == std::string{};
        } catch (const std::runtime_error&) {
          return true;
        }
      },
      30s));
}

BOOST_AUTO_TEST_SUITE_END()
