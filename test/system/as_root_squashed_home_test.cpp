// A home that root itself may not enter, as on a network file system that takes
// root for nobody: a FUSE file system is its user's alone.
#include "test/support/private_mounts.hpp"
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

constexpr const char* fuse = "/dev/fuse";

/// Another node of the same device, which everybody may open. False where none
/// can be made, or it cannot be opened.
bool make_node(const std::string& path) {
  struct stat is {};
  if (::stat(fuse, &is) != 0
      || ::mknod(path.c_str(), S_IFCHR | 0666, is.st_rdev) != 0
      || ::chmod(path.c_str(), 0666) != 0)
    return false;
  return bool(hiisi::os::fd(::open(path.c_str(), O_RDWR | O_CLOEXEC)));
}

boost::test_tools::assertion_result has_bindfs(boost::unit_test::test_unit_id) {
  const temp_dir place;
  boost::test_tools::assertion_result answer(
      make_node(place / "fuse") && ::access("/usr/bin/bindfs", X_OK) == 0
      && ::access("/usr/bin/fusermount3", X_OK) == 0 && mounts_are_private());
  answer.message() << "needs bindfs, fuse3, /dev/fuse and the right to mount";
  return answer;
}

bool may_enter(const std::string& path) {
  auto* directory = ::opendir(path.c_str());
  if (directory == nullptr)
    return false;
  ::closedir(directory);
  return true;
}

/// alice's home, served by a process of her own.
class squashed_home {
public:
  explicit squashed_home(const instance& here) {
    // A node that she may open, where that of the host is root's.
    const auto node = here / "fuse";
    if (!make_node(node)
        || ::mount(node.c_str(), fuse, nullptr, MS_BIND, nullptr) != 0)
      throw std::runtime_error("no FUSE for alice");
    launch what;
    what.who = alice();
    what.argv = {"/usr/bin/bindfs", "-f", "--no-allow-other",
                 here.work_dir(alice()), alice().home};
    what.env = {{"PATH", "/usr/bin:/bin"}};
    server_ = start_program(what, STDERR_FILENO, STDERR_FILENO);
    if (!wait_until([] { return !may_enter(alice().home); }, patience))
      throw std::runtime_error("alice's home can be entered by root");
  }
  ~squashed_home() {
    ::umount2(alice().home.c_str(), MNT_DETACH);
    send_signal(server_, SIGKILL);
    std::ignore = wait_for_exit(server_);
    ::umount2(fuse, MNT_DETACH);
  }
  squashed_home(const squashed_home&) = delete;
  squashed_home& operator=(const squashed_home&) = delete;

private:
  pid_t server_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(squashed)

BOOST_AUTO_TEST_CASE(a_home_that_root_may_not_enter_is_used_as_its_user,
                     *boost::unit_test::precondition(has_bindfs)) {
  const instance here;
  const squashed_home home(here);
  BOOST_TEST((!may_enter(alice().home) && errno == EACCES));
  const auto id
      = here.run(alice(), {"sh", "-c", "echo heard; exec sleep 1000"});
  const auto shown = [&] {
    return here.hiisi(alice(), {"logs", std::to_string(id)}).out;
  };
  BOOST_TEST(wait_until(
      [&] { return shown().find("heard") != std::string::npos; }, patience));
  BOOST_TEST(here.hiisi(alice(), {"restart", std::to_string(id)}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"rm", std::to_string(id)}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
