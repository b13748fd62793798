#include "hiidet/keeper_start.hpp"
#include "test/support/in_child.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using hiisi::hiidet::ensure_keeper;
using hiisi::test::in_child;
using hiisi::test::temp_dir;

// A test program has no hiisi-keeper beside it that it may start, so whatever
// is not taken for a keeper ends in an error here, and forks nothing.

namespace {

constexpr uid_t nobody = 65534;

/// 0 where a keeper is taken to be there.
int asks_as(uid_t uid, const std::string& socket) {
  return in_child([&] {
    if (uid != ::geteuid() && ::setuid(uid) != 0)
      return 2;
    return ensure_keeper({socket, uid, 1, ""}).ok() ? 0 : 1;
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_start)

BOOST_AUTO_TEST_CASE(who_listens_there_is_a_keeper) {
  const temp_dir place;
  const auto path = place / "keeper.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  const auto socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  BOOST_TEST_REQUIRE(
      ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address)
      == 0);
  BOOST_TEST_REQUIRE(::listen(socket, 1) == 0);
  BOOST_TEST(asks_as(::geteuid(), path) == 0);
  ::close(socket);
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_is_kept) {
  const temp_dir place;
  const auto path = place / "keeper.sock";
  std::ofstream(path) << "precious";
  BOOST_TEST(asks_as(::geteuid(), path) == 1);
  BOOST_TEST(std::filesystem::file_size(path) == 8u);
}

BOOST_AUTO_TEST_CASE(a_lock_of_roots_alone_is_a_keepers,
                     *boost::unit_test::precondition(hiisi::test::as_root)) {
  const temp_dir place;
  const auto lock = ::open((place / "keeper.sock.lock").c_str(),
                           O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  BOOST_TEST_REQUIRE(lock >= 0);
  BOOST_TEST(asks_as(nobody, place / "keeper.sock") == 0);
  ::close(lock);
}

BOOST_AUTO_TEST_SUITE_END()
