#include "hiisi/json_object.hpp"
#include "hiisi/render_ports.hpp"
#include "protocol/rfc3339.hpp"

namespace hiisi::cli {

using protocol::json_writer;
using protocol::port_entry;

namespace {

void write_members(json_writer& out, json_object& port,
                   const port_entry& entry) {
  const auto allocated = entry.use != protocol::port_use::unregistered;
  port.key("port").number(entry.port);
  port.text("user", entry.user);
  port.key("active").boolean(entry.active);
  port.text_if(allocated, "allocated_at",
               protocol::format_rfc3339(entry.allocated_at));
  port.text("use", protocol::to_string(entry.use));
  port.text("protocol", entry.udp ? "udp" : "tcp");
  port.text_if(!entry.label.empty(), "label", entry.label);
  if (entry.process != 0) {
    json_object process{port.key("process")};
    process.key("id").number(entry.process);
    process.text("name", entry.process_name);
  } else {
    port.key("process").raw("null");
  }
  port.text_if(entry.idle_since.has_value(), "idle_since",
               protocol::format_rfc3339(
                   entry.idle_since.value_or(protocol::wall_time{})));
  port.key("others").array(entry.others,
                           [&](const auto& name) { out.text(name); });
  port.key("keep").boolean(entry.keep);
  port.key("unused").boolean(entry.unused);
  port.key("orphaned").boolean(entry.orphaned);
  port.text_if(!entry.offered_to.empty(), "offered_to", entry.offered_to);
}

void write_entries(json_writer& out, json_object& whole, std::string_view key,
                   std::span<const port_entry> entries) {
  whole.key(key).array(entries, [&](const port_entry& entry) {
    json_object port{out};
    write_members(out, port, entry);
  });
}

template <class Write>
std::string document(Write write) {
  json_writer out;
  {
    json_object whole{out};
    write(out, whole);
  }
  out.raw("\n");
  return std::move(out).take();
}

void write_numbers(json_writer& out, json_object& whole,
                   std::span<const uint16_t> ports) {
  whole.key("ports").array(ports, [&](uint16_t port) { out.number(port); });
}

} // namespace

std::string json_port(const protocol::port_allocated& what) {
  return document([&](json_writer& out, json_object& whole) {
    whole.key("port").number(what.port);
    if (what.more.empty())
      return;
    std::vector<uint16_t> all{what.port};
    all.insert(all.end(), what.more.begin(), what.more.end());
    write_numbers(out, whole, all);
  });
}

std::string json_port_numbers(std::span<const uint16_t> ports) {
  return document([&](json_writer& out, json_object& whole) {
    write_numbers(out, whole, ports);
  });
}

std::string json_ports(std::span<const port_entry> entries) {
  return document([&](json_writer& out, json_object& whole) {
    write_entries(out, whole, "ports", entries);
  });
}

std::string json_port_entry(const port_entry& entry) {
  return document([&](json_writer& out, json_object& whole) {
    write_members(out, whole, entry);
  });
}

std::string json_port_report(const protocol::port_report& report) {
  return document([&](json_writer& out, json_object& whole) {
    whole.key("port").number(report.port);
    whole.key("available").boolean(report.available);
    write_entries(out, whole, "entries", report.entries);
    whole.key("remarks").array(report.remarks,
                               [&](const auto& text) { out.text(text); });
    whole.number_if(report.next_free.has_value(), "next_free",
                    report.next_free.value_or(0));
  });
}

std::string json_collection(const protocol::port_collection& what) {
  return document([&](json_writer& out, json_object& whole) {
    whole.key("dry_run").boolean(what.dry_run);
    whole.key("ports").array(what.verdicts, [&](const auto& verdict) {
      json_object port{out};
      port.key("goes").boolean(verdict.goes);
      port.text("why", verdict.why);
      write_members(out, port, verdict.entry);
    });
  });
}

} // namespace hiisi::cli
