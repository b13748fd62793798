#include "hiisi/process_ports.hpp"
#include "hiisi/render_json.hpp"
#include "hiisi/render_status.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verb_readers.hpp"
#include "hiisi/verbs.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace hiisi::cli {

namespace {

struct action_words {
  std::string_view name;
  std::string_view done;
};

action_words words_of(action what) {
  switch (what) {
  case action::stop:
    return {"stop", "stopped"};
  case action::start:
    return {"start", "started"};
  case action::restart:
    return {"restart", "restarted"};
  case action::remove:
    break;
  }
  return {"rm", "removed"};
}

protocol::command command_of(action what, protocol::target target,
                             std::optional<bool> free_ports) {
  switch (what) {
  case action::stop:
    return protocol::stop_request{std::move(target)};
  case action::start:
    return protocol::start_request{std::move(target)};
  case action::restart:
    return protocol::restart_request{std::move(target)};
  case action::remove:
    break;
  }
  return protocol::remove_request{std::move(target), free_ports};
}

/// Whether `--all` means a process in this state.
bool concerns(action what, protocol::process_state state) {
  bool at_work = is_up(state) || state == protocol::process_state::backoff;
  switch (what) {
  case action::stop:
  case action::restart:
    return at_work;
  case action::start:
    return !at_work;
  case action::remove:
    break;
  }
  return true;
}

/// What an action is done to.
struct acted_on {
  /// As typed, or the id.
  std::string word;
  /// Its id and name, where they are known before the answer.
  std::optional<protocol::process_started> process;
  /// For `rm`: whether its ports are given back, where that is decided here.
  std::optional<bool> free_ports{};
};

/// Whether the person at the terminal gives back the ports, too, which they
/// have named; those without a name go by themselves.
std::optional<bool> offer_ports(const context& around,
                                const protocol::status_entry& entry) {
  std::vector<protocol::process_port> named;
  std::ranges::copy_if(entry.ports, std::back_inserter(named),
                       &protocol::process_port::named);
  if (named.empty())
    return std::nullopt;
  std::string which;
  for (const auto& port : named)
    which += (which.empty() ? "" : ", ") + describe_port(port);
  if (around.confirm("free " + which + " of " + std::to_string(entry.id) + " ("
                     + printable(entry.name) + "), too?"))
    return true;
  return std::nullopt;
}

/// Sends a request for each and prints each outcome as it comes; with
/// `--json`, all of them in the end.
class batch {
public:
  batch(const context& around, action_words words, size_t size)
      : around_(around), words_(words) {
    outcomes_.reserve(size);
  }

  exit_status run(client& connection,
                  std::span<const protocol::request> requests,
                  std::span<const acted_on> objects) {
    auto done = connection.exchange(requests,
                                    [&](size_t i, protocol::payload answer) {
                                      take(objects[i], std::move(answer));
                                    });
    if (!done) {
      // What was not answered shares the connection's fate; said once.
      status_ = worse(status_, status_of(connection, done.failure()));
      print_error(around_, done.failure());
      for (size_t i = outcomes_.size(); i < objects.size(); ++i)
        outcomes_.push_back(
            {objects[i].word, done.failure(), objects[i].process});
    }
    if (around_.global.json)
      around_.out << json_outcomes(words_.name, outcomes_);
    return status_;
  }

private:
  void take(const acted_on& target, protocol::payload answer) {
    outcome one{target.word, {}, target.process};
    if (auto* problem = std::get_if<protocol::error>(&answer)) {
      print_error(around_, *problem);
      status_ = worse(status_, exit_status_of(problem->code));
      one.problem = std::move(*problem);
    } else {
      if (auto* started = std::get_if<protocol::process_started>(&answer))
        one.process = *started;
      if (auto* removed = std::get_if<protocol::process_removed>(&answer))
        one.removed = std::move(*removed);
      std::string shown = one.process ? std::to_string(one.process->id) + " ("
                                            + one.process->name + ")"
                                      : target.word;
      // At once: one that stops quickly need not wait for the others.
      if (!around_.global.json)
        around_.out << words_.done << ' ' << printable(shown)
                    << (one.removed ? fate_of_ports(*one.removed) : "")
                    << std::endl;
    }
    outcomes_.push_back(std::move(one));
  }

  const context& around_;
  action_words words_;
  std::vector<outcome> outcomes_;
  exit_status status_ = exit_status::done;
};

/// The process as its owner sees it; nothing where it cannot be had, which the
/// action itself will say.
std::optional<protocol::status_entry>
look_at(const context& around, client& connection, const std::string& word) {
  auto target = parse_target(word);
  if (!target)
    return std::nullopt;
  auto answer = connection.ask(make_request(
      around, protocol::status_request{std::move(*target), false}));
  auto* list = answer ? std::get_if<protocol::status_list>(&*answer) : nullptr;
  if (!list || list->entries.empty())
    return std::nullopt;
  return std::move(list->entries.front());
}

} // namespace

exit_status perform(const context& around, const action_verb& what) {
  action_words words = words_of(what.what);
  auto connection = around.reach(true);
  if (!connection)
    return fail(around, connection.failure(), exit_status::no_daemon);
  std::vector<acted_on> objects;
  const bool offers = what.what == action::remove && !what.free_ports
                      && around.confirm != nullptr;
  for (const std::string& word : what.words) {
    auto& one = objects.emplace_back(acted_on{word, {}, what.free_ports});
    if (offers)
      if (auto entry = look_at(around, *connection, word))
        one.free_ports = offer_ports(around, *entry);
  }
  if (what.all) {
    auto answer
        = connection->ask(make_request(around, protocol::status_request{}));
    if (!answer)
      return fail(around, answer.failure(),
                  status_of(*connection, answer.failure()));
    auto* list = std::get_if<protocol::status_list>(&*answer);
    if (!list)
      return fail(around, unexpected_answer(), exit_status::refused);
    for (const protocol::status_entry& entry : list->entries)
      if (concerns(what.what, entry.state))
        objects.push_back(
            {std::to_string(entry.id),
             protocol::process_started{entry.id, entry.name},
             offers ? offer_ports(around, entry) : what.free_ports});
    if (objects.empty() && !around.global.json)
      around.err << "no processes to " << words.name << '\n';
  }
  std::vector<protocol::request> requests;
  for (const acted_on& one : objects) {
    auto target = parse_target(one.word);
    if (!target)
      return fail(around, target.failure(), exit_status::usage);
    requests.push_back(make_request(
        around, command_of(what.what, std::move(*target), one.free_ports)));
  }
  return batch{around, words, objects.size()}.run(*connection, requests,
                                                  objects);
}

exit_status perform(const context& around, const port_free_verb& what) {
  auto connection = around.reach(true);
  if (!connection)
    return fail(around, connection.failure(), exit_status::no_daemon);
  std::vector<protocol::request> requests;
  std::vector<acted_on> objects;
  for (uint16_t port : what.ports) {
    requests.push_back(
        make_request(around, protocol::port_free_request{port, what.force}));
    objects.push_back({std::to_string(port), {}});
  }
  return batch{around, {"free", "freed port"}, objects.size()}.run(
      *connection, requests, objects);
}

} // namespace hiisi::cli
