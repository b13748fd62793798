#include "hiisi/process_ports.hpp"

#include "hiisi/duration.hpp"
#include "hiisi/text.hpp"

namespace hiisi::cli {

namespace {

std::string in_parentheses(const std::string& label) {
  return label.empty() ? "" : " (" + printable(label) + ")";
}

std::string number_of(const protocol::process_port& port) {
  return std::to_string(port.port) + (port.udp ? "/udp" : "");
}

/// "port 1", "ports 1 and 2", "ports 1, 2 and 3".
std::string name_ports(std::span<const uint16_t> ports) {
  std::string text = ports.size() == 1 ? "port " : "ports ";
  for (size_t i = 0; i < ports.size(); ++i) {
    if (i > 0)
      text += i + 1 == ports.size() ? " and " : ", ";
    text += std::to_string(ports[i]);
  }
  return text;
}

} // namespace

std::string describe_port(const protocol::process_port& port) {
  return (port.udp ? "UDP port " : "port ") + std::to_string(port.port)
         + in_parentheses(port.label);
}

std::string on_ports(std::span<const protocol::process_port> ports) {
  std::string text;
  for (size_t i = 0; i < ports.size(); ++i) {
    text += i == 0 ? " on " : i + 1 == ports.size() ? " and " : ", ";
    text += describe_port(ports[i]);
  }
  return text;
}

std::string ports_cell(const protocol::status_entry& entry) {
  std::string text;
  for (const auto& port : entry.ports)
    text += (text.empty() ? "" : ",") + number_of(port)
            + (port.unused_since ? " (unused)" : "");
  return text.empty() ? "-" : text;
}

std::string ports_line(const protocol::status_entry& entry) {
  std::string text;
  for (const auto& port : entry.ports)
    text += (text.empty() ? "" : ", ") + number_of(port)
            + in_parentheses(port.label)
            + (port.unused_since
                   ? " unused since " + describe_time(*port.unused_since)
                   : "");
  return text + (entry.held ? ", held by Hiisi" : "");
}

std::string fate_of_ports(const protocol::process_removed& what) {
  std::string text;
  if (!what.freed_ports.empty())
    text += "; freed " + name_ports(what.freed_ports);
  if (!what.kept_ports.empty())
    text += "; " + name_ports(what.kept_ports)
            + (what.kept_ports.size() == 1 ? " stays yours" : " stay yours");
  return text;
}

} // namespace hiisi::cli
