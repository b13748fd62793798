#include "actors/os/atomic_file.hpp"
#include "actors/os/file.hpp"
#include "actors/os/unix_listener.hpp"
#include "test/support/in_child.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::protocol::errc;
using hiisi::test::in_child;
using hiisi::test::temp_dir;

namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  BOOST_REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool connects(const std::string& path) {
  fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = address_of(path);
  return ::connect(client.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof address)
         == 0;
}

/// A listener that is none of ours: made by hand, with no lock.
fd foreign_listener(const std::string& path) {
  fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  auto address = address_of(path);
  BOOST_REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
                       sizeof address)
                == 0);
  BOOST_REQUIRE(::listen(socket.get(), 8) == 0);
  return socket;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unix_listener)

BOOST_AUTO_TEST_CASE(the_socket_has_the_mode_given_and_takes_connections) {
  temp_dir place;
  auto path = place / "s";
  auto old_mask = ::umask(0077);
  auto made = hiisi::os::unix_listener::bind(path, 0666);
  ::umask(old_mask);
  BOOST_REQUIRE(made.ok());
  struct stat found {};
  BOOST_REQUIRE(::lstat(path.c_str(), &found) == 0);
  BOOST_TEST(S_ISSOCK(found.st_mode));
  BOOST_TEST((found.st_mode & 07777) == 0666u);
  BOOST_TEST(connects(path));
  BOOST_TEST((::fcntl(made->get(), F_GETFL) & O_NONBLOCK) != 0);
  BOOST_TEST((::fcntl(made->get(), F_GETFD) & FD_CLOEXEC) != 0);
  BOOST_TEST(made->path() == path);
  std::vector<std::string> names{"s", "s.lock"};
  BOOST_TEST(*list_directory(place.path()) == names,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_lock_is_readable_by_its_owner_alone) {
  temp_dir place;
  auto made = hiisi::os::unix_listener::bind(place / "s", 0666);
  BOOST_REQUIRE(made.ok());
  struct stat found {};
  BOOST_REQUIRE(::lstat((place / "s.lock").c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_second_daemon_is_refused_and_told_the_first_ones_pid) {
  temp_dir place;
  auto path = place / "s";
  auto first = hiisi::os::unix_listener::bind(path, 0600);
  BOOST_REQUIRE(first.ok());
  auto expected = "another hiidet is running on " + path + " (pid "
                  + std::to_string(::getpid()) + ")";
  auto second = hiisi::os::unix_listener::bind(path, 0600);
  BOOST_REQUIRE(!second.ok());
  BOOST_TEST((second.failure().code == errc::conflict));
  BOOST_TEST(second.failure().message == expected);
  BOOST_TEST(!second.failure().hint.empty());
  BOOST_TEST(connects(path));
}

BOOST_AUTO_TEST_CASE(of_many_that_start_at_once_one_wins) {
  temp_dir place;
  auto path = place / "s";
  int ready[2];
  int done[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  BOOST_REQUIRE(::pipe(done) == 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    auto pid = ::fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
      ::close(done[1]);
      auto mine = hiisi::os::unix_listener::bind(path, 0600);
      char verdict = mine.ok() ? 'y' : 'n';
      [[maybe_unused]] auto told = ::write(ready[1], &verdict, 1);
      char nothing = 0;
      // Holds the lock until the parent has heard everyone.
      [[maybe_unused]] auto end = ::read(done[0], &nothing, 1);
      ::_exit(0);
    }
    children.push_back(pid);
  }
  int winners = 0;
  for (size_t i = 0; i < children.size(); ++i) {
    char verdict = 0;
    BOOST_REQUIRE(::read(ready[0], &verdict, 1) == 1);
    winners += verdict == 'y';
  }
  BOOST_TEST(winners == 1);
  BOOST_TEST(connects(path));
  ::close(done[1]);
  for (auto pid : children)
    ::waitpid(pid, nullptr, 0);
  for (auto end : {ready[0], ready[1], done[0]})
    ::close(end);
}

BOOST_AUTO_TEST_CASE(what_a_killed_daemon_left_is_replaced) {
  temp_dir place;
  auto path = place / "s";
  auto status = in_child([&] {
    auto made = hiisi::os::unix_listener::bind(path, 0600);
    ::_exit(made.ok() ? 0 : 1);
    return 1;
  });
  BOOST_REQUIRE(status == 0);
  BOOST_REQUIRE(std::filesystem::exists(path));
  BOOST_TEST(!connects(path));
  auto made = hiisi::os::unix_listener::bind(path, 0600);
  BOOST_REQUIRE(made.ok());
  BOOST_TEST(connects(path));
}

BOOST_AUTO_TEST_CASE(the_socket_goes_with_its_owner) {
  temp_dir place;
  {
    auto made = hiisi::os::unix_listener::bind(place / "s", 0600);
    BOOST_REQUIRE(made.ok());
  }
  BOOST_TEST(!std::filesystem::exists(place / "s"));
  BOOST_TEST(hiisi::os::unix_listener::bind(place / "s", 0600).ok());
}

BOOST_AUTO_TEST_CASE(a_program_that_knows_no_lock_is_not_robbed) {
  temp_dir place;
  auto path = place / "s";
  auto other = foreign_listener(path);
  auto made = hiisi::os::unix_listener::bind(path, 0600);
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST((made.failure().code == errc::conflict));
  BOOST_TEST(connects(path));
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_is_left_alone) {
  temp_dir place;
  BOOST_REQUIRE(
      write_file(place / "s", "precious", 0600, durability::ordered).ok());
  auto made = hiisi::os::unix_listener::bind(place / "s", 0600);
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST((made.failure().code == errc::invalid_argument));
  BOOST_TEST(*read_file(place / "s", 100) == "precious");
}

BOOST_AUTO_TEST_CASE(the_longest_path_works_and_one_byte_more_is_refused) {
  temp_dir place;
  auto base = place.path() + "/";
  auto longest = base + std::string(107 - base.size(), 'x');
  auto made = hiisi::os::unix_listener::bind(longest, 0600);
  BOOST_REQUIRE(made.ok());
  BOOST_TEST(connects(longest));
  auto refused = hiisi::os::unix_listener::bind(longest + "x", 0600);
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == errc::invalid_argument));
  BOOST_TEST(refused.failure().message.find("108 bytes") != std::string::npos);
  BOOST_TEST(refused.failure().message.find("107") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_path_that_names_no_file_is_refused) {
  for (const auto* path : {"", "s", "./s", "/tmp/"})
    BOOST_TEST((hiisi::os::unix_listener::bind(path, 0600).failure().code
                == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_named) {
  temp_dir place;
  auto made = hiisi::os::unix_listener::bind(place / "no/s", 0600);
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST((made.failure().code == errc::storage_failed));
  BOOST_TEST(made.failure().message
             == "open " + (place / "no/s.lock")
                    + ": No such file or directory");
}

BOOST_AUTO_TEST_CASE(an_inherited_listener_is_taken_over_and_locked) {
  temp_dir place;
  auto path = place / "s";
  {
    auto taken = hiisi::os::unix_listener::adopt(foreign_listener(path));
    BOOST_REQUIRE(taken.ok());
    BOOST_TEST(taken->path() == path);
    BOOST_TEST((::fcntl(taken->get(), F_GETFL) & O_NONBLOCK) != 0);
    BOOST_TEST((::fcntl(taken->get(), F_GETFD) & FD_CLOEXEC) != 0);
    auto second = hiisi::os::unix_listener::bind(path, 0600);
    BOOST_REQUIRE(!second.ok());
    BOOST_TEST(second.failure().message.starts_with("another hiidet"));
  }
  BOOST_TEST(std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_no_listener_is_refused) {
  fd stream(::socket(AF_UNIX, SOCK_STREAM, 0));
  fd packets(::socket(AF_UNIX, SOCK_DGRAM, 0));
  fd null(::open("/dev/null", O_RDWR));
  for (auto* each : {&stream, &packets, &null})
    BOOST_TEST((hiisi::os::unix_listener::adopt(std::move(*each)).failure().code
                == errc::invalid_argument));
  BOOST_TEST(!hiisi::os::unix_listener::adopt(fd{}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
