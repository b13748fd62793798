#include "test/support/system_ledger.hpp"

#include "test/support/system_leftovers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace hiisi::test {

namespace {

/// The states that do not pass by themselves.
bool is_settled(const std::string& state) {
  return state == "running" || state == "stopped" || state == "exited"
         || state == "failed";
}

std::optional<json> named(const json& listed, const std::string& name) {
  for (const auto& one : listed["processes"].items())
    if (one["name"].str() == name)
      return one;
  return std::nullopt;
}

/// A variable in a process's environment, or "".
std::string variable_of(int pid, const std::string& name) {
  const auto text = text_of("/proc/" + std::to_string(pid) + "/environ");
  const auto at = ('\0' + text).find('\0' + name + "=");
  if (at == text.npos)
    return {};
  const auto from = at + name.size() + 1;
  return text.substr(from, text.find('\0', from) - from);
}

} // namespace

std::string findings::text() const {
  std::string out;
  for (const auto& one : problems)
    out += one + "\n";
  return out;
}

// -- doing --------------------------------------------------------------------

bool ledger::note(const std::string& name,
                  const std::vector<std::string>& words, wish wanted) {
  auto& one = services_[name];
  one.pid.reset();
  one.status_seen = false;
  one.wanted = wanted;
  one.certain = here_.hiisi(alice(), words).status == 0;
  return one.certain;
}

bool ledger::run(bool kept, int status, std::vector<std::string> options) {
  const auto name = "s" + std::to_string(++count_);
  std::vector<std::string> words{"run", "--name", name};
  if (kept)
    words.emplace_back("--restart");
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(),
               {here_.probe(), "wait", "exit=" + std::to_string(status)});
  auto& one = services_[name];
  one.kept = kept;
  one.status = status;
  return note(name, words, wish::up);
}

bool ledger::run_to_exit(int status) {
  const auto name = "s" + std::to_string(++count_);
  services_[name].status = status;
  return note(name,
              {"run", "--name", name, here_.probe(), "wait", "after=0",
               "exit=" + std::to_string(status)},
              wish::ended);
}

bool ledger::stop(const std::string& name) {
  return note(name, {"stop", name}, wish::stopped);
}

bool ledger::restart(const std::string& name) {
  return note(name, {"restart", name}, wish::up);
}

void ledger::restart_all() {
  const auto done = here_.hiisi(alice(), {"restart", "--all"}).status == 0;
  for (auto& [name, one] : services_)
    if (one.certain && one.wanted == wish::up) {
      one.pid.reset();
      // Where the start fails its policy brings it back; without one nothing.
      one.certain = done || one.kept;
    }
}

bool ledger::remove(const std::string& name) {
  return note(name, {"rm", name}, wish::gone);
}

bool ledger::end(const std::string& name) {
  auto& one = services_.at(name);
  const auto pid = std::exchange(one.pid, std::nullopt);
  if (!pid)
    return false;
  one.wanted = one.kept ? wish::up : wish::ended;
  send_signal(*pid, SIGTERM);
  return true;
}

bool ledger::kill(const std::string& name) {
  auto& one = services_.at(name);
  const auto pid = std::exchange(one.pid, std::nullopt);
  if (!pid)
    return false;
  send_signal(*pid, SIGKILL);
  return true;
}

bool ledger::allocate_port() {
  const auto port = next_port_++;
  const auto done
      = here_.hiisi(alice(), {"port", "allocate", std::to_string(port)}).status
        == 0;
  ports_[port] = done ? standing::held : standing::unknown;
  return done;
}

bool ledger::free_port() {
  const auto held = std::ranges::find_if(
      ports_, [](const auto& p) { return p.second == standing::held; });
  if (held == ports_.end())
    return false;
  const auto done
      = here_.hiisi(alice(), {"port", "free", std::to_string(held->first)})
            .status
        == 0;
  held->second = done ? standing::free : standing::unknown;
  return done;
}

bool ledger::add_hook() {
  const auto done
      = here_.hiisi(alice(), {"hook", "add", "--on", "give_up", "--", "true"})
            .status
        == 0;
  ++(done ? hooks_ : hooks_unknown_);
  return done;
}

// -- what there is to be ------------------------------------------------------

