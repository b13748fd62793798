// A file system that never answers, under a user's home, program and working
// directory. Attacks A10 and A11 of test/attacks.tsv.
#include "test/support/in_child.hpp"
#include "test/support/private_mounts.hpp"
#include "test/support/system_instance.hpp"
#include "test/support/system_leftovers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

/// Whoever touches what is below it waits until it is unmounted, or killed: its
/// server never reads a request.
class hanging_mount {
public:
  explicit hanging_mount(std::string path)
      : path_(std::move(path)),
        device_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
    const auto options = "fd=" + std::to_string(device_.get())
                         + ",rootmode=40000,user_id=0,group_id=0,allow_other";
    if (!device_
        || ::mount("hxt", path_.c_str(), "fuse", MS_NODEV, options.c_str())
               != 0)
      throw std::runtime_error("cannot mount at " + path_);
  }
  ~hanging_mount() {
    device_.reset();
    ::umount2(path_.c_str(), MNT_DETACH);
  }
  hanging_mount(const hanging_mount&) = delete;
  hanging_mount& operator=(const hanging_mount&) = delete;

private:
  std::string path_;
  hiisi::os::fd device_;
};

boost::test_tools::assertion_result has_fuse(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result answer(
      ::access("/dev/fuse", R_OK | W_OK) == 0 && mounts_are_private());
  answer.message() << "needs /dev/fuse and the right to mount";
  return answer;
}

std::string run_body(const instance& here, const std::string& program,
                     const std::string& cwd) {
  return request(R"({"Run":{"argv":[")" + program + R"(","wait"],"cwd":")" + cwd
                 + R"(","env":{"HIISI_TEST_INSTANCE":")" + here.place()
                 + R"("}}})");
}

/// Bob is served meanwhile, and alice where nothing hangs.
void expect_service(const instance& here) {
  auto talk = here.connect(bob());
  const auto begin = std::chrono::steady_clock::now();
  const json started(talk.ask(run_body(here, here.probe(), "/")));
  BOOST_TEST(started.has("Ok"), started.text());
  std::vector<int64_t> waits;
  for (int i = 0; i < 50; ++i) {
    const auto asked = std::chrono::steady_clock::now();
    std::ignore = talk.ask(request(R"({"Status":{"all":true}})"));
    waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::steady_clock::now() - asked)
                        .count());
  }
  std::sort(waits.begin(), waits.end());
  BOOST_TEST(waits[25] < 50);
  // That was before the starts that hang were given up.
  BOOST_TEST(
      (std::chrono::steady_clock::now() - begin < std::chrono::seconds(8)));
}

void expect_given_up(connection& talk) {
  const json answer(talk.next(std::chrono::seconds(40)).value_or("{}"));
  BOOST_TEST(answer.has("Error"), answer.text());
  BOOST_TEST_MESSAGE(answer["Error"].str());
}

/// A process of the instance's keeper that has become alice and is not yet
/// her program.
int half_started(const instance& here) {
  int found = 0;
  const auto uid = "\nUid:\t" + std::to_string(alice().uid) + "\t";
  std::ignore = wait_until(
      [&] {
        for (const auto pid : processes_of(here.place(), "hiisi-keeper"))
          if (text_of("/proc/" + std::to_string(pid) + "/status").find(uid)
              != std::string::npos)
            found = pid;
        return found != 0;
      },
      patience);
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hanging)

BOOST_AUTO_TEST_CASE(a_file_system_that_hangs_holds_up_its_user_alone,
                     *boost::unit_test::precondition(has_fuse)) {
  const instance here;
  const auto place = here.work_dir(alice());
  const hanging_mount mounted(place);
  auto in_cwd = here.connect(alice());
  auto in_program = here.connect(alice());
  in_cwd.send(run_body(here, here.probe(), place + "/below"));
  in_program.send(run_body(here, place + "/program", "/"));
  expect_service(here);
  expect_given_up(in_cwd);
  expect_given_up(in_program);
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_home_that_hangs_holds_up_its_user_alone,
                     *boost::unit_test::precondition(has_fuse)) {
  const instance here;
  std::ignore = bob();
  const hanging_mount mounted(alice().home);
  auto talk = here.connect(alice());
  talk.send(run_body(here, here.probe(), "/"));
  expect_service(here);
  expect_given_up(talk);
}

BOOST_AUTO_TEST_CASE(what_is_being_started_cannot_be_looked_into,
                     *boost::unit_test::precondition(has_fuse)) {
  const instance here;
  const auto place = here.work_dir(alice());
  const hanging_mount mounted(place);
  auto talk = here.connect(alice());
  talk.send(run_body(here, here.probe(), place + "/below"));
  // It is her user's, and still the keeper's copy with what that holds.
  const auto pid = half_started(here);
  BOOST_TEST_REQUIRE(pid > 0);
  BOOST_TEST(in_child([&] {
               if (!become(alice()))
                 return 1;
               const auto proc = "/proc/" + std::to_string(pid) + "/";
               for (const auto* name : {"mem", "environ", "maps", "fd/3"})
                 if (::open((proc + name).c_str(), O_RDONLY) >= 0)
                   return 2;
               if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0)
                 return 3;
               return errno == EPERM ? 0 : 4;
             })
             == 0);
  expect_given_up(talk);
}

BOOST_AUTO_TEST_SUITE_END()
