#include "test/support/keeper_fixture.hpp"

#include <fcntl.h>
#include <sys/resource.h>

using namespace hiisi;
using test::keeper_fixture;
using wire_kind = keeper_wire::kind;
using stage = keeper_wire::stage;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(keeper_start,
                      *boost::unit_test::precondition(test::as_root))

BOOST_AUTO_TEST_CASE(nothing_runs_before_release) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto child = talk.spawned(1, keeper.shell("echo ran > ran"));
  BOOST_TEST(child.pid > 0);
  BOOST_TEST(child.started_at > 0U);
  BOOST_TEST(!talk.next(std::chrono::milliseconds(300)));
  BOOST_TEST(!fs::exists(keeper.home("ran")));
  BOOST_TEST(!fs::exists(keeper.home(".logs")));
  talk.release(1);
  talk.expect_started(1);
  talk.expect_end();
  BOOST_TEST(test::read_text(keeper.home("ran")) == "ran\n");
}

BOOST_AUTO_TEST_CASE(a_daemon_that_goes_before_release_leaves_nothing) {
  keeper_fixture keeper;
  int pid = 0;
  {
    auto talk = keeper.connect();
    talk.greet();
    pid = talk.spawned(1, keeper.shell("echo ran > ran")).pid;
  }
  // The gate's other end went with the daemon.
  BOOST_TEST(test::wait_until([pid] { return !test::is_alive(pid); }));
  BOOST_TEST(test::wait_until([&] {
    auto talk = keeper.connect();
    const auto slots = talk.greet();
    return slots.size() == 1 && slots[0].how_far == keeper_wire::phase::empty;
  }));
  BOOST_TEST(!fs::exists(keeper.home("ran")));
}

BOOST_AUTO_TEST_CASE(the_exit_status_and_usage_are_told) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  talk.start(1, keeper.shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); "
                             "done; exit 7"));
  const auto end = talk.expect_end();
  BOOST_TEST(WIFEXITED(end.status));
  BOOST_TEST(WEXITSTATUS(end.status) == 7);
  BOOST_TEST(end.user_us > 1000U);
  BOOST_TEST(end.max_rss_kib > 100U);
  BOOST_TEST(end.ended_at > end.started_at);
  talk.ask(wire_kind::acknowledge, 1);
  talk.start(1, keeper.spec({"sleep", "60"}), 2);
  talk.ask(wire_kind::signal, 1, 2, SIGKILL);
  const auto killed = talk.expect_end();
  BOOST_TEST(killed.run == 2U);
  BOOST_TEST(WTERMSIG(killed.status) == SIGKILL);
}

BOOST_AUTO_TEST_CASE(output_goes_to_the_logs_of_the_user) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  talk.start(1, keeper.shell("echo out; echo err >&2; umask"));
  talk.expect_end();
  BOOST_TEST(test::read_text(keeper.home(".logs/out")) == "out\n0022\n");
  BOOST_TEST(test::read_text(keeper.home(".logs/err")) == "err\n");
  struct stat file {};
  ::stat(keeper.home(".logs/out").c_str(), &file);
  BOOST_TEST((file.st_mode & 07777) == 0600U);
  BOOST_TEST(file.st_uid == keeper_fixture::user_uid);
  ::stat(keeper.home(".logs").c_str(), &file);
  BOOST_TEST((file.st_mode & 07777) == 0700U);
  talk.ask(wire_kind::acknowledge, 1);
  talk.start(1, keeper.shell("echo more"), 2);
  talk.expect_end();
  BOOST_TEST(test::read_text(keeper.home(".logs/out")) == "out\n0022\nmore\n");
}

BOOST_AUTO_TEST_CASE(programs_that_cannot_run_say_why) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  std::ofstream(keeper.home("plain")) << "no program\n";
  talk.expect_failure(1, keeper.spec({"/no/such"}), stage::execute, ENOENT);
  talk.expect_failure(2, keeper.spec({"no-such-program"}), stage::execute,
                      ENOENT);
  talk.expect_failure(3, keeper.spec({"./plain"}), stage::execute, EACCES);
  talk.expect_failure(4, keeper.spec({"."}), stage::execute, EACCES);
  // As execvp: a match that may not be run is told when nothing else is.
  auto denied = keeper.spec({"plain"});
  denied.env["PATH"] = keeper.home("") + ":/usr/bin";
  talk.expect_failure(5, denied, stage::execute, EACCES);
  denied.argv[0] = std::string(300, 'x');
  talk.expect_failure(6, denied, stage::execute, ENAMETOOLONG);
  // No slot is left over, and the same id can be tried again at once.
  talk.start(5, keeper.spec({"true"}));
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_leaves_no_empty_logs) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  talk.expect_failure(1, keeper.spec({"/no/such"}), stage::execute, ENOENT);
  BOOST_TEST(!fs::exists(keeper.home(".logs")));
  auto spec = keeper.spec({"true"});
  spec.cwd = "/no/such";
  talk.expect_failure(2, spec, stage::working_directory, ENOENT);
  BOOST_TEST(!fs::exists(keeper.home(".logs")));
  // What was there before stays, whether something is in it or not.
  talk.start(3, keeper.shell("echo out"));
  talk.expect_end();
  talk.expect_failure(4, keeper.spec({"/no/such"}), stage::execute, ENOENT);
  BOOST_TEST(test::read_text(keeper.home(".logs/out")) == "out\n");
  BOOST_TEST(fs::exists(keeper.home(".logs/err")));
}

