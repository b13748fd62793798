#pragma once

#include "test/support/system_connection.hpp"
#include "test/support/system_json.hpp"
#include "test/support/system_launch.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/wait_until.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::test {

/// What differs from the usual private instance.
struct instance_options {
  /// Entries of hiidet.ron, such as "finished_kept: 3,".
  std::string config{};
  /// Further variables in hiidet's environment.
  std::map<std::string, std::string> env{};
  /// RLIMIT_NOFILE of hiidet.
  std::optional<unsigned> descriptors{};
  /// Another place for the state than `place`/state.
  std::optional<std::string> state_dir{};
  /// Another place for the sockets than `state`/run.
  std::optional<std::string> runtime_dir{};
  /// hiidet is not started yet.
  bool idle = false;
};

/// What a call of `hiisi` has otherwise than usual.
struct call_options {
  std::map<std::string, std::string> env{};
  std::string cwd{};
};

/// A hiidet of a test's own, in the mode of the test, with a directory of its
/// own. Whatever it and the test have started ends with it, and no file stays.
class instance {
public:
  explicit instance(instance_options options = {});
  ~instance();
  instance(const instance&) = delete;
  instance& operator=(const instance&) = delete;

  // -- the daemon -------------------------------------------------------------

  /// Starts it and waits until it answers.
  void start();
  /// Has another program start it, which finds hiidet's words behind its own.
  /// `knock` is called until it is true, in case that program waits for it.
  void start_under(std::vector<std::string> words,
                   const std::function<bool()>& knock);
  /// Runs a further hiidet on the same places to its end, which is to come.
  [[nodiscard]] outcome start_another(std::vector<std::string> extra
                                      = {}) const;
  void kill_daemon();
  /// A variable in its environment from the next start on.
  void set_environment(const std::string& name, std::string value) {
    options_.env[name] = std::move(value);
  }
  /// By SIGTERM; its exit status.
  int end_daemon();
  void signal_daemon(int signal) const;
  [[nodiscard]] bool daemon_lives() const { return lives(daemon_); }
  [[nodiscard]] pid_t daemon() const { return daemon_; }
  /// What it has written so far.
  [[nodiscard]] std::string log() const { return text_of(log_); }
  /// Waits until its log holds `text`.
  [[nodiscard]] bool logs(const std::string& text) const;
  /// How hiidet is started: as whom, with what.
  [[nodiscard]] launch daemon_launch() const;
  /// Pids of keepers and their guardians.
  [[nodiscard]] std::vector<int> keepers() const;
  /// The keeper that its guardian has started; 0 while there is none.
  [[nodiscard]] int keeper() const;

  // -- places -----------------------------------------------------------------

  /// A directory that everyone may pass through and the daemon's user owns.
  [[nodiscard]] const std::string& place() const { return place_.path(); }
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return place_ / name;
  }
  [[nodiscard]] std::string state() const { return state_; }
  [[nodiscard]] std::string runtime() const {
    return options_.runtime_dir.value_or(state_ + "/run");
  }
  [[nodiscard]] std::string socket() const { return runtime() + "/hiisi.sock"; }
  /// The probe, under a unique name, and that name.
  [[nodiscard]] std::string probe() const { return place_ / probe_name_; }
  [[nodiscard]] const std::string& probe_name() const { return probe_name_; }
  /// The word, and what no other instance has behind it: names and files that
  /// end up in a user's ~/.logs are told apart by it.
  [[nodiscard]] std::string unique(const std::string& word) const {
    return word + "-" + place().substr(place().size() - 6);
  }
  /// A directory of that user's own, made on first use.
  [[nodiscard]] std::string work_dir(const account& who) const;

  // -- the command line -------------------------------------------------------

  [[nodiscard]] launch call(const account& who, std::vector<std::string> words,
                            const call_options& options = {}) const;
  /// Runs `hiisi` with these words as that user.
  [[nodiscard]] outcome hiisi(const account& who,
                              std::vector<std::string> words,
                              const call_options& options = {}) const;
  /// Runs it with --json; it must end with 0.
  [[nodiscard]] json hiisi_json(const account& who,
                                std::vector<std::string> words,
                                const call_options& options = {}) const;
  /// `hiisi run` with these words; the id of what it started.
  uint32_t run(const account& who, std::vector<std::string> words,
               const call_options& options = {}) const;
  /// Runs the probe with these words.
  uint32_t run_probe(const account& who, std::vector<std::string> words,
                     std::vector<std::string> run_options = {}) const;

  // -- the socket -------------------------------------------------------------

  [[nodiscard]] connection connect(const account& who) const {
    return connection(socket(), who);
  }
  /// One request on a connection of its own, as that user.
  [[nodiscard]] json ask(const account& who, const std::string& body) const;
  /// The full status of a process, by protocol version 2.
  [[nodiscard]] json status(const account& who, uint32_t id) const;
  [[nodiscard]] std::string state_of(const account& who, uint32_t id) const;
  [[nodiscard]] int pid_of(const account& who, uint32_t id) const;
  /// Waits for a state; where it does not come the test fails.
  void wait_for(const account& who, uint32_t id,
                const std::string& state) const;
  /// What a process of that user, by the name of the probe, has written.
  [[nodiscard]] std::string output(const account& who, uint32_t id) const;
  /// Waits until that holds `text`; where it does not come the test fails.
  void wait_for_output(const account& who, uint32_t id,
                       const std::string& text) const;

private:
  void make_probe();
  void start(const launch& what, const std::function<bool()>& knock);

  temp_dir place_;
  instance_options options_;
  std::string state_;
  std::string log_;
  std::string probe_name_;
  pid_t daemon_ = -1;
};

/// A request with the key that has hiidet speak protocol version 2.
[[nodiscard]] std::string request(const std::string& command);
/// The same as the first Hiisi's client says it.
[[nodiscard]] std::string old_request(const std::string& command,
                                      const std::string& user = "somebody");
/// Where a program of ours is that every user can run.
[[nodiscard]] std::string program(const std::string& name);

} // namespace hiisi::test
