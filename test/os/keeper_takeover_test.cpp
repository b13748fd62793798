// A keeper takes over what an earlier one held, and stores descriptors.
#include "actors/os/process_identity.hpp"
#include "test/support/keeper_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

using namespace hiisi;
using test::keeper_fixture;
using test::keeper_talk;
using wire_kind = keeper_wire::kind;
using phase = keeper_wire::phase;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> modes{"cgroups", "none"};

struct successor_fixture : keeper_fixture {
  explicit successor_fixture(const std::string& mode)
      : keeper_fixture({.cgroups = mode != "none"}) {}

  /// What the daemon knows of a process that it has seen started.
  static keeper_wire::message known(keeper_wire::message slot) {
    const auto who = os::identify_process(slot.pid);
    slot.pidfs_inode = who.pidfs_inode;
    slot.start_ticks = who.start_ticks;
    slot.what = wire_kind::take;
    return slot;
  }

  static os::fd handle_of(const keeper_wire::message& slot) {
    return os::open_process(slot.pid, {slot.pidfs_inode, slot.start_ticks});
  }

  void kill_keeper() {
    ::kill(pid(), SIGKILL);
    wait_for_end(pid());
    set_pid(launch());
    BOOST_TEST_REQUIRE(test::wait_until([this] {
      auto talk = connect();
      keeper_wire::message hello;
      hello.what = wire_kind::hello;
      hello.value = keeper_wire::version;
      return talk.connected() && talk.send(hello) && talk.next().has_value();
    }));
  }
};

/// Whether this kernel tells how a process ended that is no child of ours.
bool tells_status() {
  static const bool tells = [] {
    const auto child = ::fork();
    if (child == 0)
      ::_exit(0);
    const auto process = os::open_process(child, os::identify_process(child));
    ::waitpid(child, nullptr, 0);
    uint64_t info[8] = {8};
    constexpr auto get_info = _IOWR(0xff, 11, uint64_t[8]);
    return ::ioctl(process.get(), get_info, info) == 0 && (info[0] & 8) != 0;
  }();
  return tells;
}

/// A TCP socket that listens on a port of the kernel's choice.
os::fd listening() {
  os::fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  BOOST_TEST_REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
                            sizeof address)
                     == 0);
  BOOST_TEST_REQUIRE(::listen(socket.get(), 4) == 0);
  return socket;
}

std::string inode_of(int fd) {
  struct stat file {};
  ::fstat(fd, &file);
  return "socket:[" + std::to_string(file.st_ino) + "]";
}

bool hold(keeper_talk& talk, uint32_t id, const std::vector<int>& fds) {
  keeper_wire::message message;
  message.what = wire_kind::hold;
  message.id = id;
  return talk.send_raw(&message, sizeof message, fds);
}

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_takeover,
                      *boost::unit_test::precondition(test::as_root))

BOOST_DATA_TEST_CASE(what_runs_is_managed_by_the_next_keeper, modes) {
  successor_fixture keeper(sample);
  auto first = keeper.connect();
  first.greet();
  const auto child = successor_fixture::known(
      // A shell's child that is not what it executes yet would take the signal
      // for its parent.
      first.start(1, keeper.shell("trap 'exit 7' TERM; (trap - TERM; echo > up;"
                                  " exec sleep 60) & wait; sleep 60")));
  const auto up = keeper.home("up");
  BOOST_TEST(test::wait_until([&up] { return fs::exists(up); }));
  const auto process = successor_fixture::handle_of(child);
  keeper.kill_keeper();
  BOOST_TEST(test::is_alive(child.pid));
  auto talk = keeper.connect();
  BOOST_TEST(talk.greet().empty());
  talk.send(child, process.get());
  const auto taken = talk.expect_phase(phase::running);
  BOOST_TEST(taken.pid == child.pid);
  BOOST_TEST(taken.started_at == child.started_at);
  // It cannot be taken, nor started, twice.
  talk.send(child, process.get());
  talk.expect_refusal(EBUSY);
  talk.send_spawn(1, keeper.spec({"true"}), 2);
  talk.expect_refusal(EBUSY);
  talk.ask(wire_kind::signal, 1, 1, SIGTERM);
  const auto end = talk.expect_end();
  if (tells_status())
    BOOST_TEST(WEXITSTATUS(end.status) == 7);
  BOOST_TEST(((end.flags & keeper_wire::flag_status_unknown) == 0)
             == tells_status());
  talk.ask(wire_kind::acknowledge, 1);
  talk.start(1, keeper.spec({"true"}), 2);
}

BOOST_DATA_TEST_CASE(what_left_its_session_is_still_of_the_tree, modes) {
  successor_fixture keeper(sample);
  auto first = keeper.connect();
  first.greet();
  const auto child = successor_fixture::known(first.start(
      1, keeper.shell("setsid sh -c 'echo $$ > daemon; exec sleep 60' & "
                      "exec sleep 60")));
  int daemon = 0;
  const auto path = keeper.home("daemon");
  BOOST_TEST(test::wait_until([&path, &daemon] {
    std::istringstream(test::read_text(path)) >> daemon;
    return daemon > 0;
  }));
  const auto process = successor_fixture::handle_of(child);
  keeper.kill_keeper();
  auto talk = keeper.connect();
  talk.greet();
  talk.send(child, process.get());
  talk.expect_phase(phase::running);
  talk.ask(wire_kind::kill, 1);
  talk.expect_end();
  BOOST_TEST(!test::is_alive(daemon));
  BOOST_TEST(!test::is_alive(child.pid));
}

