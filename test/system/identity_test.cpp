// Who and what a process is that Hiisi has started.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>

using namespace hiisi::test;

namespace {

/// What the probe reports.
class report {
public:
  report(const instance& here, const account& who,
         std::vector<std::string> words = {},
         const call_options& options = {}) {
    words.insert(words.begin(), {here.probe(), "report"});
    id = here.run(who, words, options);
    here.wait_for(who, id, "exited");
    std::istringstream in(here.output(who, id));
    for (std::string line; std::getline(in, line);)
      lines_.push_back(line);
    BOOST_TEST_REQUIRE(!lines_.empty());
    BOOST_TEST_REQUIRE(lines_.back() == "done");
  }

  /// All lines that begin with that word, without it.
  [[nodiscard]] std::vector<std::string> all(const std::string& key) const {
    std::vector<std::string> found;
    for (const auto& line : lines_)
      if (line.starts_with(key + " "))
        found.push_back(line.substr(key.size() + 1));
    return found;
  }
  [[nodiscard]] std::string one(const std::string& key) const {
    const auto found = all(key);
    BOOST_TEST_REQUIRE(found.size() == 1, key);
    return found.front();
  }

  uint32_t id = 0;

private:
  std::vector<std::string> lines_;
};

std::string four_times(uint32_t id) {
  const auto text = std::to_string(id);
  return text + " " + text + " " + text + " " + text;
}

constexpr const char* none = "0000000000000000";

} // namespace

BOOST_AUTO_TEST_SUITE(identity)

BOOST_AUTO_TEST_CASE(a_process_is_its_user_for_good) {
  const instance here;
  const report got(here, alice());
  BOOST_TEST(got.one("Uid") == four_times(alice().uid));
  BOOST_TEST(got.one("Gid") == four_times(alice().gid));
  std::string groups;
  for (const auto group : alice().groups)
    groups += (groups.empty() ? "" : " ") + std::to_string(group);
  BOOST_TEST(got.one("groups") == groups);
  for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    BOOST_TEST(got.one(set) == none, set);
  BOOST_TEST(got.one("NoNewPrivs") == "0");
}

BOOST_AUTO_TEST_CASE(its_descriptors_are_the_standard_three) {
  const instance here;
  const report got(here, alice());
  const auto fds = got.all("fd");
  const auto logs = alice().home + "/.logs/" + std::to_string(got.id) + "-"
                    + here.probe_name();
  BOOST_TEST_REQUIRE(fds.size() == 3);
  BOOST_TEST(fds[0] == "0 /dev/null");
  BOOST_TEST(fds[1] == "1 " + logs + ".out");
  BOOST_TEST(fds[2] == "2 " + logs + ".err");
}

BOOST_AUTO_TEST_CASE(its_signals_are_as_they_are_in_a_fresh_login) {
  const instance here;
  const report got(here, alice());
  BOOST_TEST(got.one("SigBlk") == none);
  BOOST_TEST(got.one("SigIgn") == none);
}

BOOST_AUTO_TEST_CASE(it_leads_a_session_of_its_own) {
  const instance here;
  const report got(here, alice());
  BOOST_TEST(got.one("sid") == got.one("pid"));
  BOOST_TEST(got.one("pgid") == got.one("pid"));
}

BOOST_AUTO_TEST_CASE(priorities_and_limits_are_not_the_daemons) {
  // hiidet needs many descriptors and raises its own limit.
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const rlimit before = files;
  files.rlim_cur = files.rlim_max / 2;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const instance here;
  const report got(here, alice());
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST(got.one("nice") == "0");
  BOOST_TEST(got.one("rlimit_nofile")
             == std::to_string(files.rlim_cur) + " "
                    + std::to_string(files.rlim_max));
  if (::geteuid() == 0 && mode_of_test() != system_mode::user)
    BOOST_TEST(got.one("oom_score_adj") == "0");
}

BOOST_AUTO_TEST_CASE(it_runs_where_hiisi_was_called) {
  const instance here;
  const auto directory = here.work_dir(alice());
  const report got(here, alice(), {}, {{}, directory});
  BOOST_TEST(got.one("cwd") == directory);
  BOOST_TEST(here.status(alice(), got.id)["cwd"].str() == directory);
}

BOOST_AUTO_TEST_CASE(it_takes_the_callers_umask_along) {
  const instance here;
  const report got(here, alice());
  BOOST_TEST(got.one("umask") == "0022");
}

