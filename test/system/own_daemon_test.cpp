// A user without a system daemon: the first `hiisi` starts one of their own.
#include "test/support/system_instance.hpp"

#include <boost/test/tree/test_unit.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

boost::test_tools::assertion_result
no_system_daemon(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result answer(
      !std::filesystem::exists("/run/hiisi"));
  answer.message() << "this host has a daemon of its own, in /run/hiisi";
  return answer;
}

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// A user's places in a test's own directory.
class own_places {
public:
  own_places() {
    for (const auto* name : {"run", "state", "config"}) {
      const auto path = base_ + "/" + name;
      if (::mkdir(path.c_str(), 0700) != 0
          || (::geteuid() == 0
              && ::chown(path.c_str(), alice().uid, alice().gid) != 0))
        throw std::runtime_error("mkdir " + path);
    }
  }

  [[nodiscard]] launch call(std::vector<std::string> words,
                            const std::string& no_autostart = "") const {
    auto what = here.call(alice(), std::move(words));
    what.env.erase("HIISI_SOCKET");
    what.env["HIISI_NO_AUTOSTART"] = no_autostart;
    what.env["XDG_RUNTIME_DIR"] = base_ + "/run";
    what.env["XDG_STATE_HOME"] = base_ + "/state";
    what.env["XDG_CONFIG_HOME"] = base_ + "/config";
    return what;
  }
  [[nodiscard]] outcome hiisi(std::vector<std::string> words,
                              const std::string& no_autostart = "") const {
    return run_to_end(call(std::move(words), no_autostart));
  }
  [[nodiscard]] std::string socket() const {
    return base_ + "/run/hiisi/hiisi.sock";
  }

  const instance here{{.idle = true}};

private:
  std::string base_ = here.work_dir(alice());
};

} // namespace

BOOST_AUTO_TEST_SUITE(own_daemon,
                      *boost::unit_test::precondition(no_system_daemon))

BOOST_AUTO_TEST_CASE(the_first_command_starts_it_and_says_so_in_one_line) {
  const own_places own;
  const auto first = own.hiisi({"run", own.here.probe(), "wait"});
  BOOST_TEST(first.status == 0, first.err);
  BOOST_TEST(first.out == "started 1 (" + own.here.probe_name() + ")\n");
  BOOST_TEST(contains(first.err, "started your own hiidet"), first.err);
  BOOST_TEST(first.err.find('\n') == first.err.size() - 1, first.err);
  const auto second = own.hiisi({"status"});
  BOOST_TEST(second.status == 0);
  BOOST_TEST(second.err == "");
  BOOST_TEST(contains(second.out, "running"), second.out);
  BOOST_TEST(own.hiisi({"rm", "--all"}).status == 0);
}

BOOST_AUTO_TEST_CASE(it_can_be_told_not_to) {
  const own_places own;
  for (const auto& got :
       {own.hiisi({"--no-autostart", "status"}), own.hiisi({"status"}, "1")}) {
    BOOST_TEST(got.status == 5);
    BOOST_TEST(contains(got.err, "no daemon is running"), got.err);
    BOOST_TEST(contains(got.err, "hiidet &"), got.err);
  }
  BOOST_TEST(!std::filesystem::exists(own.socket()));
  // What needs no daemon does not start one.
  BOOST_TEST(own.hiisi({"version"}).status == 0);
  BOOST_TEST(own.hiisi({"help"}).status == 0);
  BOOST_TEST(!std::filesystem::exists(own.socket()));
}

BOOST_AUTO_TEST_CASE(several_first_commands_start_one_daemon) {
  const own_places own;
  const hiisi::os::fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  std::vector<pid_t> callers;
  for (int i = 0; i < 4; ++i)
    callers.push_back(
        start_program(own.call({"port", "allocate"}), null.get(), null.get()));
  for (const auto pid : callers) {
    const auto status = wait_for_exit(pid);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST(*status == 0);
  }
  // All of them spoke to the same one.
  const auto listed = own.hiisi({"--json", "port", "lookup"});
  BOOST_TEST(json(listed.out)["ports"].size() == 4, listed.out);
}

BOOST_AUTO_TEST_CASE(it_keeps_its_state_where_the_user_does) {
  const own_places own;
  BOOST_TEST(own.hiisi({"port", "allocate", "18140"}).status == 0);
  const auto state = own.here.work_dir(alice()) + "/state/hiisi";
  BOOST_TEST(contains(text_of(state + "/ports.ron"), "18140"));
  struct stat is {};
  BOOST_TEST_REQUIRE(::stat(state.c_str(), &is) == 0);
  BOOST_TEST((is.st_mode & 07777) == 0700U);
  BOOST_TEST_REQUIRE(::lstat(own.socket().c_str(), &is) == 0);
  BOOST_TEST((is.st_mode & 07777) == 0600U);
}

BOOST_AUTO_TEST_SUITE_END()
