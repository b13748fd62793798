#include "hiisi/render_status.hpp"

#include "hiisi/duration.hpp"
#include "hiisi/process_ports.hpp"
#include "hiisi/render_usage.hpp"
#include "hiisi/text.hpp"
#include "protocol/quoting.hpp"
#include "protocol/signals.hpp"

#include <algorithm>

namespace hiisi::cli {

namespace {

using protocol::process_state;
using protocol::status_entry;

tint tint_of(process_state state) noexcept {
  switch (state) {
  case process_state::running:
    return tint::good;
  case process_state::starting:
  case process_state::stopping:
  case process_state::backoff:
    return tint::busy;
  case process_state::failed:
    return tint::bad;
  case process_state::exited:
  case process_state::stopped:
    break;
  }
  return tint::none;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string uptime_of(const status_entry& entry) {
  return is_up(entry.state) ? describe_duration(entry.uptime) : "-";
}

std::string pid_of(const status_entry& entry) {
  return entry.pid > 0 ? std::to_string(entry.pid) : "-";
}

/// How it ended the last time, and when.
std::string describe_end(const status_entry& entry) {
  if (!entry.last_exit)
    return {};
  std::string text = describe_exit(*entry.last_exit);
  if (entry.last_exit->at != protocol::wall_time{})
    text += ", " + describe_time(entry.last_exit->at);
  return text;
}

/// The ends before the last one.
std::vector<std::string> end_lines(std::span<const protocol::event> ends) {
  std::vector<std::string> lines;
  for (const auto& event : ends.first(ends.size() - 1)) {
    auto line = describe_time(event.at) + "  " + describe_exit(*event.exit);
    if (event.used)
      line += ", used " + describe_cpu(event.used->user + event.used->system)
              + " of CPU and " + describe_bytes(event.used->max_rss);
    lines.push_back(std::move(line));
  }
  return lines;
}

/// What a column has room for.
std::string brief_exit(const protocol::exit_info& how) {
  return how.out_of_memory ? "killed (OOM)" : describe_exit(how);
}

/// How it ended the last time; what its state says already is not said again.
std::string last_end_of(const status_entry& entry) {
  if (!entry.last_exit || entry.state == process_state::exited)
    return {};
  return brief_exit(*entry.last_exit);
}

/// Lines of "key: value", the values one below the other.
class block {
public:
  explicit block(const layout& how) : how_(how) {}

  void add(std::string_view key, const std::string& value,
           tint color = tint::none) {
    constexpr size_t width = 14;
    std::string head{key};
    head += ':';
    head.resize(std::max(width, head.size() + 1), ' ');
    text_ += colored(std::move(head), tint::quiet, how_);
    text_ += colored(printable(value), color, how_) + "\n";
  }

  /// Several lines, below their key and indented.
  void add_lines(std::string_view key, std::span<const std::string> lines) {
    text_ += colored(std::string{key} + ":", tint::quiet, how_) + "\n";
    for (const std::string& line : lines)
      text_ += "  " + printable(line) + "\n";
  }

  [[nodiscard]] std::string take() && { return std::move(text_); }

private:
  const layout& how_;
  std::string text_;
};

} // namespace

bool is_up(process_state state) noexcept {
  return state == process_state::starting || state == process_state::running
         || state == process_state::stopping;
}

std::string describe_exit(const protocol::exit_info& how) {
  if (how.out_of_memory)
    return "killed for want of memory (OOM"
           + (how.memory_max ? ", memory.max " + describe_bytes(*how.memory_max)
                             : std::string{})
           + ")";
  switch (how.how) {
  case protocol::exit_info::kind::exited:
    return "exited (" + std::to_string(how.value) + ")";
  case protocol::exit_info::kind::signaled:
    return "killed by " + protocol::signal_name(how.value)
           + (how.core_dumped ? " (core dumped)" : "");
  case protocol::exit_info::kind::unknown:
    break;
  }
  return "exited (status unknown)";
}

std::string short_state(const status_entry& entry) {
  switch (entry.state) {
  case process_state::exited:
    return entry.last_exit ? brief_exit(*entry.last_exit) : "exited";
  case process_state::backoff:
    return entry.next_restart
               ? "restart in " + describe_wait(*entry.next_restart)
               : "waiting to restart";
  default:
    return std::string{protocol::to_string(entry.state)};
  }
}

std::string describe_state(const status_entry& entry) {
  std::string text = short_state(entry);
  if (entry.state == process_state::failed && !entry.reason.empty())
    text += ": " + first_line(entry.reason);
  return text;
}

std::string render_status_table(std::span<const status_entry> entries,
                                bool with_users, const layout& how) {
  std::vector<column> columns = {
      {"ID", 100, 0, true},       {"NAME", 90, 8, false},
      {"STATE", 80, 16, false},   {"UPTIME", 60, 0, true},
      {"RESTARTS", 30, 0, true},  {"PID", 40, 0, true},
      {"COMMAND", 50, 10, false},
  };
  const auto insert_at = [](auto& items, size_t place, auto item) {
    items.insert(items.begin() + static_cast<ptrdiff_t>(place),
                 std::move(item));
  };
  // Columns that would be empty are left out: an older daemon says nothing of
  // use, and most processes have never ended.
  constexpr size_t after_restarts = 5;
  const auto with_usage = std::ranges::any_of(
      entries, [](const auto& e) { return !e.usage.empty(); });
  const auto with_ends = std::ranges::any_of(
      entries, [](const auto& e) { return !last_end_of(e).empty(); });
  if (with_ends)
    insert_at(columns, after_restarts, column{"LAST END", 20, 12, false});
  if (with_usage) {
    insert_at(columns, after_restarts, column{"MEMORY", 36, 0, true});
    insert_at(columns, after_restarts, column{"CPU", 37, 0, true});
  }
  if (with_users)
    insert_at(columns, 1, column{"USER", 70, 6, false});
  // Who has no ports needs no column for them.
  const bool with_ports = std::ranges::any_of(
      entries, [](const auto& entry) { return !entry.ports.empty(); });
  if (with_ports)
    insert_at(columns, columns.size() - 1, column{"PORTS", 45, 0, false});
  std::vector<row> rows;
  for (const status_entry& entry : entries) {
    row cells = {
        {std::to_string(entry.id)},
        {entry.name},
        {short_state(entry), tint_of(entry.state)},
        {uptime_of(entry)},
        {entry.full ? std::to_string(entry.restarts) : "-"},
        {pid_of(entry)},
        {protocol::shell_join(entry.argv)},
    };
    if (with_ends)
      insert_at(cells, after_restarts, cell{last_end_of(entry)});
    if (with_usage) {
      insert_at(cells, after_restarts, cell{memory_of(entry)});
      insert_at(cells, after_restarts, cell{cpu_share(entry)});
    }
    if (with_users)
      insert_at(cells, 1, cell{entry.user});
    if (with_ports)
      insert_at(cells, cells.size() - 1, cell{ports_cell(entry)});
    rows.push_back(std::move(cells));
  }
  return render_table(columns, rows, how);
}

std::string render_status_block(const status_entry& entry,
                                const process_details& details,
                                const layout& how) {
  block lines{how};
  lines.add("id", std::to_string(entry.id));
  lines.add("name", entry.name);
  lines.add("user", entry.user);
  lines.add("state", short_state(entry), tint_of(entry.state));
  if (is_up(entry.state))
    lines.add("uptime",
              describe_duration(entry.uptime)
                  + (details.up_since
                         ? ", since " + describe_time(*details.up_since)
                         : std::string{}));
  // To others, an empty or zero value would look like a fact, and a missing
  // line as if there were nothing to know.
  auto add = [&](std::string_view key, const std::string& value) {
    lines.add(key, entry.full ? value : "-");
  };
  add("restarts", std::to_string(entry.restarts));
  add("policy", std::string{protocol::to_string(entry.policy)});
  lines.add("command", protocol::shell_join(entry.argv));
  if (!entry.ports.empty())
    lines.add("ports", ports_line(entry));
  add("directory", entry.cwd);
  if (entry.pid > 0 || !entry.full)
    add("pid", std::to_string(entry.pid));
  for (const auto& [key, value] : usage_lines(entry))
    lines.add(key, value);
  if (entry.next_restart)
    lines.add("next restart", "in " + describe_wait(*entry.next_restart));
  if (entry.created != protocol::wall_time{})
    lines.add("created", describe_time(entry.created));
  if (entry.last_exit || !entry.full)
    add("last exit", describe_end(entry));
  if (details.ends.size() > 1)
    lines.add_lines("ended before", end_lines(details.ends));
  if (entry.timestamps || entry.terminal)
    lines.add("output", std::string{entry.terminal ? "by a terminal" : ""}
                            + (entry.terminal && entry.timestamps ? ", " : "")
                            + (entry.timestamps ? "with timestamps" : ""));
  if (details.logs) {
    lines.add("stdout", details.logs->standard_output);
    lines.add("stderr", details.logs->standard_error);
  }
  if (entry.reason.find('\n') != std::string::npos)
    lines.add_lines("reason", split_lines(entry.reason));
  else if (!entry.reason.empty())
    lines.add("reason", entry.reason);
  if (!entry.usage.empty() && !entry.usage.front().tree.empty())
    lines.add_lines("processes", tree_lines(entry.usage.front()));
  if (!details.stdout_tail.empty())
    lines.add_lines("last lines of stdout", details.stdout_tail);
  if (!details.stderr_tail.empty())
    lines.add_lines("last lines of stderr", details.stderr_tail);
  return std::move(lines).take();
}

} // namespace hiisi::cli
