// What tells a process of Hiisi's from a login shell of the same user.
#include "test/support/system_instance.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <signal.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

/// What the probe reports, by the first word of each line.
std::multimap<std::string, std::string> read_report(const std::string& text) {
  std::multimap<std::string, std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto blank = std::min(line.find(' '), line.size());
    found.emplace(line.substr(0, blank), line.substr(blank));
  }
  BOOST_TEST_REQUIRE(found.count("done") == 1u, text);
  return found;
}

/// The environment, without what README.org names as differing.
std::set<std::string>
environment_of(const std::multimap<std::string, std::string>& report) {
  std::set<std::string> all;
  const auto [first, last] = report.equal_range("env");
  for (auto i = first; i != last; ++i) {
    const auto name = i->second.substr(1, i->second.find('=') - 1);
    const std::set<std::string> other
        = {"HIISI_ID", "HIISI_RUN", "TERM", "_", "SHLVL", "OLDPWD", "MAIL"};
    if (!other.contains(name) && !name.starts_with("XDG_"))
      all.insert(i->second.substr(1));
  }
  return all;
}

void give_shell(const account& who) {
  const detail::database_lock locked;
  BOOST_TEST_REQUIRE(
      run_to_end({self(),
                  {"/usr/sbin/usermod", "-s", "/bin/sh", who.name},
                  {},
                  "/",
                  {}})
          .status
      == 0);
}

/// Gives the user a profile for as long as it lives.
class profile {
public:
  profile(const account& who, std::string_view text)
      : path_(who.home + "/.profile") {
    std::ofstream(path_) << text;
    BOOST_TEST_REQUIRE(::chown(path_.c_str(), who.uid, who.gid) == 0);
  }
  ~profile() { ::unlink(path_.c_str()); }
  profile(const profile&) = delete;
  profile& operator=(const profile&) = delete;

private:
  std::string path_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(login)

BOOST_AUTO_TEST_CASE(a_process_is_as_a_login_shell_of_its_user) {
  const instance here;
  give_shell(alice());
  const profile hers(alice(), "echo welcome\numask 027\n"
                              "export OF_THE_PROFILE='two\nlines'\n");
  const auto su = run_to_end(
      {self(),
       {"/bin/su", "-", alice().name, "-c", here.probe() + " report"},
       {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"OF_THE_CALLER", "1"}},
       "/",
       {}});
  BOOST_TEST_REQUIRE(su.status == 0, su.err);
  const auto shell = read_report(su.out);
  const auto id = here.run(alice(), {"--login", here.probe(), "report"},
                           {{{"OF_THE_CALLER", "1"}}, {}});
  here.wait_for(alice(), id, "exited");
  const auto ours = read_report(here.output(alice(), id));
  int equal = 0;
  for (const auto* key : {"Uid", "Gid", "groups", "CapInh", "CapPrm", "CapEff",
                          "CapBnd", "CapAmb", "NoNewPrivs", "SigBlk", "SigIgn",
                          "umask", "nice", "oom_score_adj", "cwd"}) {
    BOOST_TEST_REQUIRE(shell.count(key) == 1u, key);
    BOOST_TEST_REQUIRE(ours.count(key) == 1u, key);
    BOOST_TEST(shell.find(key)->second == ours.find(key)->second, key);
    equal += shell.find(key)->second == ours.find(key)->second;
  }
  const auto expected = environment_of(shell);
  const auto found = environment_of(ours);
  BOOST_TEST(found == expected, boost::test_tools::per_element());
  equal += found == expected;
  BOOST_TEST(found.contains("OF_THE_PROFILE=two\\nlines"));
  BOOST_TEST(ours.find("umask")->second == " 0027");
  // Different for a reason: session, terminal, descriptors, limits.
  BOOST_TEST(ours.find("sid")->second == ours.find("pid")->second);
  BOOST_TEST(ours.count("fd") == 3u);
  BOOST_TEST(ours.find("fd")->second == " 0 /dev/null");
  BOOST_TEST_MESSAGE("identity: " << equal
                                  << " of 20 attributes equal, 4 different for "
                                     "a reason");
}

BOOST_AUTO_TEST_CASE(a_login_that_fails_or_hangs_is_told) {
  const instance here;
  give_shell(alice());
  const auto error_with = [&](std::string_view text) {
    const profile hers(alice(), text);
    const auto run
        = here.hiisi(alice(), {"run", "--login", here.probe(), "report"});
    BOOST_TEST(run.status == 1);
    return run.err;
  };
  const auto failed = error_with("exit 7\n");
  BOOST_TEST(failed.find("/bin/sh failed (exit status 7)") != std::string::npos,
             failed);
  const auto hung = error_with("exec sleep 600\n");
  BOOST_TEST(hung.find("was not done with your profile within 10 s")
                 != std::string::npos,
             hung);
}

BOOST_AUTO_TEST_CASE(what_a_profile_leaves_behind_holds_up_nobody) {
  const instance here;
  give_shell(alice());
  const profile hers(alice(), "sleep 60 & echo $! >~/left\n");
  const auto id = here.run(alice(), {"--login", here.probe(), "report"});
  here.wait_for(alice(), id, "exited");
  send_signal(std::stoi(text_of(alice().home + "/left")), SIGKILL);
}

BOOST_AUTO_TEST_SUITE_END()
