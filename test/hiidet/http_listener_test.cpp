#include "hiidet/http_listener.hpp"
#include "hiidet/http_server.hpp"
#include "hiidet/monitoring.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

#include <sys/socket.h>
#include <sys/stat.h>

using namespace hiisi::hiidet;
using hiisi::protocol::errc;
using kind = http_address::kind;

BOOST_AUTO_TEST_SUITE(http_listeners)

BOOST_AUTO_TEST_CASE(addresses_are_read) {
  const auto is = [](const char* text, const http_address& expected) {
    const auto read = read_http_address(text);
    BOOST_TEST_REQUIRE(read.ok(), text);
    BOOST_TEST((*read == expected), text);
  };
  is("off", {});
  is("127.0.0.1:9419", {kind::tcp, "127.0.0.1", 9419});
  is("localhost:80", {kind::tcp, "127.0.0.1", 80});
  is("[::1]:0", {kind::tcp, "::1", 0});
  is("/run/x.sock", {kind::unix_socket, "/run/x.sock", 0});
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused) {
  for (const auto* text :
       {"", "9419", ":9419", "on", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
        "127.0.0.1:70000", "127.0.0.1:-1", "::1:9419", "[127.0.0.1]:9419",
        "example.org:9419", "run/x.sock"})
    BOOST_TEST(
        (read_http_address(text).failure().code == errc::invalid_argument),
        text);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_a_conflict) {
  const auto first = listen_http({kind::tcp, "127.0.0.1", 0});
  BOOST_TEST_REQUIRE(first.ok());
  const auto port = static_cast<uint16_t>(
      std::stoi(first->name.substr(first->name.rfind(':') + 1)));
  BOOST_TEST(port != 0);
  const auto second = listen_http({kind::tcp, "127.0.0.1", port});
  BOOST_TEST_REQUIRE(!second.ok());
  BOOST_TEST((second.failure().code == errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_socket_left_behind_is_replaced_and_a_live_one_is_not) {
  const hiisi::test::temp_dir place;
  const http_address at{kind::unix_socket, place / "s", 0};
  {
    const auto first = listen_http(at);
    BOOST_TEST_REQUIRE(first.ok());
    BOOST_TEST(!first->tcp);
    struct stat made {};
    BOOST_TEST(::stat(at.where.c_str(), &made) == 0);
    BOOST_TEST((made.st_mode & 0777) == 0660u);
    BOOST_TEST((listen_http(at).failure().code == errc::conflict));
  }
  BOOST_TEST(listen_http(at).ok());
  std::ofstream(place / "file") << "x";
  BOOST_TEST((listen_http({kind::unix_socket, place / "file", 0}).failure().code
              == errc::invalid_argument));
  BOOST_TEST(
      (listen_http({kind::unix_socket, std::string(200, 'x'), 0}).failure().code
       == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(only_what_listens_is_taken_over) {
  hiisi::os::fd idle{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  BOOST_TEST(!adopt_http(std::move(idle)).ok());
  auto listening = listen_http({kind::tcp, "127.0.0.1", 0});
  BOOST_TEST_REQUIRE(listening.ok());
  const auto name = listening->name;
  const auto adopted = adopt_http(std::move(listening->socket));
  BOOST_TEST_REQUIRE(adopted.ok());
  BOOST_TEST(adopted->name == name);
}

BOOST_AUTO_TEST_CASE(a_foreign_host_is_told_from_ours) {
  const std::vector<std::string> names = {"srv", "srv.lab.example"};
  for (const auto* ours :
       {"127.0.0.1:9419", "127.0.0.1", "localhost:9419", "LocalHost",
        "[::1]:9419", "[::1]", "192.0.2.7:80", "srv:9419", "SRV.lab.example"})
    BOOST_TEST(is_our_host(ours, names), ours);
  for (const auto* foreign :
       {"", "evil.example", "evil.example:9419", "localhost.evil.example",
        "srv.evil.example", "127.0.0.1.evil.example", "[evil]", "[::1",
        "localhost:9419:1", "xlocalhost"})
    BOOST_TEST(!is_our_host(foreign, names), foreign);
}

BOOST_AUTO_TEST_CASE(only_the_hosts_own_daemon_has_a_port_by_default) {
  hiisi::os::places where = *hiisi::os::default_places(true, 0, {});
  BOOST_TEST((usual_http_address(where)
              == http_address{kind::tcp, "127.0.0.1", 9419}));
  where.runtime_dir = "/tmp/play/run";
  BOOST_TEST(
      (usual_http_address(where)
       == http_address{kind::unix_socket, "/tmp/play/run/http.sock", 0}));
}

BOOST_AUTO_TEST_SUITE_END()
