#include "hiisi/verbs_table.hpp"

#include "hiisi/nearest.hpp"

#include <limits>

namespace hiisi::cli {

namespace {

constexpr size_t any_number = std::numeric_limits<size_t>::max();

constexpr option_spec global_table[] = {
    {"socket", 0, takes::a_value}, {"json", 0, takes::nothing},
    {"color", 0, takes::a_value},  {"no-autostart", 0, takes::nothing},
    {"help", 'h', takes::nothing}, {"version", 0, takes::nothing},
};

constexpr option_spec run_table[] = {
    {"restart", 0, takes::an_optional_value},
    {"name", 0, takes::a_value},
    {"stop-signal", 0, takes::a_value},
    {"stop-timeout", 0, takes::a_value},
    {"cwd", 0, takes::a_value},
    {"log-size", 0, takes::a_value},
    {"log-keep", 0, takes::a_value},
    {"port", 0, takes::an_optional_value},
    {"listen", 0, takes::an_optional_value},
    {"limit", 0, takes::a_value},
    {"login", 0, takes::nothing},
    {"timestamps", 0, takes::nothing},
    {"pty", 0, takes::nothing},
};

constexpr option_spec logs_table[] = {
    {"follow", 'f', takes::nothing}, {"lines", 'n', takes::a_value},
    {"stdout", 0, takes::nothing},   {"stderr", 0, takes::nothing},
    {"since", 0, takes::a_value},    {"grep", 0, takes::a_value},
    {"raw", 0, takes::nothing},
};

constexpr option_spec events_table[] = {
    {"follow", 'f', takes::nothing},
    {"lines", 'n', takes::a_value},
    {"since", 0, takes::a_value},
    {"user", 0, takes::a_value},
};

constexpr option_spec history_table[] = {
    {"follow", 'f', takes::nothing},
    {"lines", 'n', takes::a_value},
    {"since", 0, takes::a_value},
};

constexpr option_spec hook_add_table[] = {
    {"on", 0, takes::a_value},
    {"process", 0, takes::a_value},
};

constexpr option_spec quota_table[] = {{"user", 0, takes::a_value}};

constexpr option_spec trace_table[] = {
    {"follow", 'f', takes::nothing},
    {"user", 0, takes::a_value},
};

constexpr option_spec allocate_table[] = {
    {"count", 0, takes::a_value},
    {"contiguous", 0, takes::nothing},
    {"label", 0, takes::a_value},
    {"udp", 0, takes::nothing},
};

constexpr option_spec free_table[] = {{"force", 0, takes::nothing}};

constexpr option_spec suggest_table[] = {
    {"near", 0, takes::a_value},
    {"count", 0, takes::a_value},
};

constexpr option_spec keep_table[] = {{"off", 0, takes::nothing}};

constexpr option_spec transfer_table[] = {{"cancel", 0, takes::nothing}};

constexpr option_spec gc_table[] = {{"dry-run", 0, takes::nothing}};

constexpr option_spec export_table[] = {
    {"format", 0, takes::a_value},
    {"domain", 0, takes::a_value},
};

constexpr option_spec all_table[] = {{"all", 0, takes::nothing}};

constexpr option_spec rm_table[] = {
    {"all", 0, takes::nothing},
    {"keep-port", 0, takes::nothing},
    {"free-port", 0, takes::nothing},
};

constexpr std::string_view an_id = "the id or name of a process";

constexpr verb_spec verb_table[] = {
    {"run", run_table, 1, any_number, "a command to run", true},
    {"status", all_table, 0, 1, ""},
    {"logs", logs_table, 1, any_number, an_id},
    {"stop", all_table, 0, any_number, an_id},
    {"start", all_table, 0, any_number, an_id},
    {"restart", all_table, 0, any_number, an_id},
    {"rm", rm_table, 0, any_number, an_id},
    {"port allocate", allocate_table, 0, 1, ""},
    {"port free", free_table, 1, any_number, "a port"},
    {"port lookup", {}, 0, 1, ""},
    {"port check", {}, 1, 1, "a port"},
    {"port suggest", suggest_table, 0, 0, ""},
    {"port keep", keep_table, 1, 1, "a port"},
    {"port transfer", transfer_table, 1, 2, "a port, and whom it is for"},
    {"port accept", {}, 1, 1, "a port"},
    {"port gc", gc_table, 0, 0, ""},
    {"port export", export_table, 0, 1, ""},
    {"events", events_table, 0, 0, ""},
    {"history", history_table, 1, 1, an_id},
    {"hook add", hook_add_table, 1, any_number, "a command to run", true},
    {"hook list", {}, 0, 0, ""},
    {"hook rm", {}, 1, any_number, "the number of a hook"},
    {"quota", quota_table, 0, 0, ""},
    {"doctor", {}, 0, 0, ""},
    {"debug actors", {}, 0, 0, ""},
    {"debug actor", {}, 1, 1, "the id of an actor"},
    {"debug connections", {}, 0, 0, ""},
    {"debug keeper", {}, 0, 0, ""},
    {"debug timers", {}, 0, 0, ""},
    {"debug registry", {}, 0, 0, ""},
    {"debug config", {}, 0, 0, ""},
    {"debug trace", trace_table, 0, 0, ""},
    {"debug bundle", {}, 0, 1, ""},
    {"shutdown", {}, 0, 0, ""},
    {"version", {}, 0, 0, ""},
    {"help", {}, 0, 2, ""},
};

struct other_name {
  std::string_view theirs;
  std::string_view ours;
};

// From pm2, supervisorctl, systemctl, pueue and the shell.
constexpr other_name other_names[] = {
    {"ls", "status"},      {"list", "status"},  {"ps", "status"},
    {"show", "status"},    {"info", "status"},  {"log", "logs"},
    {"tail", "logs"},      {"follow", "logs"},  {"delete", "rm"},
    {"remove", "rm"},      {"del", "rm"},       {"kill", "stop"},
    {"exec", "run"},       {"add", "run"},      {"ports", "port lookup"},
    {"reload", "restart"}, {"event", "events"}, {"hooks", "hook list"},
    {"limits", "quota"},   {"check", "doctor"},
};

} // namespace

std::span<const option_spec> global_options_table() noexcept {
  return global_table;
}

std::span<const verb_spec> verbs() noexcept {
  return verb_table;
}

bool is_family(std::string_view word) noexcept {
  for (const verb_spec& one : verb_table)
    if (one.name.size() > word.size() && one.name.starts_with(word)
        && one.name[word.size()] == ' ')
      return true;
  return false;
}

std::string members_of(std::string_view family) {
  std::string all;
  for (const verb_spec& one : verb_table)
    if (one.name.size() > family.size() && one.name.starts_with(family)
        && one.name[family.size()] == ' ')
      all += (all.empty() ? "" : ", ")
             + std::string{one.name.substr(family.size() + 1)};
  return all;
}

const verb_spec* find_verb(std::string_view name) noexcept {
  for (const verb_spec& one : verb_table)
    if (one.name == name)
      return &one;
  return nullptr;
}

std::vector<option_spec> options_of(const verb_spec& what) {
  std::vector<option_spec> table(std::begin(global_table),
                                 std::end(global_table));
  table.insert(table.end(), what.options.begin(), what.options.end());
  return table;
}

std::optional<std::string> nearest_verb(std::string_view word) {
  for (const other_name& entry : other_names)
    if (entry.theirs == word)
      return std::string{entry.ours};
  std::vector<std::string_view> names = {"port", "hook", "debug"};
  for (const verb_spec& one : verb_table)
    names.push_back(one.name);
  return nearest(word, names);
}

} // namespace hiisi::cli
