#pragma once

#include "actors/os/launch_block.hpp"
#include "protocol/keeper_wire.hpp"
#include "test/support/answered_call.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/throwaway_user.hpp"
#include "test/support/wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::test {

namespace wire = keeper_wire;

/// A file's text, or "" where it cannot be read.
inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The value of a field in /proc/PID/status, such as "CapEff".
inline std::string status_field(int pid, const std::string& name) {
  std::istringstream in(read_text("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(in, line);)
    if (line.rfind(name + ":", 0) == 0)
      return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  return "";
}

/// Whether a process of that number exists and is no zombie.
inline bool is_alive(int pid) {
  const auto state = status_field(pid, "State");
  return !state.empty() && state[0] != 'Z' && state[0] != 'X';
}

/// A connection to a keeper, as the daemon has one, but synchronous.
class keeper_talk {
public:
  explicit keeper_talk(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                  sizeof address)
        != 0)
      socket_.reset();
  }

  [[nodiscard]] int get() const { return socket_.get(); }
  [[nodiscard]] bool connected() const { return bool(socket_); }

  /// Sends any bytes with any descriptors.
  bool send_raw(const void* data, size_t size, std::vector<int> fds = {}) {
    iovec part{const_cast<void*>(data), size};
    alignas(cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))]{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
      header.msg_control = control;
      header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
      auto* rights = CMSG_FIRSTHDR(&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
      std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
    }
    return ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL) >= 0;
  }

  bool send(const wire::message& message, int fd = -1) {
    return send_raw(&message, sizeof message,
                    fd < 0 ? std::vector<int>{} : std::vector<int>{fd});
  }

  /// A request about one process.
  bool ask(wire::kind what, uint32_t id, uint32_t run = 1,
           uint32_t signal = 0) {
    wire::message message;
    message.what = what;
    message.id = id;
    message.run = run;
    message.signal = signal;
    return send(message);
  }

  /// The next message; nothing after `limit` or at the end of the connection.
  std::optional<wire::message> next(std::chrono::milliseconds limit
                                    = std::chrono::seconds(10)) {
    pollfd readable{socket_.get(), POLLIN, 0};
    wire::message message;
    if (::poll(&readable, 1, static_cast<int>(limit.count())) <= 0
        || ::recv(socket_.get(), &message, sizeof message, 0)
               != static_cast<ssize_t>(sizeof message))
      return std::nullopt;
    return message;
  }

  /// The next message, which is to be of this kind; else the test ends here.
  wire::message expect(wire::kind what) {
    const auto got = next();
    BOOST_TEST_REQUIRE(bool(got));
    BOOST_TEST_REQUIRE(static_cast<int>(got->what) == static_cast<int>(what),
                       "kind " << static_cast<int>(got->what) << " instead of "
                               << static_cast<int>(what) << ", error "
                               << got->error << ", stage "
                               << static_cast<int>(got->at));
    return *got;
  }

  /// The next message is a refusal with this errno.
  void expect_refusal(int error) {
    BOOST_TEST(expect(wire::kind::refused).error == error);
  }

  /// The `held` of the last greeting.
  std::vector<wire::message> held;

  /// Greets and returns the `slot`s that are listed; `flags` are the
  /// welcome's.
  std::vector<wire::message> greet(uint32_t* flags = nullptr) {
    wire::message hello;
    hello.what = wire::kind::hello;
    hello.value = wire::version;
    send(hello);
    const auto welcome = expect(wire::kind::welcome);
    if (flags)
      *flags = welcome.flags;
    held.clear();
    std::vector<wire::message> slots;
    for (;;) {
      const auto got = next();
      BOOST_TEST_REQUIRE(bool(got));
      if (got->what == wire::kind::listed)
        return slots;
      (got->what == wire::kind::held ? held : slots).push_back(*got);
    }
  }

  /// Spawns and sees it fork; it waits at its gate.
  wire::message spawned(uint32_t id, const os::launch_spec& spec,
                        uint32_t run = 1) {
    send_spawn(id, spec, run);
    return expect_phase(wire::phase::running);
  }

  /// The next message is a slot that is so far.
  wire::message expect_phase(wire::phase how_far) {
    const auto got = expect(wire::kind::slot);
    BOOST_TEST_REQUIRE(static_cast<int>(got.how_far)
                       == static_cast<int>(how_far));
    return got;
  }
  /// The next slots tell of the end of the first process and, at last, of its
  /// tree.
  wire::message expect_end() {
    const auto got = expect(wire::kind::slot);
    BOOST_TEST_REQUIRE((got.how_far >= wire::phase::ended));
    return got.how_far == wire::phase::empty ? got : expect_end();
  }

  /// Opens the gate, if there is still somebody behind it.
  void release(uint32_t id) { ::send(gates_[id].get(), "", 1, MSG_NOSIGNAL); }
  /// Waits for the gate's other end to be closed; the child's last word, whose
  /// `at` is `execute` without an error where it has started.
  wire::gate_report last_word(uint32_t id) {
    wire::gate_report said;
    pollfd end{gates_[id].get(), 0, 0};
    BOOST_TEST_REQUIRE(::poll(&end, 1, 20'000) == 1);
    // A release that came too late to be read shows as ECONNRESET, once.
    ssize_t got = 0;
    do
      got = ::recv(end.fd, &said, sizeof said, MSG_DONTWAIT);
    while (got == sizeof said || (got < 0 && errno == ECONNRESET));
    gates_.erase(id);
    return said;
  }
  void expect_started(uint32_t id) {
    const auto said = last_word(id);
    BOOST_TEST_REQUIRE(static_cast<int>(said.at)
                       == static_cast<int>(wire::stage::execute));
    BOOST_TEST_REQUIRE(said.error == 0);
  }

  void send_spawn(uint32_t id, const os::launch_spec& spec, uint32_t run = 1) {
    auto block = os::make_launch_block(spec);
    BOOST_TEST_REQUIRE(block.ok());
    wire::message message;
    message.what = wire::kind::spawn;
    message.id = id;
    message.run = run;
    message.uid = spec.uid;
    send_spawn(message, block->get());
  }

  /// The same of any launch block.
  void send_spawn(const wire::message& message, int block) {
    int ends[2];
    BOOST_TEST_REQUIRE(
        ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    gates_[message.id] = os::fd(ends[0]);
    send_raw(&message, sizeof message, {block, ends[1]});
    ::close(ends[1]);
  }

  /// Spawns, releases and sees it started.
  wire::message start(uint32_t id, const os::launch_spec& spec,
                      uint32_t run = 1) {
    auto child = spawned(id, spec, run);
    release(id);
    expect_started(id);
    return child;
  }

  /// Spawns and releases what is to fail at a stage with an errno.
  void expect_failure(uint32_t id, const os::launch_spec& spec, wire::stage at,
                      int error) {
    spawned(id, spec);
    release(id);
    const auto failed = last_word(id);
    BOOST_TEST(static_cast<int>(failed.at) == static_cast<int>(at));
    BOOST_TEST(failed.error == error);
    BOOST_TEST(expect_phase(wire::phase::empty).id == id);
    ask(wire::kind::acknowledge, id);
  }

private:
  os::fd socket_;
  std::map<uint32_t, os::fd> gates_;
};

/// How a test's keeper is started.
struct keeper_options {
  /// With cgroups, where this host has them.
  bool cgroups = true;
  bool guardian = false;
  uid_t daemon = 0;
  /// For the keeper and its children.
  answered_call answered{};
  /// RLIMIT_NPROC of both, where it is to be another.
  std::optional<rlim_t> processes{};
};

/// The mount of cgroup v2, or empty.
inline std::string cgroup_mount() {
  for (const std::string mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
    if (::access((mount + "/cgroup.procs").c_str(), W_OK) == 0)
      return mount;
  return {};
}

/// A keeper of a test's own, with a socket, a cgroup and a place of its own,
/// and one user whose processes it runs. All ends with it.
class keeper_fixture {
public:
  /// `as`: the uid that the keeper runs as.
  explicit keeper_fixture(keeper_options options = {}, uid_t as = 0);
  ~keeper_fixture();
  keeper_fixture(const keeper_fixture&) = delete;
  keeper_fixture& operator=(const keeper_fixture&) = delete;

  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& cgroup() const { return cgroup_; }

  keeper_talk connect() const { return keeper_talk(socket_); }

  /// `argv` for the user with these ids, in its place.
  os::launch_spec spec(std::vector<std::string> argv, uint32_t uid,
                       uint32_t gid) const {
    os::launch_spec result;
    result.uid = uid;
    result.gid = gid;
    result.groups = {gid};
    result.argv = std::move(argv);
    result.env = {{"PATH", "/usr/bin:/bin"}};
    result.cwd = home_;
    result.log_directory = home_ + "/.logs";
    result.output_log = home_ + "/.logs/out";
    result.error_log = home_ + "/.logs/err";
    return result;
  }
  /// The same for an unprivileged user that nobody else is.
  os::launch_spec spec(std::vector<std::string> argv) const {
    return spec(std::move(argv), user_uid, user_uid);
  }
  os::launch_spec shell(const std::string& script) const {
    return spec({"sh", "-c", script});
  }
  [[nodiscard]] std::string home(const std::string& name) const {
    return home_ + "/" + name;
  }

  /// How many descriptors the keeper holds.
  [[nodiscard]] size_t descriptors() const {
    const auto path = "/proc/" + std::to_string(pid_) + "/fd";
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(path), {}));
  }

  /// Starts the program with the fixture's options and returns its pid.
  pid_t launch(uid_t as = 0) const;
  /// Waits for a keeper that is to end; its exit status, or 128 + signal.
  static int wait_for_end(pid_t pid);
  /// The keeper has ended; nothing is left to stop.
  void set_pid(pid_t pid) { pid_ = pid; }

  /// A number that no user of this host has.
  static constexpr uint32_t user_uid = 61999;

private:
  bool kill_all() const;

  temp_dir place_;
  std::string home_ = place_ / "home";
  std::string socket_ = place_ / "keeper.sock";
  std::string cgroup_;
  keeper_options options_;
  pid_t pid_ = -1;
};

inline pid_t keeper_fixture::launch(uid_t as) const {
  std::vector<std::string> argv{HIISI_BIN_DIR "/hiisi-keeper"};
  if (options_.guardian)
    argv.emplace_back("--guardian");
  argv.push_back(socket_);
  argv.push_back(std::to_string(options_.daemon));
  argv.emplace_back("1000"); // Where people's uids begin.
  if (const auto mount = cgroup_mount();
      options_.cgroups && as == 0 && !mount.empty())
    argv.push_back(mount + "/" + cgroup_);
  std::vector<char*> pointers;
  for (auto& word : argv)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  // As hiidet does it.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, socket_.c_str());
  ::unlink(socket_.c_str());
  const os::fd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address),
             sizeof address)
          != 0
      || ::chmod(socket_.c_str(), 0600) != 0
      || ::chown(socket_.c_str(), as != 0 ? as : options_.daemon, 0) != 0
      || ::listen(listener.get(), 8) != 0)
    throw std::runtime_error("the keeper's socket");
  const auto pid = ::fork();
  if (pid == 0) {
    for (int number = 1; number < NSIG; ++number)
      ::signal(number, SIG_DFL);
    const rlimit processes{options_.processes.value_or(0),
                           options_.processes.value_or(0)};
    if (::dup2(listener.get(), 0) != 0
        || (options_.processes && ::setrlimit(RLIMIT_NPROC, &processes) != 0)
        || !answer_call(options_.answered)
        || (as != 0
            && (::setgroups(0, nullptr) != 0 || ::setresgid(as, as, as) != 0
                || ::setresuid(as, as, as) != 0)))
      ::_exit(126);
    ::execv(pointers.front(), pointers.data());
    ::_exit(126);
  }
  return pid;
}