BOOST_AUTO_TEST_CASE(its_environment_is_the_callers_and_nothing_else) {
  const instance here{{.env = {{"PLANTED", "in the daemon"}}}};
  const call_options options{
      {{"GREETING", "päivää, \"world\"\nand more"}, {"EMPTY", ""}}, {}};
  const report got(here, alice(), {}, options);
  std::vector<std::string> expected;
  for (const auto& [name, value] : here.call(alice(), {}, options).env)
    expected.push_back(
        name + "="
        + (name == "GREETING" ? "päivää, \"world\"\\nand more" : value));
  expected.push_back("HIISI_ID=" + std::to_string(got.id));
  auto env = got.all("env");
  // The run's own mark: when it was forked.
  const auto run
      = std::find_if(env.begin(), env.end(), [](const auto& variable) {
          return variable.starts_with("HIISI_RUN=");
        });
  BOOST_TEST_REQUIRE((run != env.end()));
  BOOST_TEST(run->size() > std::string("HIISI_RUN=").size());
  env.erase(run);
  std::sort(env.begin(), env.end());
  std::sort(expected.begin(), expected.end());
  BOOST_TEST(env == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_argument_arrives_as_it_was_given) {
  const instance here;
  const report got(here, alice(),
                   {"two words", "", "it's", "\"quoted\"", "a\nb",
                    "päivää 🦊", "$HOME", "*", "back\\slash", "--name",
                    " "});
  const std::vector<std::string> expected{
      here.probe(), "report",     "two words",     "",
      "it's",       "\"quoted\"", "a\\nb",         "päivää 🦊",
      "$HOME",      "*",          "back\\\\slash", "--name",
      " "};
  BOOST_TEST(got.all("arg") == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(its_logs_are_its_users_alone) {
  const instance here;
  const auto id
      = here.run_probe(alice(), {"wait", "print=to stdout", "error=to stderr"});
  here.wait_for_output(alice(), id, "ready");
  const auto logs = here.hiisi_json(alice(), {"logs", std::to_string(id)});
  const auto base
      = alice().home + "/.logs/" + std::to_string(id) + "-" + here.probe_name();
  BOOST_TEST(logs["stdout"]["path"].str() == base + ".out");
  BOOST_TEST(logs["stderr"]["path"].str() == base + ".err");
  for (const auto& file : {base + ".out", base + ".err"}) {
    struct stat is {};
    BOOST_TEST_REQUIRE(::stat(file.c_str(), &is) == 0);
    BOOST_TEST((is.st_mode & 07777) == 0600);
    BOOST_TEST(is.st_uid == alice().uid);
    BOOST_TEST(is.st_gid == alice().gid);
  }
  struct stat directory {};
  BOOST_TEST_REQUIRE(::stat((alice().home + "/.logs").c_str(), &directory)
                     == 0);
  BOOST_TEST((directory.st_mode & 07777) == 0700);
  BOOST_TEST(directory.st_uid == alice().uid);
  BOOST_TEST(text_of(base + ".out").starts_with("to stdout\nready "));
  BOOST_TEST(text_of(base + ".err") == "to stderr\n");
  BOOST_TEST(logs["stdout"]["lines"][0].str() == "to stdout");
  BOOST_TEST(logs["stderr"]["lines"][0].str() == "to stderr");
}

BOOST_AUTO_TEST_CASE(limits_of_a_run_are_the_processes) {
  const instance here;
  const auto id = here.run(
      alice(), {"--limit", "nofile=64,nproc=4000,cpu=60,memory=512MiB",
                here.probe(), "wait"});
  here.wait_for_output(alice(), id, "ready");
  const auto shown = here.hiisi(alice(), {"status", std::to_string(id)}).out;
  for (const auto* limit :
       {"open files 64", "processes 4000", "cpu time 1m", "512 MiB"})
    BOOST_TEST(shown.find(limit) != std::string::npos, limit << shown);
  const report got(here, alice(), {}, {});
  BOOST_TEST(got.one("rlimit_nofile") != "64 64");
  BOOST_TEST(here.hiisi(alice(), {"restart", std::to_string(id)}).status == 0);
  const auto limits = text_of(
      "/proc/" + std::to_string(here.pid_of(alice(), id)) + "/limits");
  BOOST_TEST(limits.find("Max cpu time              60                   65")
                 != std::string::npos,
             limits);
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_run_is_held_to_its_limits_as_a_whole) {
  // What the host has is for root's keeper alone.
  std::string mount = "/sys/fs/cgroup/unified";
  if (!std::filesystem::exists(mount + "/cgroup.procs"))
    mount = "/sys/fs/cgroup";
  const auto words = " " + text_of(mount + "/cgroup.controllers") + " ";
  const auto there = [&](const std::string& controller) {
    return mode_of_test() != system_mode::user
           && std::regex_search(words, std::regex{"\\s" + controller + "\\s"});
  };
  const instance here;
  const auto id = here.run(
      alice(), {"--limit", "memory=512MiB,nproc=4000", here.probe(), "wait"});
  here.wait_for_output(alice(), id, "ready");
  const auto shown = here.hiisi(alice(), {"status", std::to_string(id)}).out;
  BOOST_TEST((shown.find("memory of all 512 MiB") != std::string::npos)
                 == there("memory"),
             shown);
  BOOST_TEST((shown.find("threads of all 4000") != std::string::npos)
                 == there("pids"),
             shown);
  const auto held = here.hiisi(
      alice(), {"run", "--limit", "cpus=1.5", here.probe(), "wait"});
  if (there("cpu")) {
    BOOST_TEST(held.status == 0, held.err);
    const auto all = here.hiisi(alice(), {"status", std::to_string(id + 1)});
    BOOST_TEST(all.out.find("CPUs of all 1.5") != std::string::npos, all.out);
  } else {
    BOOST_TEST(held.status == 1);
    BOOST_TEST(held.err.find("nothing here can hold it to --limit cpus=")
                   != std::string::npos,
               held.err);
  }
  BOOST_TEST(here.hiisi(alice(), {"stop", "--all"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_limit_can_be_lowered_and_not_raised) {
  // Below what even root cannot exceed (fs.nr_open).
  const rlimit files{4096, 4096};
  BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  const instance here;
  const auto refused = here.hiisi(
      alice(), {"run", "--limit", "nofile=4097", here.probe(), "report"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(
      refused.err.find("setting resource limits: Operation not permitted "
                       "(a limit can be lowered and not raised)")
          != std::string::npos,
      refused.err);
  const report got(here, alice(), {}, {});
  BOOST_TEST(got.one("rlimit_nofile") == "4096 4096");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_cpu_time_is_told_as_such) {
  const instance here;
  const auto id = here.run(
      alice(), {"--limit", "cpu=1", here.probe(), "wait", "burn=60000"});
  here.wait_for(alice(), id, "exited");
  const auto shown = here.hiisi(alice(), {"status", std::to_string(id)}).out;
  BOOST_TEST(shown.find("SIGXCPU") != std::string::npos, shown);
}

BOOST_AUTO_TEST_SUITE_END()
