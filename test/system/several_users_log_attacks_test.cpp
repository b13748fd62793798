// What a user may put in the place of their logs, so that whoever opens them
// writes elsewhere. Attacks A2 to A5 of test/attacks.tsv.
#include "test/support/canary.hpp"
#include "test/support/in_child.hpp"
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hiisi::test;
using hiisi::protocol::frame;

namespace {

namespace fs = std::filesystem;

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// Alice's ~/.logs, which is as the test makes it and gone afterwards.
class planted_logs {
public:
  planted_logs() { clear(); }
  ~planted_logs() { clear(); }
  planted_logs(const planted_logs&) = delete;
  planted_logs& operator=(const planted_logs&) = delete;

  /// What the processes with the first ids of a new instance would write.
  template <class Plant>
  void plant_each(const instance& here, Plant plant) const {
    clear();
    fs::create_directory(path());
    give(path());
    for (int id = 1; id <= 3; ++id)
      for (const auto* stream : {".out", ".err"})
        plant(path() + "/" + std::to_string(id) + "-" + here.probe_name()
              + stream);
  }
  static void give(const std::string& path) {
    if (::lchown(path.c_str(), alice().uid, alice().gid) != 0)
      throw std::runtime_error("lchown " + path);
  }
  [[nodiscard]] static std::string path() { return alice().home + "/.logs"; }
  static void clear() { fs::remove_all(path()); }
};

/// Alice's run is refused, soon, for a reason that names the log.
void expect_refusal(const instance& here, const std::string& reason) {
  const auto begin = std::chrono::steady_clock::now();
  const auto got = here.hiisi(alice(), {"run", here.probe(), "wait"});
  BOOST_TEST(got.status == 1, got.out);
  BOOST_TEST(contains(got.err, planted_logs::path()), got.err);
  BOOST_TEST(contains(got.err, reason), got.err);
  BOOST_TEST(
      (std::chrono::steady_clock::now() - begin < std::chrono::seconds(8)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_attacks)

BOOST_AUTO_TEST_CASE(links_to_roots_files_are_not_followed) {
  const instance here;
  const canary roots(here / "roots");
  const planted_logs logs;
  logs.plant_each(here, [&](const std::string& path) {
    fs::create_symlink(roots.file(), path);
    planted_logs::give(path);
  });
  expect_refusal(here, "symbolic link");
  BOOST_TEST(roots.unharmed());
}

BOOST_AUTO_TEST_CASE(a_directory_that_leads_elsewhere_is_entered_as_its_user) {
  const instance here;
  const canary roots(here / "roots");
  const canary bobs(here / "bobs", bob().uid);
  const planted_logs logs;
  for (const auto* target : {&roots, &bobs}) {
    planted_logs::clear();
    fs::create_symlink(target->path(), planted_logs::path());
    planted_logs::give(planted_logs::path());
    expect_refusal(here, "Permission denied");
    BOOST_TEST(target->unharmed());
  }
}

BOOST_AUTO_TEST_CASE(renames_during_starts_lead_nowhere) {
  const instance here{{.config = "limits: (starts_per_minute: None),"}};
  const canary roots(here / "roots");
  const planted_logs logs;
  // She swaps the directory for a link to root's as fast as she can.
  const auto her = alice();
  const auto directory = planted_logs::path();
  const auto trap = her.home + "/.trap";
  fs::create_directory(planted_logs::path());
  fs::create_symlink(roots.path(), trap);
  planted_logs::give(planted_logs::path());
  planted_logs::give(trap);
  const auto racer = ::fork();
  if (racer == 0) {
    while (become(her))
      ::renameat2(AT_FDCWD, directory.c_str(), AT_FDCWD, trap.c_str(),
                  RENAME_EXCHANGE);
    ::_exit(1);
  }
  constexpr int at_once = 300;
  auto talk = here.connect(alice());
  std::string bytes;
  for (int i = 0; i < at_once; ++i)
    bytes += frame(request(
        R"({"Run":{"argv":["/bin/echo","attack"],"cwd":"/","env":{}}})"));
  int started = 0;
  int refused = 0;
  // Until both sides of the race were seen.
  for (int round = 0; round < 20 && (started == 0 || refused == 0); ++round) {
    BOOST_TEST(talk.send_raw(bytes));
    for (int i = 0; i < at_once; ++i) {
      const json answer(talk.next().value_or("{}"));
      ++(answer.has("Ok") ? started : refused);
    }
  }
  ::kill(racer, SIGKILL);
  ::waitpid(racer, nullptr, 0);
  fs::remove_all(trap);
  BOOST_TEST_MESSAGE(started << " started, " << refused << " refused");
  BOOST_TEST(started > 0);
  BOOST_TEST(refused > 0);
  BOOST_TEST(roots.unharmed());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_of_ones_own_is_refused_at_once) {
  const instance here;
  const planted_logs logs;
  logs.plant_each(here, [](const std::string& path) {
    ::mkfifo(path.c_str(), 0600);
    planted_logs::give(path);
  });
  expect_refusal(here, "");
  logs.plant_each(here, [](const std::string& path) {
    fs::create_directory(path);
    planted_logs::give(path);
  });
  expect_refusal(here, "directory");
  // A device that swallows all, which root alone could have made.
  logs.plant_each(here, [](const std::string& path) {
    if (::mknod(path.c_str(), S_IFCHR | 0666, 0x103) != 0)
      throw std::runtime_error("mknod " + path);
    planted_logs::give(path);
  });
  expect_refusal(here, "");
  BOOST_TEST(here.hiisi(bob(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(hard_links_to_others_files_are_refused) {
  const instance here;
  const planted_logs logs;
  // Bob lets everybody write to it; that does not make it alice's log. The
  // kernel may forbid her to make such links, so root makes them.
  const auto bobs = here / "bobs";
  std::ofstream(bobs) << "bob's\n";
  if (::chmod(bobs.c_str(), 0666) != 0
      || ::chown(bobs.c_str(), bob().uid, bob().gid) != 0)
    throw std::runtime_error("chown " + bobs);
  logs.plant_each(
      here, [&](const std::string& path) { fs::create_hard_link(bobs, path); });
  expect_refusal(here, "");
  BOOST_TEST(text_of(bobs) == "bob's\n");
}

BOOST_AUTO_TEST_SUITE_END()