BOOST_AUTO_TEST_CASE(the_path_is_searched_as_the_user) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  fs::create_directory(keeper.home("bin"));
  std::ofstream(keeper.home("bin/hxt-tool")) << "echo \"tool $1\"\n";
  fs::permissions(keeper.home("bin/hxt-tool"), fs::perms(0755));
  // Only root may look into this one, and the search goes past it.
  fs::create_directory(keeper.home("closed"));
  std::ofstream(keeper.home("closed/hxt-tool")) << "echo wrong\n";
  fs::permissions(keeper.home("closed/hxt-tool"), fs::perms(0755));
  fs::permissions(keeper.home("closed"), fs::perms(0700));
  auto spec = keeper.spec({"hxt-tool", "a b"});
  spec.env["PATH"] = "/no/such:" + keeper.home("closed") + ":"
                     + keeper.home("bin") + ":/bin";
  talk.start(1, spec);
  talk.expect_end();
  BOOST_TEST(test::read_text(keeper.home(".logs/out")) == "tool a b\n");
  // An empty element is the working directory; without PATH there is one.
  spec.env["PATH"] = ":/bin";
  spec.cwd = keeper.home("bin");
  talk.start(2, spec);
  talk.expect_end();
  auto bare = keeper.spec({"true"});
  bare.env.clear();
  talk.start(3, bare);
  BOOST_TEST(talk.expect_end().status == 0);
}

BOOST_AUTO_TEST_CASE(places_that_cannot_be_used_say_why) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  auto spec = keeper.spec({"true"});
  spec.cwd = keeper.home("missing");
  talk.expect_failure(1, spec, stage::working_directory, ENOENT);
  spec = keeper.spec({"true"});
  spec.log_directory = keeper.home("a/b");
  talk.expect_failure(2, spec, stage::log_directory, ENOENT);
  fs::create_directory(keeper.home("root"));
  spec = keeper.spec({"true"});
  spec.log_directory = keeper.home("root/.logs");
  talk.expect_failure(3, spec, stage::log_directory, EACCES);
  spec.log_directory = keeper.home("root");
  spec.output_log = keeper.home("root/out");
  talk.expect_failure(4, spec, stage::standard_output_log, EACCES);
  spec = keeper.spec({"true"});
  spec.error_log = keeper.home("root/err");
  talk.expect_failure(5, spec, stage::standard_error_log, EACCES);
}

BOOST_AUTO_TEST_CASE(logs_that_are_traps_are_not_opened) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto canary = keeper.home("canary");
  std::ofstream(canary) << "root's\n";
  const auto out = [&](const char* name) {
    auto spec = keeper.spec({"sh", "-c", "echo attack; echo attack >&2"});
    spec.output_log = keeper.home(name);
    return spec;
  };
  fs::create_symlink(canary, keeper.home("link"));
  talk.expect_failure(1, out("link"), stage::standard_output_log, ELOOP);
  ::mkfifo(keeper.home("fifo").c_str(), 0666);
  fs::permissions(keeper.home("fifo"), fs::perms(0666));
  talk.expect_failure(2, out("fifo"), stage::standard_output_log, ENXIO);
  fs::create_hard_link(canary, keeper.home("hard"));
  talk.expect_failure(3, out("hard"), stage::standard_output_log, EACCES);
  fs::permissions(canary, fs::perms(0666));
  talk.expect_failure(4, out("hard"), stage::standard_output_log, EPERM);
  std::ofstream(keeper.home("own")) << "";
  BOOST_TEST(::chown(keeper.home("own").c_str(), keeper_fixture::user_uid, 0)
             == 0);
  fs::create_hard_link(keeper.home("own"), keeper.home("own2"));
  talk.expect_failure(5, out("own"), stage::standard_output_log, EMLINK);
  talk.expect_failure(6, out(""), stage::standard_output_log, EISDIR);
  auto device = out("own");
  device.output_log = "/dev/null";
  talk.expect_failure(7, device, stage::standard_output_log, ENXIO);
  BOOST_TEST(test::read_text(canary) == "root's\n");
}

BOOST_AUTO_TEST_CASE(limits_that_the_kernel_refuses_say_so) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  auto spec = keeper.spec({"true"});
  spec.limits = {{RLIMIT_NOFILE, 0, 20, 10}};
  talk.expect_failure(1, spec, stage::limits, EINVAL);
  spec.limits = {{9999, 0, 1, 1}};
  talk.expect_failure(2, spec, stage::limits, EINVAL);
}

BOOST_AUTO_TEST_CASE(a_child_that_is_killed_at_its_gate_says_nothing) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto child = talk.spawned(1, keeper.spec({"true"}));
  talk.ask(wire_kind::kill, 1);
  BOOST_TEST(WTERMSIG(talk.expect_end().status) == SIGKILL);
  BOOST_TEST((talk.last_word(1).at == stage::none));
  BOOST_TEST(!test::is_alive(child.pid));
}

BOOST_AUTO_TEST_CASE(a_child_that_is_stopped_before_execve_can_be_killed) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto child = talk.spawned(1, keeper.spec({"true"}));
  ::kill(child.pid, SIGSTOP);
  talk.release(1);
  BOOST_TEST(!talk.next(std::chrono::milliseconds(300)));
  talk.ask(wire_kind::kill, 1);
  BOOST_TEST(WTERMSIG(talk.expect_end().status) == SIGKILL);
}

BOOST_AUTO_TEST_SUITE_END()
