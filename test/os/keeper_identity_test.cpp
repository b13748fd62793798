#include "test/support/keeper_fixture.hpp"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <sys/resource.h>

using namespace hiisi;
using test::keeper_fixture;
using wire_kind = keeper_wire::kind;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> environment_of(int pid) {
  std::istringstream in(
      test::read_text("/proc/" + std::to_string(pid) + "/environ"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line, '\0');)
    lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string four_times(uint32_t id) {
  const auto one = std::to_string(id);
  return one + "\t" + one + "\t" + one + "\t" + one;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_identity,
                      *boost::unit_test::precondition(test::as_root))

BOOST_AUTO_TEST_CASE(a_process_is_wholly_its_user) {
  test::throwaway_group extra;
  test::throwaway_user user({extra.name()});
  // As one is that the kernel is to spare or to take first.
  std::ofstream("/proc/self/oom_score_adj") << 300;
  keeper_fixture keeper;
  std::ofstream("/proc/self/oom_score_adj") << 0;
  auto talk = keeper.connect();
  talk.greet();
  BOOST_TEST(test::read_text("/proc/" + std::to_string(keeper.pid())
                             + "/oom_score_adj")
             == "300\n");
  const auto* group = ::getgrnam(extra.name().c_str());
  BOOST_TEST_REQUIRE(group != nullptr);
  auto spec = keeper.spec({"sleep", "60"}, user.uid(), user.gid());
  spec.groups = {user.gid(), group->gr_gid};
  spec.cwd = user.home();
  spec.log_directory = user.home() + "/.logs";
  spec.output_log = spec.log_directory + "/out";
  spec.error_log = spec.log_directory + "/err";
  spec.umask = 0027;
  spec.nice = 3;
  const auto pid = talk.start(1, spec).pid;

  BOOST_TEST(test::status_field(pid, "Uid") == four_times(user.uid()));
  BOOST_TEST(test::status_field(pid, "Gid") == four_times(user.gid()));
  std::istringstream groups(test::status_field(pid, "Groups"));
  std::set<uint32_t> found;
  for (uint32_t one = 0; groups >> one;)
    found.insert(one);
  BOOST_TEST((found == std::set<uint32_t>{user.gid(), group->gr_gid}));
  for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    BOOST_TEST(test::status_field(pid, set) == "0000000000000000");
  BOOST_TEST(test::status_field(pid, "CapBnd")
             == test::status_field(::getpid(), "CapBnd"));
  BOOST_TEST(test::status_field(pid, "NoNewPrivs") == "0");
  BOOST_TEST(test::status_field(pid, "SigBlk") == "0000000000000000");
  BOOST_TEST(test::status_field(pid, "SigIgn") == "0000000000000000");
  BOOST_TEST(test::status_field(pid, "Umask") == "0027");
  const auto proc = "/proc/" + std::to_string(pid);
  BOOST_TEST(fs::read_symlink(proc + "/cwd").string() == user.home());
  BOOST_TEST(test::read_text(proc + "/oom_score_adj") == "0\n");
  BOOST_TEST(::getpriority(PRIO_PROCESS, static_cast<id_t>(pid)) == 3);
  BOOST_TEST(::getsid(pid) == pid);
  BOOST_TEST(::getpgid(pid) == pid);
}

BOOST_AUTO_TEST_CASE(a_process_has_three_descriptors) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  for (uint32_t id = 1; id <= 20; ++id)
    talk.start(id, keeper.spec({"sleep", "60"}));
  const auto pid = talk.start(21, keeper.spec({"sleep", "60"})).pid;
  const std::map<std::string, std::string> expected{
      {"0", "/dev/null"},
      {"1", keeper.home(".logs/out")},
      {"2", keeper.home(".logs/err")}};
  std::map<std::string, std::string> open;
  // The loader of the program opens some of its own, and closes them.
  const auto has_those = [&] {
    open.clear();
    std::error_code gone;
    for (const auto& entry :
         fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
      open[entry.path().filename()] = fs::read_symlink(entry.path(), gone);
    return open == expected;
  };
  BOOST_TEST(test::wait_until(has_those), open.size() << " descriptors");
  std::istringstream info(
      test::read_text("/proc/" + std::to_string(pid) + "/fdinfo/1"));
  std::string name;
  int flags = 0;
  while (info >> name && name != "flags:")
    continue;
  info >> std::oct >> flags;
  BOOST_TEST((flags & O_ACCMODE) == O_WRONLY);
  BOOST_TEST((flags & O_APPEND) != 0);
  BOOST_TEST((flags & (O_NONBLOCK | O_CLOEXEC)) == 0);
}

BOOST_AUTO_TEST_CASE(the_environment_is_exactly_the_users) {
  ::setenv("HIISI_SECRET", "of the one who started the keeper", 1);
  keeper_fixture keeper;
  ::unsetenv("HIISI_SECRET");
  auto talk = keeper.connect();
  talk.greet();
  auto spec = keeper.spec({"sleep", "60"});
  spec.env = {{"A", "1=2"},
              {"B", ""},
              {"HIISI_ID", "forged"},
              {"HIISI_RUN", "forged"},
              {"PATH", "/bin"}};
  const auto child = talk.start(5, spec, 3);
  const auto found = environment_of(child.pid);
  BOOST_TEST_REQUIRE(found.size() == 5U);
  BOOST_TEST(found[0] == "A=1=2");
  BOOST_TEST(found[1] == "B=");
  BOOST_TEST(found[2] == "HIISI_ID=5");
  BOOST_TEST(found[3] == "HIISI_RUN=" + std::to_string(child.started_at));
  BOOST_TEST(found[4] == "PATH=/bin");
}

BOOST_AUTO_TEST_CASE(limits_are_the_callers_or_the_specs) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto limit_of = [](int pid, const std::string& name) {
    const auto all
        = test::read_text("/proc/" + std::to_string(pid) + "/limits");
    std::istringstream line(all.substr(all.find(name) + name.size()));
    std::string soft;
    std::string hard;
    line >> soft >> hard;
    return soft + " " + hard;
  };
  auto spec = keeper.spec({"sleep", "60"});
  const auto plain = talk.start(1, spec).pid;
  for (const auto* name :
       {"Max open files", "Max core file size", "Max processes"})
    BOOST_TEST(limit_of(plain, name) == limit_of(::getpid(), name));
  spec.limits = {{RLIMIT_NOFILE, 0, 100, 200}, {RLIMIT_CORE, 0, 0, 0}};
  const auto limited = talk.start(2, spec).pid;
  BOOST_TEST(limit_of(limited, "Max open files") == "100 200");
  BOOST_TEST(limit_of(limited, "Max core file size") == "0 0");
}

