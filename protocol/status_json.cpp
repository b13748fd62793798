#include "protocol/status_json.hpp"

#include "protocol/codec.hpp"
#include "protocol/json_pieces.hpp"
#include "protocol/quoting.hpp"
#include "protocol/signals.hpp"
#include "protocol/usage_json.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace hiisi::protocol {

namespace {

// The status of an end as the first Hiisi writes it: what is no exit status
// goes as text.
struct old_status {
  std::optional<int> exited;
  std::string failed;
};

old_status old_status_of(const status_entry& entry) {
  const auto& end = entry.last_exit;
  auto unknown = [&](std::string_view what) {
    return old_status{std::nullopt,
                      std::string{what}
                          + (entry.full
                                 ? " (status unknown)"
                                 : " (status shown to its owner alone)")};
  };
  auto known = end && end->how != exit_info::kind::unknown;
  if (entry.state == process_state::stopped) {
    if (!known)
      return unknown("stopped");
    // As a shell counts: 128 and the signal.
    auto by_signal = end->how == exit_info::kind::signaled;
    return {end->value + (by_signal ? 128 : 0), {}};
  }
  if (entry.state == process_state::failed && !entry.reason.empty())
    return {std::nullopt, entry.reason};
  if (known && end->how == exit_info::kind::signaled)
    return {std::nullopt, "killed by " + signal_name(end->value)
                              + (end->core_dumped ? " (core dumped)" : "")};
  if (entry.state == process_state::failed)
    return {std::nullopt, "failed"};
  if (!known)
    return unknown("exited");
  return {end->value, {}};
}

bool is_up(process_state state) {
  return state == process_state::starting || state == process_state::running
         || state == process_state::backoff || state == process_state::stopping;
}

/// As shell_join() has it, which nearly always changes nothing.
void write_command(json_writer& out, const std::vector<std::string>& argv) {
  if (argv.empty() || argv.front().find('=') != std::string::npos
      || !std::all_of(argv.begin(), argv.end(), is_plain)) {
    out.text(shell_join(argv));
    return;
  }
  std::string_view before = "\"";
  for (const auto& word : argv) {
    out.raw(before).raw(word);
    before = " ";
  }
  out.raw("\"");
}

void write_uptime(json_writer& out, std::chrono::nanoseconds uptime) {
  const auto up = std::max(uptime, std::chrono::nanoseconds{0}).count();
  out.raw(R"({"secs":)").number(up / 1'000'000'000);
  out.raw(R"(,"nanos":)").number(up % 1'000'000'000);
  out.raw("}");
}

void write_last_exit(json_writer& out, const exit_info& end) {
  out.raw(R"({"kind":")").raw(to_string(end.how));
  out.raw(R"(","value":)").number(end.value);
  out.raw(R"(,"core_dumped":)").boolean(end.core_dumped);
  out.raw(R"(,"at":)");
  write_time(out, end.at);
  if (end.out_of_memory)
    out.raw(R"(,"out_of_memory":true)");
  if (end.memory_max)
    out.raw(R"(,"memory_max":)").number(*end.memory_max);
  out.raw("}");
}

void write_our_part(json_writer& out, const status_entry& entry) {
  out.raw(R"(,"name":)").text(entry.name);
  out.raw(R"(,"uid":)").number(entry.uid);
  out.raw(R"(,"state":")").raw(to_string(entry.state));
  out.raw(R"(","argv":)");
  out.array(entry.argv, [&out](const auto& word) { out.text(word); });
  out.raw(R"(,"full":)").boolean(entry.full);
  out.raw(R"(,"policy":")").raw(to_string(entry.policy));
  out.raw(R"(","restarts":)").number(entry.restarts);
  out.raw(R"(,"pid":)").number(entry.pid);
  out.raw(R"(,"created":)");
  write_time(out, entry.created);
  if (entry.last_exit) {
    out.raw(R"(,"last_exit":)");
    write_last_exit(out, *entry.last_exit);
  }
  if (!entry.reason.empty())
    out.raw(R"(,"reason":)").text(entry.reason);
  if (entry.next_restart)
    out.raw(R"(,"next_restart_ns":)").number(entry.next_restart->count());
  write_process_ports(out, entry.ports);
  if (entry.held)
    out.raw(R"(,"held":true)");
  if (entry.timestamps)
    out.raw(R"(,"timestamps":true)");
  if (entry.terminal)
    out.raw(R"(,"terminal":true)");
  if (!entry.usage.empty()) {
    out.raw(R"(,"usage":)");
    write_usage(out, entry.usage.front());
  }
}

void write_before_uptime(json_writer& out, const status_entry& entry) {
  out.raw(R"({"id":)").number(entry.id);
  out.raw(R"(,"user":)").text(entry.user);
  out.raw(R"(,"uptime":)");
}

void write_after_uptime(json_writer& out, const status_entry& entry,
                        bool ours) {
  out.raw(R"(,"cwd":)").text(entry.cwd);
  out.raw(R"(,"cmd":)");
  write_command(out, entry.argv);
  out.raw(R"(,"status":)");
  if (is_up(entry.state)) {
    out.raw(R"("Running")");
  } else if (auto old = old_status_of(entry); old.exited) {
    out.raw(R"({"Exited":)").number(*old.exited).raw("}");
  } else {
    out.raw(R"({"Failed":)").text(old.failed).raw("}");
  }
  if (ours)
    write_our_part(out, entry);
  out.raw("}");
}

} // namespace

void write_status_entry(json_writer& out, const status_entry& entry,
                        bool ours) {
  write_before_uptime(out, entry);
  write_uptime(out, entry.uptime);
  write_after_uptime(out, entry, ours);
}

void write_status_row(json_writer& out, const written_status_list::row& row) {
  const auto& [json, at] = *row.entry;
  out.raw(std::string_view{json}.substr(0, at));
  write_uptime(out, row.uptime);
  out.raw(std::string_view{json}.substr(at));
}

written_status_entry write_ahead(const status_entry& entry) {
  json_writer out(rough_size(entry));
  write_before_uptime(out, entry);
  const auto at = out.size();
  write_after_uptime(out, entry, true);
  auto json = std::move(out).take();
  json.shrink_to_fit();
  return {std::move(json), at};
}

void write_process_ports(json_writer& out,
                         const std::vector<process_port>& ports) {
  if (ports.empty())
    return;
  out.raw(R"(,"ports":)");
  out.array(ports, [&out](const process_port& one) {
    out.raw(R"({"port":)").number(one.port);
    if (!one.label.empty())
      out.raw(R"(,"label":)").text(one.label);
    if (one.udp)
      out.raw(R"(,"udp":true)");
    if (one.named)
      out.raw(R"(,"named":true)");
    if (one.unused_since) {
      out.raw(R"(,"unused_since":)");
      write_time(out, *one.unused_since);
    }
    out.raw("}");
  });
}

size_t rough_size(const status_entry& entry) noexcept {
  // What is in every entry takes up to 370 bytes.
  size_t bytes = 400 + entry.user.size() + entry.name.size() + entry.cwd.size()
                 + entry.reason.size();
  for (const auto& word : entry.argv)
    bytes += 2 * word.size() + 6; // Once in cmd, once in argv.
  return bytes;
}

size_t rough_size(const written_status_list::row& row) noexcept {
  // An uptime takes up to 50 bytes.
  return row.entry->json.size() + 50;
}

} // namespace hiisi::protocol
