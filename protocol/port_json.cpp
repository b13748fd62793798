#include "protocol/port_json.hpp"

#include "protocol/json_pieces.hpp"
#include "protocol/limits.hpp"
#include "protocol/utf8.hpp"

namespace hiisi::protocol {

namespace {

/// Only what is not as usual is written, but for what every reader wants.
void write_our_part(json_writer& out, const port_entry& entry) {
  out.raw(R"(,"use":")").raw(to_string(entry.use));
  out.raw(entry.udp ? R"(","protocol":"udp")" : R"(","protocol":"tcp")");
  if (!entry.label.empty())
    out.raw(R"(,"label":)").text(entry.label);
  if (entry.process != 0) {
    out.raw(R"(,"process":{"id":)").number(entry.process);
    out.raw(R"(,"name":)").text(entry.process_name).raw("}");
  }
  if (entry.idle_since) {
    out.raw(R"(,"idle_since":)");
    write_time(out, *entry.idle_since);
  }
  if (!entry.others.empty()) {
    out.raw(R"(,"others":)");
    out.array(entry.others, [&](const auto& name) { out.text(name); });
  }
  if (entry.keep)
    out.raw(R"(,"keep":true)");
  if (entry.unused)
    out.raw(R"(,"unused":true)");
  if (entry.orphaned)
    out.raw(R"(,"orphaned":true)");
  if (!entry.offered_to.empty())
    out.raw(R"(,"offered_to":)").text(entry.offered_to);
}

void write_entry(json_writer& out, const port_entry& entry, bool ours) {
  out.raw(R"({"port":)").number(entry.port);
  out.raw(R"(,"user":)").text(entry.user);
  out.raw(R"(,"active":)").boolean(entry.active);
  out.raw(R"(,"allocated_at":)");
  write_time(out, entry.allocated_at);
  if (ours)
    write_our_part(out, entry);
  out.raw("}");
}

void write_ports(json_writer& out, const std::vector<uint16_t>& ports) {
  out.array(ports, [&](uint16_t port) { out.number(port); });
}

std::string text_at(const json_cursor& at, std::string_view name) {
  auto text = at.member(name);
  return text.present() ? text.text() : std::string{};
}

port_use use_at(const json_cursor& at, const port_entry& entry) {
  auto use = at.member("use");
  // The first Hiisi's daemon says only whether somebody listens.
  if (!use.present())
    return entry.active ? port_use::listening : port_use::idle;
  if (auto known = port_use_from_string(use.text()))
    return *known;
  use.fail(errc::bad_request, "unknown use \"" + excerpt(use.text()) + "\"");
  return port_use::idle;
}

port_entry read_entry(const json_cursor& at) {
  port_entry entry;
  entry.port = read_port_number(at.member("port"));
  entry.user = at.member("user").text();
  entry.active = at.member("active").boolean();
  entry.allocated_at = read_time(at.member("allocated_at"));
  entry.use = use_at(at, entry);
  entry.udp = text_at(at, "protocol") == "udp";
  entry.label = text_at(at, "label");
  if (auto process = at.member("process"); process.present()) {
    entry.process
        = static_cast<uint32_t>(process.member("id").number(0, UINT32_MAX));
    entry.process_name = process.member("name").text();
  }
  if (auto since = at.member("idle_since"); since.present())
    entry.idle_since = read_time(since);
  if (auto others = at.member("others"); others.present())
    others.for_each_item(
        [&](const json_cursor& name) { entry.others.push_back(name.text()); });
  entry.keep = read_flag(at, "keep");
  entry.unused = read_flag(at, "unused");
  entry.orphaned = read_flag(at, "orphaned");
  entry.offered_to = text_at(at, "offered_to");
  return entry;
}

std::vector<port_entry> read_entries(const json_cursor& items) {
  std::vector<port_entry> entries;
  items.for_each_item(
      [&](const json_cursor& item) { entries.push_back(read_entry(item)); });
  return entries;
}

} // namespace

uint16_t read_port_number(const json_cursor& at) {
  return static_cast<uint16_t>(at.number(0, max_port));
}

void write_port_list(json_writer& out, const port_list& list, bool ours) {
  out.raw(R"({"PortList":[)");
  std::string_view before;
  for (const auto& entry : list.entries) {
    // To the first Hiisi's client, what is listed is allocated.
    if (!ours && entry.use == port_use::unregistered)
      continue;
    out.raw(before);
    before = ",";
    write_entry(out, entry, ours);
  }
  out.raw("]}");
}

port_list read_port_list(const json_cursor& data) {
  return {read_entries(data)};
}

void write_port_report(json_writer& out, const port_report& report) {
  out.raw(R"({"PortReport":{"port":)").number(report.port);
  out.raw(R"(,"available":)").boolean(report.available);
  out.raw(R"(,"entries":)");
  out.array(report.entries,
            [&](const auto& entry) { write_entry(out, entry, true); });
  out.raw(R"(,"remarks":)");
  out.array(report.remarks, [&](const auto& text) { out.text(text); });
  if (report.next_free)
    out.raw(R"(,"next_free":)").number(*report.next_free);
  out.raw("}}");
}

port_report read_port_report(const json_cursor& data) {
  port_report report;
  report.port = read_port_number(data.member("port"));
  report.available = data.member("available").boolean();
  auto entries = data.member("entries");
  report.entries = read_entries(entries);
  auto remarks = data.member("remarks");
  remarks.for_each_item(
      [&](const json_cursor& text) { report.remarks.push_back(text.text()); });
  if (auto next = data.member("next_free"); next.present())
    report.next_free = read_port_number(next);
  return report;
}

void write_port_suggestions(json_writer& out, const port_suggestions& all) {
  out.raw(R"({"PortSuggestions":)");
  write_ports(out, all.ports);
  out.raw("}");
}

port_suggestions read_port_suggestions(const json_cursor& data) {
  port_suggestions all;
  data.for_each_item([&](const json_cursor& port) {
    all.ports.push_back(read_port_number(port));
  });
  return all;
}

void write_port_changed(json_writer& out, const port_changed& changed) {
  out.raw(R"({"PortChanged":)");
  write_entry(out, changed.entry, true);
  out.raw("}");
}

port_changed read_port_changed(const json_cursor& data) {
  return {read_entry(data)};
}

void write_port_collection(json_writer& out, const port_collection& what) {
  out.raw(R"({"PortCollection":{"dry_run":)").boolean(what.dry_run);
  out.raw(R"(,"ports":)");
  out.array(what.verdicts, [&](const port_verdict& verdict) {
    out.raw(R"({"goes":)").boolean(verdict.goes);
    out.raw(R"(,"why":)").text(verdict.why).raw(R"(,"entry":)");
    write_entry(out, verdict.entry, true);
    out.raw("}");
  });
  out.raw("}}");
}

port_collection read_port_collection(const json_cursor& data) {
  port_collection what;
  what.dry_run = data.member("dry_run").boolean();
  auto ports = data.member("ports");
  ports.for_each_item([&](const json_cursor& item) {
    port_verdict verdict;
    verdict.goes = item.member("goes").boolean();
    verdict.why = item.member("why").text();
    auto entry = item.member("entry");
    verdict.entry = read_entry(entry);
    what.verdicts.push_back(std::move(verdict));
  });
  return what;
}

} // namespace hiisi::protocol
