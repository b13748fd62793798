#include "hiisi/render_ports.hpp"

#include "hiisi/duration.hpp"
#include "hiisi/render_table.hpp"
#include "hiisi/text.hpp"

#include <algorithm>
#include <chrono>

namespace hiisi::cli {

using protocol::port_entry;
using protocol::port_use;

namespace {

protocol::wall_time now() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now());
}

tint tint_of(const port_entry& entry) {
  if (entry.use == port_use::taken || entry.orphaned)
    return tint::bad;
  if (entry.unused || entry.use == port_use::unregistered)
    return tint::busy;
  return entry.use == port_use::listening ? tint::good : tint::none;
}

std::string describe_process(const port_entry& entry) {
  if (entry.process == 0)
    return "-";
  return entry.process_name.empty()
             ? std::to_string(entry.process)
             : std::to_string(entry.process) + " (" + entry.process_name + ")";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

} // namespace

std::string describe_port_state(const port_entry& entry,
                                protocol::wall_time when) {
  std::string state;
  switch (entry.use) {
  case port_use::listening:
    state = "listening";
    if (!entry.others.empty())
      state += ", " + joined(entry.others) + " too";
    break;
  case port_use::taken:
    state = "taken by " + joined(entry.others);
    break;
  case port_use::unregistered:
    return "not registered";
  case port_use::idle:
    state = "idle";
    if (entry.idle_since)
      state += " " + describe_duration(when - *entry.idle_since);
    break;
  }
  if (entry.unused)
    state += ", unused";
  if (entry.keep)
    state += ", kept";
  if (entry.orphaned)
    state += ", orphaned";
  if (!entry.offered_to.empty())
    state += ", offered to " + entry.offered_to;
  return state;
}

std::string render_ports(std::span<const port_entry> entries,
                         const layout& how) {
  using std::ranges::any_of;
  const auto udp = any_of(entries, &port_entry::udp);
  const auto labels
      = any_of(entries, [](const auto& e) { return !e.label.empty(); });
  const auto processes
      = any_of(entries, [](const auto& e) { return e.process != 0; });
  std::vector<column> columns{{"PORT", 100, 0, true}};
  if (udp)
    columns.push_back({"PROTO", 60, 0, false});
  columns.push_back({"USER", 90, 6, false});
  if (labels)
    columns.push_back({"LABEL", 75, 6, false});
  columns.push_back({"STATE", 80, 8, false});
  if (processes)
    columns.push_back({"PROCESS", 70, 6, false});
  columns.push_back({"ALLOCATED", 50, 0, false});
  std::vector<row> rows;
  const auto when = now();
  for (const port_entry& entry : entries) {
    row cells{{std::to_string(entry.port)}};
    if (udp)
      cells.push_back({entry.udp ? "udp" : "tcp"});
    cells.push_back({entry.user});
    if (labels)
      cells.push_back({entry.label.empty() ? "-" : entry.label});
    cells.push_back({describe_port_state(entry, when), tint_of(entry)});
    if (processes)
      cells.push_back({describe_process(entry)});
    cells.push_back({entry.use == port_use::unregistered
                         ? "-"
                         : describe_time(entry.allocated_at)});
    rows.push_back(std::move(cells));
  }
  return render_table(columns, rows, how);
}

std::string render_port_report(const protocol::port_report& report,
                               const layout& how) {
  auto out = "port " + std::to_string(report.port) + " is ";
  if (report.available)
    out += colored("free", tint::good, how);
  else if (std::ranges::any_of(report.entries, [](const auto& e) {
             return e.use != port_use::unregistered;
           }))
    out += colored("allocated", tint::busy, how);
  else
    out += colored("not to be had", tint::bad, how);
  out += "\n";
  if (!report.entries.empty())
    out += render_ports(report.entries, how);
  for (const auto& remark : report.remarks)
    out += "note: " + printable(remark) + "\n";
  if (report.next_free)
    out += "the next free one is " + std::to_string(*report.next_free) + "\n";
  return out;
}

std::string render_collection(const protocol::port_collection& what,
                              const layout& how) {
  constexpr column columns[] = {
      {"PORT", 100, 0, true},  {"USER", 90, 6, false},
      {"LABEL", 60, 6, false}, {"VERDICT", 80, 0, false},
      {"WHY", 70, 10, false},
  };
  std::vector<row> rows;
  for (const auto& verdict : what.verdicts)
    rows.push_back({
        {std::to_string(verdict.entry.port)},
        {verdict.entry.user},
        {verdict.entry.label.empty() ? "-" : verdict.entry.label},
        {!verdict.goes  ? "stays"
         : what.dry_run ? "would go"
                        : "freed",
         verdict.goes ? tint::bad : tint::none},
        {verdict.why},
    });
  return render_table(columns, rows, how);
}

} // namespace hiisi::cli