std::vector<std::string> ledger::up(bool kept) const {
  std::vector<std::string> names;
  for (const auto& [name, one] : services_)
    if (one.certain && one.wanted == wish::up && one.kept == kept)
      names.push_back(name);
  return names;
}

std::vector<std::string> ledger::finished() const {
  std::vector<std::string> names;
  for (const auto& [name, one] : services_)
    if (one.certain && one.wanted != wish::up && one.wanted != wish::gone)
      names.push_back(name);
  return names;
}

std::string ledger::latest() const {
  const auto latest = std::ranges::max_element(
      services_, {}, [](const auto& s) {
        return s.second.wanted == wish::gone ? 0 : std::stoi(s.first.substr(1));
      });
  return latest->first;
}

// -- comparing ----------------------------------------------------------------

findings ledger::compare(bool gap, std::chrono::milliseconds limit) {
  findings found;
  const auto begun = std::chrono::steady_clock::now();
  std::string waited_for;
  std::ignore = wait_until(
      [&] {
        if (std::chrono::steady_clock::now() - begun > std::chrono::seconds(3))
          waited_for = found.text();
        found = {};
        try {
          look(found, gap);
        } catch (const std::runtime_error& problem) {
          found.problems.emplace_back(problem.what());
        }
        return found.none();
      },
      limit);
  if (found.none() && !waited_for.empty())
    BOOST_TEST_MESSAGE("this took more than 3 s to pass:\n" << waited_for);
  if (found.none())
    adopt(here_.hiisi_json(alice(), {"status"}));
  return found;
}

void ledger::look(findings& found, bool gap) {
  const auto listed = here_.hiisi_json(alice(), {"status"});
  std::map<std::string, json> by_name;
  for (const auto& one : listed["processes"].items())
    by_name.emplace(one["name"].str(), one);
  for (auto& [name, one] : services_) {
    const auto at = by_name.find(name);
    look_at(name, one, at == by_name.end() ? nullptr : &at->second, found, gap);
  }
  for (const auto& [name, one] : by_name)
    if (!services_.contains(name))
      found.problems.push_back(name + " is listed and was never asked for");
  look_at_processes(listed, found);
  look_at_ports(found);
  look_at_files(found);
  const auto hooks
      = here_.hiisi_json(alice(), {"hook", "list"})["hooks"].size();
  if (hooks < hooks_ || hooks > hooks_ + hooks_unknown_)
    found.problems.push_back(std::to_string(hooks) + " hooks are kept, not "
                             + std::to_string(hooks_));
}

void ledger::look_at(const std::string& name, service& one, const json* listed,
                     findings& found, bool gap) {
  if (listed == nullptr) {
    if (one.certain && one.wanted != wish::gone) {
      ++found.lost;
      found.problems.push_back(name + " is lost");
    }
    return;
  }
  const auto state = (*listed)["state"].str();
  const auto tell = [&](const std::string& what) {
    const auto why = (*listed)["reason"];
    found.problems.push_back(name + " is " + state + what
                             + (why.is_null() ? "" : " (" + why.str() + ")"));
  };
  if (!is_settled(state))
    tell(" for a long time");
  if (!one.certain)
    return;
  if (one.wanted == wish::gone)
    tell(" though it was removed");
  if (one.wanted == wish::up && state != "running") {
    ++found.lost;
    tell(", not running");
  }
  if (one.wanted == wish::stopped && state == "running")
    tell(" though it was stopped");
  if (one.wanted == wish::up && one.pid && state == "running"
      && (*listed)["pid"].number() != *one.pid) {
    ++found.doubled;
    tell(" in another process than before");
  }
  if (one.wanted != wish::ended || one.status_seen)
    return;
  if (state != "exited") {
    tell(", not exited");
    return;
  }
  const auto end = (*listed)["last_exit"];
  const auto known = !end.is_null() && end["kind"].str() == "exited";
  if (known && end["status"].number() == one.status) {
    one.status_seen = true;
    ++statuses_known;
  } else if (gap && !end.is_null() && end["kind"].str() == "unknown") {
    one.status_seen = true;
    ++statuses_unknown;
  } else {
    ++found.statuses_lost;
    tell(", but not with status " + std::to_string(one.status));
  }
}

