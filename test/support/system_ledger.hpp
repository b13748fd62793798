#pragma once

#include "test/support/system_instance.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hiisi::test {

/// What a look at an instance found to be other than acknowledged.
struct findings {
  /// Each in words; none if all is well.
  std::vector<std::string> problems;
  int lost = 0;
  int doubled = 0;
  /// Exit statuses that are wrong, or unknown though they need not be.
  int statuses_lost = 0;

  [[nodiscard]] bool none() const { return problems.empty(); }
  [[nodiscard]] std::string text() const;
};

/// Has an instance do things for alice, keeps in mind what was acknowledged,
/// and holds that against what there is after a crash: nothing of it is lost or
/// doubled, what was not acknowledged was done as a whole or not at all, and
/// nothing is left over.
class ledger {
public:
  explicit ledger(const instance& here) : here_(here) {}

  // Each does it, and says whether it was acknowledged.

  /// Starts the probe, which ends with `status` once it is told to; with a
  /// restart policy if it is to be kept running. The name is the ledger's.
  bool run(bool kept, int status = 0, std::vector<std::string> options = {});
  /// Starts one that ends by itself with that status.
  bool run_to_exit(int status);
  bool stop(const std::string& name);
  bool restart(const std::string& name);
  /// All that is up. Where that fails, what has no policy may be left failed.
  void restart_all();
  bool remove(const std::string& name);
  /// Has it end by itself, with its status, by a signal that hiidet knows
  /// nothing of. False where it is not known to run.
  bool end(const std::string& name);
  /// Kills it, from outside. False where it is not known to run.
  bool kill(const std::string& name);
  bool allocate_port();
  bool free_port();
  bool add_hook();

  /// The names of those that are to be up, with a policy or without.
  [[nodiscard]] std::vector<std::string> up(bool kept) const;
  [[nodiscard]] std::vector<std::string> finished() const;
  /// The latest that was started and is not removed.
  [[nodiscard]] std::string latest() const;

  /// Compares, again until nothing is found or `limit` is over, and takes over
  /// what was not acknowledged as it is found. `gap`: the keeper died, so that
  /// an exit status since the last look may be unknown, though not wrong.
  findings compare(bool gap, std::chrono::milliseconds limit = patience);

  /// Removes all, and looks for what is left over.
  findings clear(std::chrono::milliseconds limit = patience);

  /// How many exits were seen with their status, and without.
  int statuses_known = 0;
  int statuses_unknown = 0;

private:
  enum class wish { up, stopped, ended, gone };
  struct service {
    wish wanted = wish::up;
    /// Its latest change was acknowledged.
    bool certain = true;
    bool kept = false;
    int status = 0;
    uint32_t id = 0;
    /// Its first process, while that is to stay the same.
    std::optional<int> pid;
    /// It was seen to have ended with its status.
    bool status_seen = false;
  };
  enum class standing { held, free, unknown };

  bool note(const std::string& name, const std::vector<std::string>& words,
            wish wanted);
  void look(findings& found, bool gap);
  void look_at(const std::string& name, service& one, const json* listed,
               findings& found, bool gap);
  void look_at_processes(const json& listed, findings& found) const;
  void look_at_ports(findings& found);
  void look_at_files(findings& found) const;
  void adopt(const json& listed);

  const instance& here_;
  std::map<std::string, service> services_;
  int count_ = 0;
  std::map<uint16_t, standing> ports_;
  uint16_t next_port_ = 21000;
  int hooks_ = 0;
  int hooks_unknown_ = 0;
};

} // namespace hiisi::test
