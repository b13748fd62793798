#include "actors/os/fd.hpp"
#include "actors/os/sock_diag.hpp"
#include "test/support/in_child.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::test::as_root;
using hiisi::test::in_child;

namespace {

/// A socket on a loopback port that the kernel chooses.
struct bound {
  fd socket;
  uint16_t port = 0;
};

bound make(int family, int type, bool listening = true) {
  bound made{fd(::socket(family, type | SOCK_CLOEXEC, 0)), 0};
  if (!made.socket)
    return made;
  sockaddr_storage address{};
  socklen_t size = 0;
  if (family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    size = sizeof v6;
  }
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(made.socket.get(), plain, size) != 0
      || (type == SOCK_STREAM && listening
          && ::listen(made.socket.get(), 1) != 0)) {
    made.socket.reset();
    return made;
  }
  ::getsockname(made.socket.get(), plain, &size);
  // The port lies at the same place for both families.
  made.port = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
  return made;
}

uint32_t inode_of(const bound& which) {
  struct stat found {};
  ::fstat(which.socket.get(), &found);
  return static_cast<uint32_t>(found.st_ino);
}

std::vector<listener> entries_of(uint16_t port, bool udp, bool v6) {
  auto all = list_listeners();
  BOOST_REQUIRE(all.ok());
  std::vector<listener> found;
  for (const auto& each : *all) {
    if (each.port == port && each.udp == udp && each.v6 == v6)
      found.push_back(each);
  }
  return found;
}

void check_found(int family, int type) {
  auto mine = make(family, type);
  if (!mine.socket) {
    BOOST_TEST_MESSAGE("this host has no such address family");
    return;
  }
  auto found = entries_of(mine.port, type == SOCK_DGRAM, family == AF_INET6);
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found.front().uid == ::geteuid());
  BOOST_TEST(found.front().inode == inode_of(mine));
  BOOST_TEST(!found.front().connected);
  mine.socket.reset();
  BOOST_TEST(
      entries_of(mine.port, type == SOCK_DGRAM, family == AF_INET6).empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(sock_diag)

BOOST_AUTO_TEST_CASE(a_tcp_listener_is_listed_while_it_listens) {
  check_found(AF_INET, SOCK_STREAM);
  check_found(AF_INET6, SOCK_STREAM);
}

BOOST_AUTO_TEST_CASE(a_bound_udp_socket_is_listed_while_it_is_bound) {
  check_found(AF_INET, SOCK_DGRAM);
  check_found(AF_INET6, SOCK_DGRAM);
}

BOOST_AUTO_TEST_CASE(a_tcp_socket_that_does_not_listen_is_not_listed) {
  auto mine = make(AF_INET, SOCK_STREAM, false);
  BOOST_TEST(entries_of(mine.port, false, false).empty());
}

BOOST_AUTO_TEST_CASE(a_connected_udp_socket_is_told_apart) {
  auto server = make(AF_INET, SOCK_DGRAM);
  auto client = make(AF_INET, SOCK_DGRAM);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server.port);
  BOOST_REQUIRE(::connect(client.socket.get(),
                          reinterpret_cast<sockaddr*>(&address), sizeof address)
                == 0);
  auto found = entries_of(client.port, true, false);
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found.front().connected);
}

BOOST_AUTO_TEST_CASE(every_socket_carries_its_cgroup) {
  auto mine = make(AF_INET, SOCK_STREAM);
  auto found = entries_of(mine.port, false, false);
  BOOST_REQUIRE(found.size() == 1u);
  // Even the root of the hierarchy has an id, which is 1.
  BOOST_TEST(found.front().cgroup_id != 0u);
}

BOOST_AUTO_TEST_CASE(an_unprivileged_asker_sees_whose_each_socket_is,
                     *boost::unit_test::precondition(as_root)) {
  hiisi::test::throwaway_user owner;
  hiisi::test::throwaway_user asker;
  BOOST_REQUIRE(::seteuid(owner.uid()) == 0);
  auto theirs = make(AF_INET, SOCK_STREAM);
  BOOST_REQUIRE(::seteuid(0) == 0);
  auto status = in_child([&] {
    if (::setresgid(asker.gid(), asker.gid(), asker.gid()) != 0
        || ::setresuid(asker.uid(), asker.uid(), asker.uid()) != 0)
      return 1;
    auto all = list_listeners();
    if (!all)
      return 2;
    for (const auto& each : *all) {
      if (each.port == theirs.port && !each.udp)
        return each.uid == owner.uid() && each.cgroup_id != 0 ? 0 : 3;
    }
    return 4;
  });
  BOOST_TEST(status == 0);
}