BOOST_AUTO_TEST_CASE(a_user_keeper_runs_its_own_user_and_no_other) {
  constexpr auto uid = keeper_fixture::user_uid;
  keeper_fixture keeper({}, uid);
  auto talk = keeper.connect();
  uint32_t flags = ~0U;
  talk.greet(&flags);
  BOOST_TEST(flags == 0U);
  const auto pid = talk.start(1, keeper.spec({"sleep", "60"})).pid;
  BOOST_TEST(test::status_field(pid, "Uid") == four_times(uid));
  BOOST_TEST(test::status_field(pid, "SigBlk") == "0000000000000000");
  talk.send_spawn(2, keeper.spec({"true"}, 0, 0));
  talk.expect_refusal(EPERM);
  talk.send_spawn(2, keeper.spec({"true"}, uid + 1, uid));
  talk.expect_refusal(EPERM);
}

BOOST_AUTO_TEST_CASE(a_user_keeper_of_low_priority_starts_all_the_same) {
  constexpr auto uid = keeper_fixture::user_uid;
  const auto own = ::getpriority(PRIO_PROCESS, 0);
  ::setpriority(PRIO_PROCESS, 0, 7);
  keeper_fixture keeper({}, uid);
  ::setpriority(PRIO_PROCESS, 0, own);
  auto talk = keeper.connect();
  talk.greet();
  const auto pid = talk.start(1, keeper.spec({"sleep", "60"})).pid;
  BOOST_TEST(::getpriority(PRIO_PROCESS, static_cast<id_t>(pid)) == 7);
}

BOOST_AUTO_TEST_CASE(the_keeper_cannot_be_looked_into) {
  keeper_fixture keeper({}, keeper_fixture::user_uid);
  // It shuts itself off before it listens; until then exec's own rule holds.
  keeper.connect().greet();
  struct stat file {};
  ::stat(("/proc/" + std::to_string(keeper.pid()) + "/environ").c_str(), &file);
  BOOST_TEST(file.st_uid == 0U);
}

BOOST_AUTO_TEST_CASE(users_of_the_systems_services_have_no_processes) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  for (const uint32_t uid : {1U, 999U}) {
    keeper_wire::message message;
    message.what = wire_kind::spawn;
    message.id = uid;
    message.run = 1;
    message.uid = uid;
    const auto block
        = os::make_launch_block(keeper.spec({"sleep", "60"}, uid, uid));
    BOOST_TEST_REQUIRE(block.ok());
    talk.send_spawn(message, block->get());
    talk.expect_refusal(EPERM);
  }
  auto spec = keeper.spec({"sleep", "60"}, 0, 0);
  BOOST_TEST(talk.start(7, spec).pid > 0);
}

BOOST_AUTO_TEST_SUITE_END()
