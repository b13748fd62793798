#include "actors/os/host_facts.hpp"
#include "actors/os/usage_reader.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::os;
using namespace std::chrono_literals;
using protocol::process_usage;

namespace {

/// A child in a session of its own, as the keeper makes them, that does
/// something and then waits to be ended with all of its group.
class child {
public:
  template <class Work>
  explicit child(Work work) : pid_(::fork()) {
    if (pid_ != 0)
      return;
    ::setsid();
    work();
    for (;;)
      ::pause();
  }
  ~child() {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  [[nodiscard]] int32_t pid() const { return pid_; }

private:
  pid_t pid_;
};

std::optional<process_usage> look(usage_reader& reader, int32_t pid,
                                  usage_detail detail = usage_detail::whole) {
  const usage_target target{1, 0, pid};
  return reader.read({&target, 1}, detail).front();
}

/// What a child uses once `ready(usage)`.
template <class Ready>
process_usage usage_when(const child& of, Ready ready) {
  usage_reader reader;
  std::optional<process_usage> seen;
  BOOST_TEST_REQUIRE(test::wait_until(
      [&] {
        seen = look(reader, of.pid());
        return seen && ready(*seen);
      },
      30s));
  return *seen;
}

void burn_one_second() {
  timespec used{};
  do
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  while (used.tv_sec < 1);
}

/// Files as the kernel has them, in a directory.
struct fake_host {
  test::temp_dir place;

