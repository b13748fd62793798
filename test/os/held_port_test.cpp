#include "actors/os/held_port.hpp"
#include "actors/os/held_ports.hpp"
#include "test/support/in_child.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <memory>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace hiisi;
using os::fd;
using protocol::errc;
using protocol::process_port;
using test::as_root;
using test::in_child;

namespace {

sockaddr_in6 loopback(bool v6, uint16_t port) {
  sockaddr_in6 address{};
  if (v6) {
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  // The port lies at the same place for both families.
  address.sin6_port = htons(port);
  return address;
}

/// An errno, or 0.
int connect_to(uint16_t port, bool v6, fd& socket) {
  auto address = loopback(v6, port);
  socket.reset(
      ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address),
                   v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in))
                 == 0
             ? 0
             : errno;
}

int connect_to(uint16_t port, bool v6 = false) {
  fd socket;
  return connect_to(port, v6, socket);
}

/// Whether another user can bind the port, in spite of all that they may set.
bool can_be_squatted(uint16_t port, int type) {
  return in_child([port, type] {
           if (::setgid(65534) != 0 || ::setuid(65534) != 0)
             return 2;
           for (bool v6 : {false, true}) {
             auto address = loopback(v6, port);
             fd socket(::socket(v6 ? AF_INET6 : AF_INET, type, 0));
             const int on = 1;
             for (auto option : {SO_REUSEADDR, SO_REUSEPORT})
               ::setsockopt(socket.get(), SOL_SOCKET, option, &on, sizeof on);
             if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
                        v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in))
                 == 0)
               return 0;
           }
           return 1;
         })
         != 1;
}

/// A held port that was free; where 20 in a row are taken, something is wrong.
struct held {
  process_port port;
  fd socket;
};

held hold_any(bool udp, const std::string& address = "") {
  for (uint16_t port = 20'000; port < 20'020; ++port) {
    process_port wanted{port, "", udp};
    auto made = os::hold_port(wanted, address);
    if (made)
      return {wanted, *std::move(made)};
    BOOST_TEST_REQUIRE((made.failure().code == errc::conflict));
  }
  BOOST_FAIL("no port can be held");
  return {};
}

bool has_v6() {
  fd socket(::socket(AF_INET6, SOCK_STREAM, 0));
  auto address = loopback(true, 0);
  return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
                sizeof address)
         == 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(held_port)

BOOST_AUTO_TEST_CASE(a_held_port_takes_connections_of_both_families) {
  auto mine = hold_any(false);
  BOOST_TEST(connect_to(mine.port.port) == 0);
  if (has_v6())
    BOOST_TEST(connect_to(mine.port.port, true) == 0);
}