inline int keeper_fixture::wait_for_end(pid_t pid) {
  int status = -1;
  const bool ended
      = wait_until([&] { return ::waitpid(pid, &status, WNOHANG) == pid; },
                   std::chrono::seconds(40));
  if (!ended)
    return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

inline keeper_fixture::keeper_fixture(keeper_options options, uid_t as)
    : options_(options) {
  static int count = 0;
  cgroup_ = "hxt" + std::to_string(::getpid()) + "_" + std::to_string(count++);
  std::filesystem::create_directory(home_);
  if (::geteuid() == 0
      && (::chown(home_.c_str(), user_uid, user_uid) != 0
          || (as != 0 && ::chown(place_.path().c_str(), as, as) != 0)))
    throw std::runtime_error("chown");
  pid_ = launch(as);
  if (!wait_until([this] { return connect().connected(); }))
    throw std::runtime_error("the keeper does not listen");
}

/// Kills what the keeper holds; false when that was nothing.
inline bool keeper_fixture::kill_all() const {
  auto talk = connect();
  wire::message hello;
  hello.what = wire::kind::hello;
  hello.value = wire::version;
  talk.send(hello);
  uint32_t held = 0;
  uint32_t gone = 0;
  bool listed = false;
  while (!listed || gone < held) {
    const auto got = talk.next(std::chrono::seconds(2));
    if (!got)
      break;
    listed = listed || got->what == wire::kind::listed;
    if (got->what != wire::kind::slot)
      continue;
    if (!listed) {
      ++held;
      talk.ask(wire::kind::kill, got->id, got->run);
    }
    if (got->how_far != wire::phase::empty)
      continue;
    ++gone;
    talk.ask(wire::kind::acknowledge, got->id, got->run);
  }
  return held > 0;
}

inline keeper_fixture::~keeper_fixture() {
  if (pid_ > 0) {
    // Whatever the test has left is killed, and its leaves removed, through
    // the keeper; not by expectations, which would throw.
    (void)wait_until([this] { return !kill_all(); });
    ::kill(pid_, SIGTERM);
    if (wait_for_end(pid_) == -1) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  // A keeper that was killed has left its leaves; rmdir waits for the last
  // process in them, which the test has killed.
  for (const std::string mount :
       {"/sys/fs/cgroup/", "/sys/fs/cgroup/unified/"}) {
    const auto users = mount + cgroup_ + "/" + std::to_string(user_uid);
    std::error_code none;
    (void)wait_until([&] {
      for (const auto& leaf : std::filesystem::directory_iterator(users, none))
        ::rmdir(leaf.path().c_str());
      return ::rmdir(users.c_str()) == 0 || errno == ENOENT;
    });
    ::rmdir((mount + cgroup_).c_str());
  }
}

} // namespace hiisi::test