  void write(const std::string& path, const std::string& text) const {
    const auto whole = std::filesystem::path(place / path);
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  void add_process(int pid, int session, const std::string& cgroup) const {
    const auto number = std::to_string(pid);
    write("proc/" + number + "/stat",
          number + " (srv) S 1 " + number + " " + std::to_string(session)
              + " 0 -1 0 0 0 0 0 100 50 0 0 20 0 2 0 5000 4096 10 0\n");
    write("proc/" + number + "/cgroup", "1:cpu:/\n0::" + cgroup + "\n");
  }
  [[nodiscard]] usage_reader reader(size_t kept = 0) const {
    return usage_reader{
        kept, place / "proc", {place / "absent", place / "cgroup"}};
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(usage_of_processes)

BOOST_AUTO_TEST_CASE(a_second_of_cpu_time_is_a_second) {
  const child burner{burn_one_second};
  const auto seen = usage_when(burner, [](const process_usage& u) {
    return u.cpu_user + u.cpu_system >= 990ms;
  });
  BOOST_TEST((seen.cpu_user + seen.cpu_system <= 1100ms));
}

BOOST_AUTO_TEST_CASE(memory_is_what_was_touched) {
  constexpr size_t size = 64 * 1024 * 1024;
  // A look at a child that is still at it sees less at its beginning than at
  // its end.
  auto* touched = static_cast<std::atomic<bool>*>(
      ::mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const child holder{[touched] {
    auto* memory
        = static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (size_t i = 0; i < size; i += 4096)
      memory[i] = 1;
    *touched = true;
  }};
  BOOST_TEST_REQUIRE(test::wait_until([touched] { return touched->load(); }));
  const auto seen = usage_when(
      holder, [](const process_usage& u) { return u.resident >= size; });
  // All that this program has touched itself is resident in its children too.
  const child idle{[] {}};
  const auto shared
      = usage_when(idle, [](const process_usage& u) { return u.resident > 0; });
  BOOST_TEST(seen.resident < shared.resident + size + size / 2);
  BOOST_TEST_REQUIRE(seen.proportional.has_value());
  BOOST_TEST(*seen.proportional >= size);
  BOOST_TEST(*seen.proportional <= seen.resident + size / 16);
}

BOOST_AUTO_TEST_CASE(children_and_their_children_belong_to_it) {
  const child parent{[] {
    for (int i = 0; i < 2; ++i)
      if (::fork() == 0) {
        if (i == 0)
          (void)!::fork();
        for (;;)
          ::pause();
      }
  }};
  const auto seen = usage_when(
      parent, [](const process_usage& u) { return u.processes == 4; });
  BOOST_TEST(seen.threads == 4u);
  BOOST_TEST_REQUIRE(seen.tree.size() == 4u);
  BOOST_TEST(seen.tree.front().pid == parent.pid());
  // Each comes after its parent.
  for (size_t i = 1; i < seen.tree.size(); ++i)
    BOOST_TEST(std::any_of(
        seen.tree.begin(), seen.tree.begin() + static_cast<ptrdiff_t>(i),
        [&](const auto& above) { return above.pid == seen.tree[i].parent; }));
}

BOOST_AUTO_TEST_CASE(descriptors_and_limits_are_told) {
  const child opener{[] {
    for (int i = 0; i < 10; ++i)
      (void)!::dup(STDERR_FILENO);
  }};
  usage_reader reader;
  const auto before = look(reader, ::getpid());
  BOOST_TEST_REQUIRE(before.has_value());
  const auto seen = usage_when(opener, [&](const process_usage& u) {
    return u.descriptors.value_or(0) >= 10;
  });
  const auto files = std::ranges::find(seen.limits, "open files",
                                       &protocol::resource_limit::name);
  BOOST_TEST_REQUIRE((files != seen.limits.end()));
  BOOST_TEST(files->value.value_or(0) > 0u);
}

BOOST_AUTO_TEST_CASE(what_went_to_disk_is_told) {
  const test::temp_dir place;
  constexpr uint64_t size = 10 * 1024 * 1024;
  const child writer{[path = place / "file"] {
    std::ofstream out(path);
    const std::string block(size / 10, 'x');
    for (int i = 0; i < 10; ++i)
      out << block << std::flush;
  }};
  // Not where the place is in memory, as on a tmpfs.
  if (!test::wait_until(
          [&] {
            usage_reader reader;
            return look(reader, writer.pid())
                       .value_or(process_usage{})
                       .written_bytes.value_or(0)
                   >= size;
          },
          5s))
    BOOST_TEST_MESSAGE("nothing is written to disk here");
  else
    BOOST_TEST(std::filesystem::file_size(place / "file") == size);
}

BOOST_AUTO_TEST_CASE(who_has_ended_uses_nothing) {
  const auto pid = ::fork();
  if (pid == 0)
    ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  usage_reader reader;
  BOOST_TEST(!look(reader, pid).has_value());
  BOOST_TEST(!look(reader, 0).has_value());
}

BOOST_AUTO_TEST_CASE(a_cgroup_says_who_belongs_to_it_and_what_was_used) {
  const fake_host host;
  host.add_process(500, 500, "/x.slice/hiisi/1000/7");
  host.add_process(501, 501, "/x.slice/hiisi/1000/7"); // another session
  host.add_process(502, 502, "/x.slice/hiisi/1000/8");
  const std::string leaf = "cgroup/x.slice/hiisi/1000/";
  host.write(leaf + "7/cgroup.procs", "500\n501\n");
  host.write(leaf + "7/cpu.stat",
             "usage_usec 9\nuser_usec 3000000\nsystem_usec 2000000\n");
  host.write(leaf + "8/cgroup.procs", "502\n");
  host.write(leaf + "8/cpu.stat", "user_usec 1\nsystem_usec 2\n");
  auto reader = host.reader();
  // The second one's first process has ended, and is not known any more.
  const std::vector<usage_target> targets = {{7, 1000, 500}, {8, 1000, 0}};
  const auto seen = reader.read(targets, usage_detail::basic);
  BOOST_TEST_REQUIRE(seen[0].has_value());
  BOOST_TEST(seen[0]->processes == 2u);
  BOOST_TEST(seen[0]->threads == 4u);
  BOOST_TEST((seen[0]->cpu_user == 3s));
  BOOST_TEST((seen[0]->cpu_system == 2s));
  BOOST_TEST(seen[0]->resident == 20u * static_cast<uint64_t>(::getpagesize()));
  BOOST_TEST_REQUIRE(seen[1].has_value());
  BOOST_TEST(seen[1]->processes == 1u);
  BOOST_TEST((seen[1]->cpu_system == 2us));
}

BOOST_AUTO_TEST_CASE(what_a_cgroup_is_held_to_is_told_with_the_limits) {
  const fake_host host;
  host.add_process(500, 500, "/hiisi/1000/7");
  const std::string leaf = "cgroup/hiisi/1000/7/";
  host.write(leaf + "cgroup.procs", "500\n");
  host.write(leaf + "cpu.stat", "user_usec 1\nsystem_usec 2\n");
  auto reader = host.reader();
  const std::vector<usage_target> targets = {{7, 1000, 500}};
  const auto limits = [&] {
    std::string text;
    const auto seen = reader.read(targets, usage_detail::whole);
    for (const auto& one : seen[0].value().limits)
      if (one.name.ends_with(" of all"))
        text += one.name + " " + std::to_string(one.value.value_or(0)) + ", ";
    return text;
  };
  BOOST_TEST(limits() == "");
  host.write(leaf + "memory.max", "max\n");
  host.write(leaf + "pids.max", "max\n");
  host.write(leaf + "cpu.max", "max 100000\n");
  BOOST_TEST(limits() == "");
  host.write(leaf + "memory.max", "67108864\n");
  host.write(leaf + "pids.max", "7\n");
  host.write(leaf + "cpu.max", "150000 100000\n");
  BOOST_TEST(limits()
             == "memory of all 67108864, threads of all 7, CPUs of all 1500, ");
}

BOOST_AUTO_TEST_CASE(somebody_elses_cgroup_is_not_taken_for_ours) {
  const fake_host host;
  host.add_process(500, 500, "/user.slice/session-1.scope");
  host.write("cgroup/user.slice/session-1.scope/cgroup.procs", "500\n1\n");
  host.write("cgroup/user.slice/session-1.scope/cpu.stat",
             "user_usec 77000000\nsystem_usec 0\n");
  auto reader = host.reader();
  const std::vector<usage_target> targets = {{7, 1000, 500}};
  const auto seen = reader.read(targets, usage_detail::basic);
  BOOST_TEST_REQUIRE(seen[0].has_value());
  BOOST_TEST(seen[0]->processes == 1u);
  BOOST_TEST((seen[0]->cpu_user == 1s)); // by its stat
}

namespace {

size_t descriptors_open() {
  proc_files proc{"/proc"};
  return static_cast<size_t>(read_self(proc).descriptors);
}

} // namespace

BOOST_AUTO_TEST_CASE(files_kept_open_tell_what_is_new) {
  const fake_host host;
  host.add_process(500, 500, "/hiisi/1000/7");
  host.add_process(501, 501, "/hiisi/1000/7");
  host.write("cgroup/hiisi/1000/7/cgroup.procs", "500\n");
  host.write("cgroup/hiisi/1000/7/cpu.stat", "user_usec 1\nsystem_usec 2\n");
  auto reader = host.reader(100);
  const std::vector<usage_target> targets = {{7, 1000, 500}};
  const auto before = descriptors_open();
  const auto first = reader.read(targets, usage_detail::measured);
  BOOST_TEST_REQUIRE(first[0].has_value());
  BOOST_TEST((first[0]->cpu_user == 1us));
  BOOST_TEST(descriptors_open() > before);
  host.write("cgroup/hiisi/1000/7/cpu.stat", "user_usec 9\nsystem_usec 2\n");
  host.write("cgroup/hiisi/1000/7/cgroup.procs", "500\n501\n");
  const auto second = reader.read(targets, usage_detail::measured);
  BOOST_TEST_REQUIRE(second[0].has_value());
  BOOST_TEST((second[0]->cpu_user == 9us));
  BOOST_TEST(second[0]->processes == 2u);
  // Those of the gone are closed, and all of them when nobody looks.
  (void)reader.read({}, usage_detail::measured);
  const auto none = descriptors_open();
  (void)reader.read(targets, usage_detail::measured);
  BOOST_TEST(descriptors_open() > none);
  reader.rest();
  BOOST_TEST(descriptors_open() == none);
}

BOOST_AUTO_TEST_CASE(no_more_files_are_kept_open_than_may_be) {
  const fake_host host;
  std::vector<usage_target> targets;
  for (int i = 0; i < 10; ++i) {
    const auto leaf = "hiisi/1000/" + std::to_string(i);
    host.add_process(500 + i, 500 + i, "/" + leaf);
    host.write("cgroup/" + leaf + "/cgroup.procs",
               std::to_string(500 + i) + "\n");
    host.write("cgroup/" + leaf + "/cpu.stat", "user_usec 1\n");
    targets.push_back({static_cast<uint32_t>(i), 1000, 500 + i});
  }
  constexpr size_t most = 7;
  auto reader = host.reader(most);
  (void)reader.read({}, usage_detail::measured);
  for (const auto& one : reader.read(targets, usage_detail::basic))
    BOOST_TEST(one.has_value());
  const auto before = descriptors_open();
  for (int round = 0; round < 2; ++round)
    for (const auto& one : reader.read(targets, usage_detail::measured))
      BOOST_TEST(one.has_value());
  BOOST_TEST(descriptors_open() <= before + most);
}

BOOST_AUTO_TEST_CASE(a_number_used_again_is_not_taken_for_who_had_it) {
  kept_files files{8};
  proc_files proc{"/proc"};
  const auto pid = ::fork();
  if (pid == 0)
    for (;;)
      ::pause();
  files.begin_pass(true);
  auto& stat = files.of(kept_files::kind::stat, static_cast<uint32_t>(pid));
  const auto path = std::to_string(pid) + "/stat";
  BOOST_TEST(!proc.read(path.c_str(), stat).empty());
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  // As if another had the number: what is read is what the path leads to.
  BOOST_TEST(proc.read("self/stat", stat)
                 .starts_with(std::to_string(::getpid()) + " "));
  files.end_pass();
  BOOST_TEST(files.count() == 1u);
}

BOOST_AUTO_TEST_CASE(the_host_is_told_of) {
  proc_files proc{"/proc"};
  const auto host = read_host(proc);
  BOOST_TEST(host.cpu.size() == 8u);
  BOOST_TEST(host.memory_total > host.memory_available);
  BOOST_TEST(host.memory_available > 0u);
  BOOST_TEST((host.uptime > 0s));
  const auto self = read_self(proc);
  BOOST_TEST(self.resident > 0u);
  BOOST_TEST(self.descriptors >= 3u);
  BOOST_TEST(self.max_descriptors >= self.descriptors);
  BOOST_TEST(read_volume("state", "/tmp").has_value());
  BOOST_TEST(!read_volume("state", "/nowhere").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