// In a network namespace of its own nobody else's socket is in the answer.
BOOST_AUTO_TEST_CASE(the_answer_is_exactly_what_there_is,
                     *boost::unit_test::precondition(as_root)) {
  const auto status = in_child([] {
    if (::unshare(CLONE_NEWNET) != 0)
      return 77;
    if (auto none = list_listeners(); !none.ok() || !none->empty())
      return 1;
    constexpr uint16_t port = 8080;
    // By wildcard addresses, since a new namespace's loopback is down.
    const auto open = [](int family, int type, int option) {
      fd made(::socket(family, type | SOCK_CLOEXEC, 0));
      const int on = 1;
      const int only_v6 = option == IPV6_V6ONLY ? 1 : 0;
      if (family == AF_INET6)
        ::setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6,
                     sizeof only_v6);
      if (option == SO_REUSEPORT)
        ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
      sockaddr_in6 v6{};
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(port);
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      v4.sin_port = htons(port);
      const auto bound
          = family == AF_INET
                ? ::bind(made.get(), reinterpret_cast<sockaddr*>(&v4),
                         sizeof v4)
                : ::bind(made.get(), reinterpret_cast<sockaddr*>(&v6),
                         sizeof v6);
      if (bound != 0 || (type == SOCK_STREAM && ::listen(made.get(), 1) != 0))
        made.reset();
      return made;
    };
    struct kinds {
      size_t v4 = 0, v6 = 0, udp = 0;
      bool operator==(const kinds&) const = default;
    };
    const auto listed = [] {
      kinds found;
      const auto all = list_listeners();
      for (const auto& each : *all) {
        if (each.port != port)
          return kinds{99, 99, 99};
        ++(each.udp ? found.udp : each.v6 ? found.v6 : found.v4);
      }
      return found;
    };
    {
      // One socket for both families is of the greater one, and one entry.
      const auto both = open(AF_INET6, SOCK_STREAM, 0);
      if (!both || listed() != kinds{0, 1, 0})
        return 2;
    }
    {
      const auto v4 = open(AF_INET, SOCK_STREAM, 0);
      const auto v6 = open(AF_INET6, SOCK_STREAM, IPV6_V6ONLY);
      const auto udp = open(AF_INET6, SOCK_DGRAM, 0);
      if (!v4 || !v6 || !udp || listed() != kinds{1, 1, 1})
        return 3;
    }
    const auto first = open(AF_INET, SOCK_STREAM, SO_REUSEPORT);
    const auto second = open(AF_INET, SOCK_STREAM, SO_REUSEPORT);
    if (!first || !second || listed() != kinds{2, 0, 0})
      return 4;
    return 0;
  });
  if (status == 77)
    BOOST_TEST_MESSAGE("no network namespace can be made here");
  else
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(two_thousand_sockets_are_all_listed_whatever_the_room) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::map<uint32_t, uint16_t> expected;
  std::vector<bound> sockets;
  for (int i = 0; i < 1000; ++i) {
    for (auto type : {SOCK_STREAM, SOCK_DGRAM}) {
      sockets.push_back(make(AF_INET, type));
      BOOST_REQUIRE(static_cast<bool>(sockets.back().socket));
      expected.emplace(inode_of(sockets.back()), sockets.back().port);
    }
  }
  // 100 bytes hold no message of the kernel's: the buffer has to grow.
  for (size_t room : {size_t{64 * 1024}, size_t{100}, size_t{0}}) {
    auto all = list_listeners(room);
    BOOST_REQUIRE(all.ok());
    size_t right = 0;
    for (const auto& each : *all) {
      auto mine = expected.find(each.inode);
      right += mine != expected.end() && mine->second == each.port;
    }
    BOOST_TEST(right == expected.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()