BOOST_AUTO_TEST_CASE(an_address_is_kept_to) {
  auto mine = hold_any(false, "127.0.0.1");
  BOOST_TEST(connect_to(mine.port.port) == 0);
  if (has_v6()) {
    BOOST_TEST(connect_to(mine.port.port, true) == ECONNREFUSED);
    auto other = hold_any(false, "::1");
    BOOST_TEST(connect_to(other.port.port, true) == 0);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_address_of_this_host_is_refused) {
  auto none = os::hold_port({20'100}, "web");
  BOOST_TEST_REQUIRE(!none.ok());
  BOOST_TEST((none.failure().code == errc::invalid_argument));
  auto foreign = os::hold_port({20'100}, "192.0.2.1");
  BOOST_TEST_REQUIRE(!foreign.ok());
  BOOST_TEST((foreign.failure().code == errc::unavailable));
  BOOST_TEST(foreign.failure().message
             == "192.0.2.1 is no address of this host");
}

BOOST_AUTO_TEST_CASE(a_port_is_held_once) {
  for (bool udp : {false, true}) {
    auto mine = hold_any(udp);
    auto again = os::hold_port(mine.port, "");
    BOOST_TEST_REQUIRE(!again.ok());
    BOOST_TEST((again.failure().code == errc::conflict));
    BOOST_TEST(!os::hold_port(mine.port, "127.0.0.1").ok());
  }
}

BOOST_AUTO_TEST_CASE(refusing_keeps_the_port_and_listening_comes_back) {
  auto mine = hold_any(false);
  for (int round = 0; round < 3; ++round) {
    fd waiting;
    BOOST_TEST(connect_to(mine.port.port, false, waiting) == 0);
    os::refuse_connections(mine.socket);
    // Who waited is told at once.
    pollfd news{waiting.get(), POLLIN, 0};
    BOOST_TEST(::poll(&news, 1, 10'000) == 1);
    char byte = 0;
    BOOST_TEST(::read(waiting.get(), &byte, 1) <= 0);
    BOOST_TEST(connect_to(mine.port.port) == ECONNREFUSED);
    BOOST_TEST(!os::hold_port(mine.port, "").ok());
    BOOST_TEST_REQUIRE(os::take_connections(mine.socket).ok());
    BOOST_TEST(connect_to(mine.port.port) == 0);
  }
}

BOOST_AUTO_TEST_CASE(lingering_connections_do_not_stand_in_the_way) {
  auto mine = hold_any(false);
  for (int round = 0; round < 2; ++round) {
    fd client;
    BOOST_TEST_REQUIRE(connect_to(mine.port.port, false, client) == 0);
    {
      // Closed on this side first, so that it is this side's that lingers.
      fd accepted(::accept4(mine.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      BOOST_TEST_REQUIRE(bool{accepted});
    }
    client.reset();
    os::refuse_connections(mine.socket);
    BOOST_TEST(os::take_connections(mine.socket).ok());
    mine.socket.reset();
    auto again = os::hold_port(mine.port, "");
    BOOST_TEST_REQUIRE(again.ok());
    mine.socket = *std::move(again);
  }
}

BOOST_AUTO_TEST_CASE(udp_goes_on_as_it_was) {
  auto mine = hold_any(true);
  os::refuse_connections(mine.socket);
  BOOST_TEST(os::take_connections(mine.socket).ok());
  auto address = loopback(false, mine.port.port);
  fd client(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  BOOST_TEST(::sendto(client.get(), "x", 1, 0,
                      reinterpret_cast<sockaddr*>(&address),
                      sizeof(sockaddr_in))
             == 1);
  char byte = 0;
  BOOST_TEST(::recv(mine.socket.get(), &byte, 1, 0) == 1);
  BOOST_TEST(byte == 'x');
}

BOOST_AUTO_TEST_CASE(nobody_else_can_bind_it_whatever_they_set,
                     *boost::unit_test::precondition(as_root)) {
  auto tcp = hold_any(false);
  BOOST_TEST(!can_be_squatted(tcp.port.port, SOCK_STREAM));
  os::refuse_connections(tcp.socket);
  BOOST_TEST(!can_be_squatted(tcp.port.port, SOCK_STREAM));
  BOOST_TEST(os::take_connections(tcp.socket).ok());
  BOOST_TEST(!can_be_squatted(tcp.port.port, SOCK_STREAM));
  auto udp = hold_any(true);
  BOOST_TEST(!can_be_squatted(udp.port.port, SOCK_DGRAM));
  udp.socket.reset();
  BOOST_TEST(can_be_squatted(udp.port.port, SOCK_DGRAM));
}

BOOST_AUTO_TEST_CASE(a_socket_has_the_number_that_the_kernel_lists) {
  auto mine = hold_any(false);
  BOOST_TEST(os::socket_inode(mine.socket) > 0u);
  BOOST_TEST(os::socket_inode(fd{}) == 0u);
}

BOOST_AUTO_TEST_CASE(all_ports_of_a_process_are_held_or_none) {
  auto first = hold_any(false);
  const auto number = first.port.port;
  first.socket.reset();
  const process_port second{static_cast<uint16_t>(number + 1)};
  auto other = os::hold_port(second, "");
  BOOST_TEST_REQUIRE(other.ok());
  os::held_ports ports;
  BOOST_TEST(!ports.begin({first.port, second}, "").ok());
  BOOST_TEST(!ports.sockets());
  BOOST_TEST(ports.inodes().empty());
  BOOST_TEST(connect_to(number) == ECONNREFUSED);
  other->reset();
  BOOST_TEST(ports.begin({first.port, second}, "").ok());
  BOOST_TEST(ports.inodes().size() == 2u);
  BOOST_TEST(connect_to(second.port) == 0);
  ports.refuse_connections();
  BOOST_TEST(connect_to(second.port) == ECONNREFUSED);
  BOOST_TEST(ports.take_connections().ok());
  BOOST_TEST(connect_to(number) == 0);
  ports.let_go();
  BOOST_TEST(connect_to(number) == ECONNREFUSED);
}

BOOST_AUTO_TEST_CASE(what_is_held_already_is_taken_over_if_it_fits) {
  auto mine = hold_any(false);
  std::vector<fd> sockets;
  sockets.push_back(std::move(mine.socket));
  const auto found
      = std::make_shared<const std::vector<fd>>(std::move(sockets));
  os::held_ports ports;
  BOOST_TEST(ports.begin({mine.port}, "", found).ok());
  BOOST_TEST((ports.sockets() == found));
  // One socket is not that of two ports, which cannot be had beside it.
  os::held_ports more;
  BOOST_TEST(!more.begin({mine.port, {20'100}}, "", found).ok());
}

BOOST_AUTO_TEST_SUITE_END()
