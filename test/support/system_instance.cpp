#include "test/support/system_instance.hpp"

#include "actors/core/proc_stat.hpp"
#include "test/support/system_leftovers.hpp"

#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::test {

namespace {

namespace fs = std::filesystem;

/// Variables without which an instrumented program or none at all runs right.
std::map<std::string, std::string> usual_environment(const account& who) {
  std::map<std::string, std::string> env{{"PATH", "/usr/bin:/bin"},
                                         {"HOME", who.home},
                                         {"USER", who.name},
                                         {"LC_ALL", "C.UTF-8"}};
  for (const auto* name :
       {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"})
    if (const auto* value = std::getenv(name))
      env[name] = value;
  return env;
}

bool open_to_all(const fs::path& directory) {
  struct stat is {};
  return ::stat(directory.c_str(), &is) == 0 && (is.st_mode & S_IXOTH) != 0
         && (directory == directory.root_path()
             || open_to_all(directory.parent_path()));
}

/// The programs' directory; a copy where others than we cannot get to it.
class program_place {
public:
  program_place() {
    // Others than those that were built beside the tests, where asked for.
    const auto* given = std::getenv("HIISI_TEST_PROGRAMS");
    const fs::path built = given == nullptr ? HIISI_BIN_DIR : given;
    if (::geteuid() != 0 || open_to_all(built)) {
      path_ = built.string();
      return;
    }
    for (const auto* name :
         {"hiidet", "hiisi", "hiisi-keeper", "hiisi-rotate", "test_probe"})
      fs::copy_file(built / name, copy_ / name);
    path_ = copy_.path();
  }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  temp_dir copy_;
  std::string path_;
};

} // namespace

std::string program(const std::string& name) {
  static const program_place place;
  return place.path() + "/" + name;
}

std::string request(const std::string& command) {
  return R"({"hiisi":{"protocol":2},"cmd":)" + command + R"(,"user":""})";
}

std::string old_request(const std::string& command, const std::string& user) {
  return R"({"cmd":)" + command + R"(,"user":")" + user + R"("})";
}

instance::instance(instance_options options) : options_(std::move(options)) {
  state_ = options_.state_dir.value_or(place_ / "state");
  log_ = place_ / "hiidet.log";
  std::string config = "(" + options_.config;
  if (mode_of_test() == system_mode::root)
    config += "user: \"hxt-nobody-has-this-name\",";
  if (mode_of_test() == system_mode::dropped)
    config += "user: \"" + daemon_account().name + "\",";
  config += ")\n";
  const auto path = place_ / "hiidet.ron";
  const os::fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (::write(file.get(), config.data(), config.size())
      != static_cast<ssize_t>(config.size()))
    throw std::runtime_error("cannot write " + path);
  ::fchmod(file.get(), 0644);
  if (mode_of_test() == system_mode::user && !options_.state_dir) {
    if (::mkdir(state_.c_str(), 0700) != 0)
      throw std::runtime_error("mkdir " + state_);
    if (::geteuid() == 0
        && ::chown(state_.c_str(), alice().uid, alice().gid) != 0)
      throw std::runtime_error("chown " + state_);
  }
  make_probe();
  if (!options_.idle)
    start();
}

instance::~instance() {
  try {
    // Kindly first, so that the keeper clears away what it has made.
    if (daemon_lives()) {
      std::ignore = hiisi(alice(), {"rm", "--all"});
      end_daemon();
    }
  } catch (const std::exception& problem) {
    BOOST_TEST_MESSAGE("ending the instance: " << problem.what());
  }
  end_processes_of(place());
  remove_cgroups_of(runtime());
  if (::geteuid() != 0)
    remove_logs(alice(), unique(""));
  const auto unfinished
      = !boost::unit_test::results_collector
             .results(boost::unit_test::framework::current_test_case().p_id)
             .passed();
  if (unfinished || std::uncaught_exceptions() > 0)
    BOOST_TEST_MESSAGE("what hiidet said:\n" << log());
}

void instance::make_probe() {
  probe_name_ = unique("probe");
  fs::create_symlink(program("test_probe"), probe());
}

// -- the daemon ---------------------------------------------------------------

launch instance::daemon_launch() const {
  launch what;
  what.who = mode_of_test() == system_mode::user ? alice() : self();
  what.argv = {program("hiidet"), "--state-dir", state_, "--config",
               place_ / "hiidet.ron"};
  if (options_.runtime_dir)
    what.argv.insert(what.argv.end(), {"--runtime-dir", *options_.runtime_dir});
  what.env = usual_environment(what.who);
  what.env.insert(options_.env.begin(), options_.env.end());
  what.env[instance_marker] = place();
  what.descriptors = options_.descriptors;
  return what;
}

void instance::start() {
  start(daemon_launch(), [] { return true; });
}

void instance::start_under(std::vector<std::string> words,
                           const std::function<bool()>& knock) {
  auto what = daemon_launch();
  // Such a program may pass on none of its environment.
  words.emplace_back("/usr/bin/env");
  for (const auto& [name, value] : what.env)
    words.push_back(name + "=" + value);
  what.argv.insert(what.argv.begin(), words.begin(), words.end());
  start(what, knock);
}

void instance::start(const launch& what, const std::function<bool()>& knock) {
  const os::fd output(
      ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  daemon_ = start_program(what, output.get(), output.get());
  std::ignore = wait_until(knock, patience);
  const auto answers = [this] {
    if (!daemon_lives())
      return true;
    try {
      auto talk = connection(socket(), alice());
      return talk.send(request("\"Version\"")) && talk.next().has_value();
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  if (!wait_until(answers, patience) || !daemon_lives())
    throw std::runtime_error("hiidet does not serve; it said: " + log());
}

outcome instance::start_another(std::vector<std::string> extra) const {
  auto what = daemon_launch();
  what.argv.insert(what.argv.end(), extra.begin(), extra.end());
  return run_to_end(what);
}

void instance::kill_daemon() {
  send_signal(daemon_, SIGKILL);
  if (!wait_for_exit(daemon_))
    throw std::runtime_error("hiidet survives SIGKILL");
  daemon_ = -1;
}

int instance::end_daemon() {
  send_signal(daemon_, SIGTERM);
  const auto status = wait_for_exit(daemon_);
  if (!status)
    throw std::runtime_error("hiidet does not end by SIGTERM");
  daemon_ = -1;
  return *status;
}

void instance::signal_daemon(int signal) const {
  send_signal(daemon_, signal);
}

bool instance::logs(const std::string& text) const {
  return wait_until([&] { return log().find(text) != std::string::npos; },
                    patience);
}

std::vector<int> instance::keepers() const {
  return processes_of(place(), "hiisi-keeper");
}

int instance::keeper() const {
  const auto all = keepers();
  // Which of them is the parent says it; numbers begin anew at some point.
  for (const auto pid : all) {
    const auto stat = text_of("/proc/" + std::to_string(pid) + "/stat");
    const auto seen = core::read_proc_stat(stat);
    if (seen && std::ranges::find(all, seen->parent) != all.end())
      return pid;
  }
  return 0;
}

// -- the command line ---------------------------------------------------------

std::string instance::work_dir(const account& who) const {
  auto path = place_ / ("work-" + who.name);
  if (::mkdir(path.c_str(), 0755) == 0 && ::geteuid() == 0
      && ::chown(path.c_str(), who.uid, who.gid) != 0)
    throw std::runtime_error("chown " + path);
  return path;
}

launch instance::call(const account& who, std::vector<std::string> words,
                      const call_options& options) const {
  launch what;
  what.who = who;
  what.argv = std::move(words);
  what.argv.insert(what.argv.begin(), program("hiisi"));
  what.env = usual_environment(who);
  what.env["HIISI_SOCKET"] = socket();
  what.env["HIISI_NO_AUTOSTART"] = "1";
  what.env[instance_marker] = place();
  for (const auto& [name, value] : options.env)
    what.env[name] = value;
  what.cwd = options.cwd.empty() ? place() : options.cwd;
  return what;
}

outcome instance::hiisi(const account& who, std::vector<std::string> words,
                        const call_options& options) const {
  return run_to_end(call(who, std::move(words), options));
}

json instance::hiisi_json(const account& who, std::vector<std::string> words,
                          const call_options& options) const {
  words.insert(words.begin(), "--json");
  const auto ended = hiisi(who, std::move(words), options);
  if (ended.status != 0)
    throw std::runtime_error("hiisi ended with " + std::to_string(ended.status)
                             + ": " + ended.out + ended.err);
  return json(ended.out);
}

uint32_t instance::run(const account& who, std::vector<std::string> words,
                       const call_options& options) const {
  words.insert(words.begin(), "run");
  return static_cast<uint32_t>(
      hiisi_json(who, std::move(words), options)["id"].number());
}

uint32_t instance::run_probe(const account& who, std::vector<std::string> words,
                             std::vector<std::string> run_options) const {
  run_options.push_back(probe());
  run_options.insert(run_options.end(), words.begin(), words.end());
  return run(who, std::move(run_options));
}

// -- the socket ---------------------------------------------------------------

json instance::ask(const account& who, const std::string& body) const {
  return json(connect(who).ask(body));
}

json instance::status(const account& who, uint32_t id) const {
  return ask(who, request(R"({"Status":{"id":)" + std::to_string(id)
                          + "}}"))["Ok"]["Status"][0];
}

std::string instance::state_of(const account& who, uint32_t id) const {
  return status(who, id)["state"].str();
}

int instance::pid_of(const account& who, uint32_t id) const {
  return static_cast<int>(status(who, id)["pid"].number());
}

void instance::wait_for(const account& who, uint32_t id,
                        const std::string& state) const {
  std::string last;
  const auto there = wait_until(
      [&] { return (last = state_of(who, id)) == state; }, patience);
  BOOST_TEST_REQUIRE(there, "process " << id << " is " << last
                                       << " and not yet " << state);
}

std::string instance::output(const account& who, uint32_t id) const {
  return text_of(who.home + "/.logs/" + std::to_string(id) + "-"
                 + status(who, id)["name"].str() + ".out");
}

void instance::wait_for_output(const account& who, uint32_t id,
                               const std::string& text) const {
  std::string last;
  const auto there = wait_until(
      [&] { return (last = output(who, id)).find(text) != std::string::npos; },
      patience);
  BOOST_TEST_REQUIRE(there, "no \"" << text << "\" in: " << last);
}

} // namespace hiisi::test