BOOST_DATA_TEST_CASE(what_ended_unseen_is_not_guessed, modes) {
  successor_fixture keeper(sample);
  auto first = keeper.connect();
  first.greet();
  const auto child
      = successor_fixture::known(first.start(1, keeper.spec({"sleep", "60"})));
  keeper.kill_keeper();
  ::kill(child.pid, SIGKILL);
  BOOST_TEST(test::wait_until([&] { return !test::is_alive(child.pid); }));
  auto talk = keeper.connect();
  talk.greet();
  talk.send(child);
  const auto end = talk.expect_end();
  BOOST_TEST((end.flags & keeper_wire::flag_status_unknown) != 0U);
}

BOOST_DATA_TEST_CASE(a_tree_whose_first_process_ended_is_held, modes) {
  successor_fixture keeper(sample);
  auto first = keeper.connect();
  first.greet();
  first.start(1, keeper.shell("sleep 60 & exit 3"));
  auto ended = first.expect_phase(phase::ended);
  keeper.kill_keeper();
  auto talk = keeper.connect();
  talk.greet();
  ended.what = wire_kind::take;
  talk.send(ended);
  BOOST_TEST(WEXITSTATUS(talk.expect_phase(phase::ended).status) == 3);
  talk.ask(wire_kind::signal, 1, 1, SIGTERM);
  const auto end = talk.expect_phase(phase::empty);
  BOOST_TEST(WEXITSTATUS(end.status) == 3);
  BOOST_TEST(end.flags == 0U);
}

BOOST_DATA_TEST_CASE(another_process_is_not_taken_for_it, modes) {
  successor_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  auto stranger = successor_fixture::known({});
  stranger.id = 1;
  stranger.run = 1;
  stranger.uid = keeper_fixture::user_uid;
  stranger.pid = ::getpid();
  stranger.how_far = phase::running;
  const auto who = os::identify_process(::getpid());
  if (who.pidfs_inode == 0)
    return; // The daemon is believed there.
  stranger.pidfs_inode = who.pidfs_inode + 1;
  const auto process = os::open_process(::getpid(), who);
  talk.send(stranger, process.get());
  BOOST_TEST((talk.expect_end().flags & keeper_wire::flag_status_unknown)
             != 0U);
  BOOST_TEST(test::is_alive(::getpid()));
}

BOOST_AUTO_TEST_CASE(held_sockets_reach_each_child_in_order) {
  keeper_fixture keeper;
  const auto one = listening();
  const auto two = listening();
  {
    auto talk = keeper.connect();
    talk.greet();
    BOOST_TEST(talk.held.empty());
    hold(talk, 1, {one.get(), two.get()});
    hold(talk, 7, {one.get()});
  }
  // Over a restart of the daemon, and of the process.
  auto talk = keeper.connect();
  talk.greet();
  BOOST_TEST(talk.held.size() == 2U);
  for (uint32_t run = 1; run <= 2; ++run) {
    auto spec = keeper.spec({"sleep", "60"});
    spec.env["LISTEN_PID"] = "1";
    const auto child = talk.start(1, spec, run);
    const auto proc = "/proc/" + std::to_string(child.pid);
    BOOST_TEST(fs::read_symlink(proc + "/fd/3").string()
               == inode_of(one.get()));
    BOOST_TEST(fs::read_symlink(proc + "/fd/4").string()
               == inode_of(two.get()));
    // The loader opens libraries for a moment.
    BOOST_TEST(
        test::wait_until([&proc] { return !fs::exists(proc + "/fd/5"); }));
    const auto environment = test::read_text(proc + "/environ");
    BOOST_TEST(environment.find(std::string("LISTEN_FDS=2\0", 13))
               != std::string::npos);
    BOOST_TEST(environment.find("LISTEN_PID=" + std::to_string(child.pid))
               != std::string::npos);
    BOOST_TEST(environment.find(std::string("LISTEN_PID=1\0", 13))
               == std::string::npos);
    talk.ask(wire_kind::kill, 1, run);
    talk.expect_end();
    talk.ask(wire_kind::acknowledge, 1, run);
  }
  const auto other = talk.start(2, keeper.spec({"sleep", "60"}));
  const auto first = "/proc/" + std::to_string(other.pid) + "/fd/3";
  BOOST_TEST(test::wait_until([&first] { return !fs::exists(first); }));
}

BOOST_AUTO_TEST_CASE(held_sockets_are_replaced_dropped_and_bounded) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto before = keeper.descriptors();
  const auto socket = listening();
  const int fd = socket.get();
  hold(talk, 1, std::vector<int>(8, fd));
  hold(talk, 1, {fd});
  hold(talk, 0, {fd});
  talk.expect_refusal(EINVAL);
  BOOST_TEST(keeper.descriptors() == before + 1);
  hold(talk, 1, {});
  hold(talk, 99, {});
  for (uint32_t id = 1; id <= keeper_wire::max_holders; ++id)
    hold(talk, id, {fd});
  hold(talk, 5000, {fd});
  talk.expect_refusal(ENOSPC);
  hold(talk, 3, {fd, fd});
  BOOST_TEST(test::wait_until([&] {
    return keeper.descriptors() == before + keeper_wire::max_holders + 1;
  }));
  for (uint32_t id = 1; id <= keeper_wire::max_holders; ++id)
    hold(talk, id, {});
  BOOST_TEST(test::wait_until([&] { return keeper.descriptors() == before; }));
}

BOOST_AUTO_TEST_SUITE_END()
