// What only root can arrange: a full disk, and the system's usual places.
#include "test/support/private_mounts.hpp"
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// A file system in memory, of its own, while this lives.
class small_disk {
public:
  small_disk(std::string path, const char* options) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    if (::mount("tmpfs", path_.c_str(), "tmpfs", 0, options) != 0)
      throw std::runtime_error("cannot mount at " + path_);
  }
  ~small_disk() { ::umount2(path_.c_str(), MNT_DETACH); }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  /// Writes until nothing fits any more.
  void fill() const {
    std::ofstream file(filler(), std::ios::binary);
    while (file.write("x", 1).flush()) {
    }
  }
  void make_room() const { std::filesystem::remove(filler()); }

private:
  [[nodiscard]] std::string filler() const { return path_ + "/filler"; }
  std::string path_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(as_root)

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_what_runs_is_served,
                     *boost::unit_test::precondition(can_mount)) {
  const temp_dir place;
  const small_disk disk(place / "disk", "size=1m,mode=0755");
  const instance here{{.state_dir = place / "disk/state"}};
  const auto id = here.run_probe(alice(), {"wait"});
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "18130"}).status == 0);
  disk.fill();
  const auto run = here.hiisi(alice(), {"run", here.probe(), "wait"});
  BOOST_TEST(run.status == 1);
  BOOST_TEST(contains(run.err, "No space left on device"), run.err);
  BOOST_TEST(contains(run.err, place / "disk/state"), run.err);
  const auto port = here.hiisi(alice(), {"port", "allocate", "18131"});
  BOOST_TEST(port.status == 1);
  BOOST_TEST(contains(port.err, "No space left on device"), port.err);
  // What was refused did not happen.
  BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size() == 1);
  BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size() == 1);
  BOOST_TEST(here.state_of(alice(), id) == "running");
  disk.make_room();
  BOOST_TEST(here.hiisi(alice(), {"run", here.probe(), "wait"}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "18131"}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"rm", "--all"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_process_can_be_stopped_while_the_disk_is_full,
                     *boost::unit_test::precondition(can_mount)) {
  const temp_dir place;
  const small_disk disk(place / "disk", "size=1m,mode=0755");
  const instance here{{.state_dir = place / "disk/state"}};
  const auto id = here.run_probe(alice(), {"wait"}, {"--restart"});
  const auto pid = here.pid_of(alice(), id);
  disk.fill();
  std::ignore = here.hiisi(alice(), {"stop", std::to_string(id)});
  BOOST_TEST(wait_until([&] { return !lives(pid); }, patience));
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
  disk.make_room();
}

// Only the system's usual places have a first Hiisi to take over from, so
// this one is given a view of the host in which they are empty.
BOOST_AUTO_TEST_CASE(the_first_hiisis_ports_are_imported_once,
                     *boost::unit_test::precondition(can_mount)) {
  const temp_dir place;
  const std::string old
      = "(allocations:{8080:(user:\"" + alice().name
        + "\",allocated_at:(secs_since_epoch:1733000000,nanos_since_epoch:5)),"
          "8081:(user:\"gone\",allocated_at:(secs_since_epoch:1733000001,"
          "nanos_since_epoch:0))})";
  std::ofstream(place / "old.ron") << old;
  const small_disk run("/run", "size=1m,mode=0755");
  const small_disk state("/var/lib", "size=1m,mode=0755");
  // The usual places' cgroup may be a real daemon's.
  const small_disk cgroups("/sys/fs/cgroup", "size=1m,mode=0755");
  instance here{{.config = "ports: (import: \"" + place / "old.ron" + "\"),",
                 .state_dir = "/var/lib/hiisi",
                 .runtime_dir = "/run/hiisi"}};
  const auto ports = [&] {
    std::string all;
    for (const auto& port :
         here.hiisi_json(alice(), {"port", "lookup"})["ports"].items())
      all += std::to_string(port["port"].number()) + " " + port["user"].str()
             + " " + port["allocated_at"].str().substr(0, 19) + "\n";
    return all;
  };
  const auto imported = "8080 " + alice().name
                        + " 2024-11-30T20:53:20\n"
                          "8081 gone 2024-11-30T20:53:21\n";
  BOOST_TEST(ports() == imported);
  BOOST_TEST(text_of(place / "old.ron") == old);
  // What is ours from then on does not come back from the old file.
  BOOST_TEST(here.hiisi(alice(), {"port", "free", "8080"}).status == 0);
  here.kill_daemon();
  here.start();
  BOOST_TEST(ports() == "8081 gone 2024-11-30T20:53:21\n");
}

BOOST_AUTO_TEST_SUITE_END()
