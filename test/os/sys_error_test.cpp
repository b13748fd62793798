#include "actors/os/fd.hpp"
#include "actors/os/sys_error.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::protocol::errc;

BOOST_AUTO_TEST_SUITE(sys_error)

BOOST_AUTO_TEST_CASE(the_stage_the_path_and_the_reason_make_a_sentence) {
  auto made = hiisi::os::sys_error(errc::storage_failed, ENOSPC, "open",
                                   "/var/lib/hiisi/ports.ron");
  BOOST_TEST((made.code == errc::storage_failed));
  BOOST_TEST(made.message
             == "open /var/lib/hiisi/ports.ron: No space left on device");
  BOOST_TEST(!made.hint.empty());
}

BOOST_AUTO_TEST_CASE(without_a_path_the_stage_stands_alone) {
  auto made = hiisi::os::sys_error(errc::unavailable, EACCES, "make a socket");
  BOOST_TEST(made.message == "make a socket: Permission denied");
  BOOST_TEST(made.hint.empty());
}

BOOST_AUTO_TEST_CASE(a_number_that_is_no_errno_is_told_as_it_is) {
  BOOST_TEST(errno_text(4321) == "error 4321");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fd)

BOOST_AUTO_TEST_CASE(a_descriptor_is_closed_once_at_the_end_of_its_life) {
  auto number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  BOOST_REQUIRE(number >= 0);
  {
    hiisi::os::fd first(number);
    hiisi::os::fd second(std::move(first));
    BOOST_TEST(!first);
    BOOST_TEST(second.get() == number);
    first = std::move(second);
    BOOST_TEST(first.get() == number);
    BOOST_TEST(::fcntl(number, F_GETFD) >= 0);
  }
  BOOST_TEST(::fcntl(number, F_GETFD) == -1);
}

BOOST_AUTO_TEST_CASE(what_is_released_stays_open) {
  auto number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    hiisi::os::fd held(number);
    BOOST_TEST(held.release() == number);
  }
  BOOST_TEST(::close(number) == 0);
}

BOOST_AUTO_TEST_CASE(resetting_to_itself_does_not_close) {
  hiisi::os::fd held(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  held.reset(held.get());
  BOOST_TEST(::fcntl(held.get(), F_GETFD) >= 0);
}

BOOST_AUTO_TEST_SUITE_END()