/// Of each that is up one process lives, which is the one that is shown; of all
/// others none.
void ledger::look_at_processes(const json& listed, findings& found) const {
  std::map<std::string, int> shown;
  for (const auto& one : listed["processes"].items())
    if (one["state"].str() == "running")
      shown[std::to_string(one["id"].number())]
          = static_cast<int>(one["pid"].number());
  std::set<std::string> seen;
  for (const auto pid : processes_of(here_.place(), here_.probe_name())) {
    const auto id = variable_of(pid, "HIISI_ID");
    // On its way from fork to execve, or from there to its end.
    if (id.empty())
      continue;
    const auto one = shown.find(id);
    if (!seen.insert(id).second) {
      ++found.doubled;
      found.problems.push_back("process " + id + " is there twice");
    } else if (one == shown.end() || one->second != pid) {
      ++found.doubled;
      found.problems.push_back("pid " + std::to_string(pid) + " of process "
                               + id + " lives and is not shown");
    }
  }
  for (const auto& [id, pid] : shown)
    if (!seen.contains(id)) {
      ++found.lost;
      found.problems.push_back("process " + id
                               + " is shown as running and is "
                                 "not there");
    }
  const auto leaves = cgroups_of(here_.runtime());
  for (const auto& leaf : leaves)
    if (!shown.contains(leaf))
      found.problems.push_back("the cgroup of process " + leaf
                               + " is left over");
}

void ledger::look_at_ports(findings& found) {
  std::set<uint16_t> there;
  for (const auto& entry :
       here_.hiisi_json(alice(), {"port", "lookup"})["ports"].items())
    if (entry["use"].str() != "unregistered")
      there.insert(static_cast<uint16_t>(entry["port"].number()));
  for (auto& [port, how] : ports_) {
    const auto held = there.contains(port);
    if (how == standing::unknown)
      how = held ? standing::held : standing::free;
    if (held != (how == standing::held)) {
      ++found.lost;
      found.problems.push_back(
          "port " + std::to_string(port)
          + (held ? " was freed and is held" : " was given and is not held"));
    }
  }
}

void ledger::look_at_files(findings& found) const {
  std::error_code failed;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(here_.state(), failed)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with('.') && name.ends_with(".tmp"))
      found.problems.push_back(entry.path().string() + " is left over");
  }
}

/// Takes what was not acknowledged as it is, and remembers who is who.
void ledger::adopt(const json& listed) {
  for (auto i = services_.begin(); i != services_.end();) {
    auto& one = i->second;
    const auto is = named(listed, i->first);
    if (!is) {
      i = services_.erase(i);
      continue;
    }
    const auto state = (*is)["state"].str();
    if (!one.certain) {
      one.wanted = state == "running" ? wish::up : wish::stopped;
      one.certain = true;
    }
    one.id = static_cast<uint32_t>((*is)["id"].number());
    if (state == "running")
      one.pid = static_cast<int>((*is)["pid"].number());
    ++i;
  }
  const auto hooks
      = here_.hiisi_json(alice(), {"hook", "list"})["hooks"].size();
  hooks_ = hooks;
  hooks_unknown_ = 0;
}

findings ledger::clear(std::chrono::milliseconds limit) {
  findings found;
  // Of a daemon that dies meanwhile nobody knows what it had removed.
  for (auto& [name, one] : services_) {
    one.wanted = wish::gone;
    one.certain = false;
  }
  std::ignore = wait_until(
      [&] {
        found = {};
        const auto removed = here_.hiisi(alice(), {"rm", "--all"});
        if (removed.status != 0)
          found.problems.push_back("rm fails: " + removed.out + removed.err);
        const auto left = processes_of(here_.place(), here_.probe_name());
        if (!left.empty())
          found.problems.push_back(std::to_string(left.size())
                                   + " processes are left over after rm: "
                                   + removed.out + removed.err);
        for (const auto& leaf : cgroups_of(here_.runtime()))
          found.problems.push_back("cgroup " + leaf + " is left over after rm");
        return found.none() || !here_.daemon_lives();
      },
      limit);
  if (found.none())
    services_.clear();
  return found;
}

} // namespace hiisi::test
