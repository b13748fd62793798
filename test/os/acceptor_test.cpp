#include "actors/os/acceptor.hpp"
#include "actors/os/unix_listener.hpp"
#include "test/support/in_child.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::test::in_child;
using hiisi::test::temp_dir;
using outcome = accept_result::outcome;

namespace {

fd connect_to(const std::string& path) {
  fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  if (::connect(client.get(), reinterpret_cast<sockaddr*>(&address),
                sizeof address)
      != 0)
    client.reset();
  return client;
}

/// Leaves the process no room for one more descriptor.
bool fill_up() {
  for (;;) {
    auto next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (next < 0)
      return errno == EMFILE;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(next);
    ::close(next);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
      return false;
  }
}

/// Whether the other end has closed.
bool sees_the_end(const fd& client) {
  char byte = 0;
  return ::recv(client.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

bool still_waits(const fd& client) {
  char byte = 0;
  return ::recv(client.get(), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

struct listening {
  temp_dir place;
  hiisi::protocol::result<unix_listener> made
      = unix_listener::bind(place / "s", 0600);
  fd spare = open_spare();
};

} // namespace

BOOST_AUTO_TEST_SUITE(acceptor)

BOOST_FIXTURE_TEST_CASE(a_connection_is_accepted_ready_for_use, listening) {
  BOOST_REQUIRE(made.ok());
  auto client = connect_to(made->path());
  auto answer = accept_one(made->get(), spare);
  BOOST_TEST((answer.how == outcome::accepted));
  auto number = answer.connection.get();
  BOOST_TEST((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
  BOOST_TEST((::fcntl(number, F_GETFL) & O_NONBLOCK) != 0);
  BOOST_TEST((accept_one(made->get(), spare).how == outcome::none));
}

BOOST_FIXTURE_TEST_CASE(without_room_connections_are_shed_one_by_one,
                        listening) {
  BOOST_REQUIRE(made.ok());
  // Numbers are the steps, for the message of a failure.
  auto status = in_child([this] {
    std::vector<fd> clients;
    for (int i = 0; i < 10; ++i)
      clients.push_back(connect_to(made->path()));
    if (!fill_up())
      return 1;
    for (const auto& client : clients) {
      if (!still_waits(client))
        return 2;
      auto answer = accept_one(made->get(), spare);
      if (answer.how != outcome::shed || answer.connection)
        return 3;
      if (!sees_the_end(client))
        return 4;
      if (!spare)
        return 5;
    }
    // Nobody waits any more, and there is still no room.
    if (accept_one(made->get(), spare).how != outcome::none || !spare)
      return 6;
    // Once there is room, all is as before.
    clients.clear();
    auto late = connect_to(made->path());
    auto answer = accept_one(made->get(), spare);
    return answer.how == outcome::accepted && still_waits(late) ? 0 : 7;
  });
  BOOST_TEST(status == 0);
}

BOOST_FIXTURE_TEST_CASE(without_room_and_spare_the_caller_is_told_to_pause,
                        listening) {
  BOOST_REQUIRE(made.ok());
  auto status = in_child([this] {
    spare.reset();
    auto client = connect_to(made->path());
    fd ballast(::open("/dev/null", O_RDONLY));
    if (!fill_up())
      return 1;
    auto answer = accept_one(made->get(), spare);
    if (answer.how != outcome::exhausted || answer.error != EMFILE)
      return 2;
    if (!still_waits(client))
      return 3;
    ballast.reset();
    if (accept_one(made->get(), spare).how != outcome::accepted)
      return 4;
    return 0;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_lost_spare_is_had_back_with_the_next_connection) {
  listening here;
  BOOST_REQUIRE(here.made.ok());
  here.spare.reset();
  auto client = connect_to(here.made->path());
  BOOST_TEST(
      (accept_one(here.made->get(), here.spare).how == outcome::accepted));
  BOOST_TEST(static_cast<bool>(here.spare));
}

BOOST_AUTO_TEST_CASE(a_broken_listener_is_told_as_such) {
  auto spare = open_spare();
  fd null(::open("/dev/null", O_RDWR));
  auto answer = accept_one(null.get(), spare);
  BOOST_TEST((answer.how == outcome::failed));
  BOOST_TEST(answer.error == ENOTSOCK);
  BOOST_TEST((accept_one(-1, spare).how == outcome::failed));
}

BOOST_AUTO_TEST_SUITE_END()
