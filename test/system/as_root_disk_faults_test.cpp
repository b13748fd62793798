// The directory of the state is full, read-only, or gone, and is mended again.
// A namespace of mounts of the test's own shows it to hiidet so.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

namespace fs = std::filesystem;

void require(bool good, const std::string& what) {
  if (!good)
    throw std::system_error(errno, std::generic_category(), what);
}

/// A small disk in a namespace of mounts that only this process and what it
/// starts can see.
class small_disk {
public:
  small_disk() {
    require(::unshare(CLONE_NEWNS) == 0, "unshare");
    require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
            "make the mounts private");
    require(::mount("hxt", path().c_str(), "tmpfs", 0, "size=512k,mode=0755")
                == 0,
            "mount a tmpfs");
  }
  ~small_disk() { ::umount2(path().c_str(), MNT_DETACH); }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  [[nodiscard]] const std::string& path() const { return place_.path(); }

private:
  temp_dir place_;
};

/// hiidet, with its state on that disk and its sockets elsewhere; one process
/// and one port.
struct fixture {
  small_disk disk;
  temp_dir elsewhere;
  std::string state = disk.path() + "/state";
  instance here{{.state_dir = state, .runtime_dir = elsewhere.path() + "/run"}};
  uint32_t running = here.run_probe(alice(), {"wait"}, {"--restart"});
  int pid = here.pid_of(alice(), running);

  fixture() { require_done({"port", "allocate", "23001"}); }

  void require_done(const std::vector<std::string>& words) const {
    const auto ended = here.hiisi(alice(), words);
    BOOST_TEST_REQUIRE(ended.status == 0,
                       words[0] << ": " << ended.out << ended.err);
  }
  /// It is refused, and the reason and the place are said.
  void require_refused(const std::vector<std::string>& words,
                       const std::string& reason) const {
    const auto ended = here.hiisi(alice(), words);
    BOOST_TEST(ended.status == 1, words[0] << ": " << ended.out << ended.err);
    BOOST_TEST(ended.err.find(reason) != std::string::npos,
               words[0] << ": " << ended.err);
    BOOST_TEST(ended.err.find(state) != std::string::npos,
               words[0] << ": " << ended.err);
  }
  /// What needs no disk is served, and nothing was changed.
  void require_served() const {
    BOOST_TEST(here.state_of(alice(), running) == "running");
    BOOST_TEST(here.pid_of(alice(), running) == pid);
    BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].items().size()
               == 1u);
    const auto ports = here.hiisi_json(alice(), {"port", "lookup"})["ports"];
    BOOST_TEST_REQUIRE(ports.size() == 1);
    BOOST_TEST(ports[0]["port"].number() == 23001);
    require_done({"events"});
    require_done({"quota"});
  }
  void require_all_refused(const std::string& reason) const {
    require_refused({"run", here.probe(), "wait"}, reason);
    require_refused({"port", "allocate", "23002"}, reason);
    require_refused({"port", "free", "23001"}, reason);
    require_refused({"hook", "add", "--on", "exit", "--", "true"}, reason);
    require_served();
  }
  /// As if nothing had been.
  void require_all_done() {
    require_done({"port", "allocate", "23002"});
    require_done({"hook", "add", "--on", "exit", "--", "true"});
    const auto other = here.run_probe(alice(), {"wait"});
    here.kill_daemon();
    here.start();
    here.wait_for(alice(), running, "running");
    here.wait_for(alice(), other, "running");
    BOOST_TEST(here.pid_of(alice(), running) == pid);
    BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size()
               == 2);
    BOOST_TEST(here.hiisi_json(alice(), {"hook", "list"})["hooks"].size() == 1);
  }
};

/// Fills the disk to the last byte.
void fill(const std::string& path) {
  const hiisi::os::fd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const std::string block(4096, 'x');
  for (size_t size = block.size(); size > 0;)
    if (::write(file.get(), block.data(), size) < 0)
      size /= 2;
  BOOST_TEST_REQUIRE(errno == ENOSPC);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(disk_faults, fixture)

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_what_needs_room_and_nothing_else) {
  fill(disk.path() + "/filler");
  require_all_refused("No space left on device");
  // What was asked of what is there needs no room.
  require_done({"restart", std::to_string(running)});
  require_done({"stop", std::to_string(running)});
  require_done({"start", std::to_string(running)});
  pid = here.pid_of(alice(), running);
  // A daemon that starts now finds all.
  here.kill_daemon();
  here.start();
  here.wait_for(alice(), running, "running");
  require_served();
  fs::remove(disk.path() + "/filler");
  require_all_done();
}

BOOST_AUTO_TEST_CASE(a_read_only_disk_refuses_changes_and_nothing_else) {
  require(::mount(state.c_str(), state.c_str(), nullptr, MS_BIND, nullptr) == 0,
          "bind");
  require(::mount(nullptr, state.c_str(), nullptr,
                  MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr)
              == 0,
          "remount");
  require_all_refused("Read-only file system");
  require(::umount2(state.c_str(), MNT_DETACH) == 0, "unmount");
  require_all_done();
}

BOOST_AUTO_TEST_CASE(a_state_that_is_gone_refuses_changes_and_nothing_else) {
  fs::rename(state, state + ".away");
  require_all_refused("No such file or directory");
  fs::rename(state + ".away", state);
  require_all_done();
}

BOOST_AUTO_TEST_SUITE_END()
