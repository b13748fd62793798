#include "actors/os/fd.hpp"
#include "actors/os/peer_credentials.hpp"
#include "actors/os/unix_listener.hpp"
#include "test/support/in_child.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::protocol::errc;
using hiisi::test::as_root;
using hiisi::test::in_child;
using hiisi::test::temp_dir;

namespace {

/// The peer of a child that becomes `uid`/`gid`, then connects and ends.
hiisi::protocol::result<credentials> peer_of(uid_t uid, gid_t gid) {
  temp_dir place;
  auto made = unix_listener::bind(place / "s", 0666);
  BOOST_REQUIRE(made.ok());
  auto status = in_child([&] {
    if (::setresgid(gid, gid, gid) != 0 || ::setresuid(uid, uid, uid) != 0)
      return 1;
    fd client(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, made->path().c_str());
    return ::connect(client.get(), reinterpret_cast<sockaddr*>(&address),
                     sizeof address)
                   == 0
               ? 0
               : 2;
  });
  BOOST_REQUIRE(status == 0);
  fd connection(::accept(made->get(), nullptr, nullptr));
  BOOST_REQUIRE(static_cast<bool>(connection));
  return peer_credentials(connection.get());
}

} // namespace

BOOST_AUTO_TEST_SUITE(peer_credentials)

BOOST_AUTO_TEST_CASE(both_ends_of_a_pair_are_oneself) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  fd first(ends[0]);
  fd second(ends[1]);
  auto peer = hiisi::os::peer_credentials(first.get());
  BOOST_REQUIRE(peer.ok());
  BOOST_TEST(peer->pid == ::getpid());
  BOOST_TEST(peer->uid == ::geteuid());
  BOOST_TEST(peer->gid == ::getegid());
}

BOOST_AUTO_TEST_CASE(the_peer_is_who_connected,
                     *boost::unit_test::precondition(as_root)) {
  hiisi::test::throwaway_user user;
  auto peer = peer_of(user.uid(), user.gid());
  BOOST_REQUIRE(peer.ok());
  BOOST_TEST(peer->uid == user.uid());
  BOOST_TEST(peer->gid == user.gid());
}

BOOST_AUTO_TEST_CASE(who_the_kernel_cannot_name_is_refused,
                     *boost::unit_test::precondition(as_root)) {
  auto peer = peer_of(65534, 65534);
  BOOST_REQUIRE(!peer.ok());
  BOOST_TEST((peer.failure().code == errc::not_permitted));
  BOOST_TEST(peer.failure().message.find("65534") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_has_no_peer) {
  fd null(::open("/dev/null", O_RDWR));
  BOOST_TEST((hiisi::os::peer_credentials(null.get()).failure().code
              == errc::internal));
}

BOOST_AUTO_TEST_SUITE_END()
