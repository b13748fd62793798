#include "hiisi/port_readers.hpp"

#include "hiisi/call_errors.hpp"
#include "hiisi/text.hpp"
#include "protocol/limits.hpp"
#include "protocol/names.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::result;

result<uint16_t> read_count(const parsed_values& values) {
  auto word = values.value("count");
  if (!word)
    return uint16_t{1};
  uint16_t count = 0;
  auto end = word->data() + word->size();
  auto read = std::from_chars(word->data(), end, count);
  if (!all_digits(*word) || read.ec != std::errc{} || count == 0
      || count > protocol::max_ports_at_once)
    return wrong("--count '" + printable(*word) + "' is no number of ports",
                 "write a number from 1 to "
                     + std::to_string(protocol::max_ports_at_once));
  return count;
}

result<verb> read_allocate(const parsed_values& values,
                           const std::vector<std::string>& words) {
  port_allocate_verb allocate;
  if (!words.empty()) {
    auto port = parse_port(words[0]);
    if (!port)
      return port.failure();
    allocate.port = *port;
  }
  auto count = read_count(values);
  if (!count)
    return count.failure();
  allocate.count = *count;
  allocate.contiguous = values.has("contiguous");
  allocate.udp = values.has("udp");
  if (auto label = values.value("label")) {
    if (auto good = protocol::check_name(*label); !good)
      return wrong("--label: " + good.failure().message, good.failure().hint);
    allocate.label = *label;
  }
  if (allocate.count > 1 && (allocate.port || !allocate.label.empty()))
    return wrong("several ports cannot have one number or label",
                 "leave out --count, or both the port and --label");
  if (allocate.contiguous && allocate.count == 1)
    return wrong("--contiguous is for several ports",
                 "hiisi port allocate --count 3 --contiguous");
  return verb{std::move(allocate)};
}

result<verb> read_transfer(uint16_t port, const parsed_values& values,
                           const std::vector<std::string>& words) {
  port_transfer_verb transfer{port, {}};
  if (values.has("cancel") == (words.size() > 1))
    return wrong("hiisi port transfer takes either a user or --cancel",
                 "hiisi port transfer " + words[0]
                     + " anna offers it to anna, who then accepts it");
  if (words.size() > 1) {
    if (words[1].empty() || protocol::find_invalid_utf8(words[1]))
      return wrong("'" + printable(words[1]) + "' cannot be a user's name");
    transfer.to = words[1];
  }
  return verb{std::move(transfer)};
}

/// A name below which names of hosts are made: it ends up in a proxy's
/// configuration.
bool is_domain(std::string_view word) {
  return !word.empty() && word.front() != '.' && word.front() != '-'
         && std::ranges::all_of(word, [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                     || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
            });
}

result<verb> read_export(const parsed_values& values,
                         const std::vector<std::string>& words) {
  using format = port_export_verb::format;
  port_export_verb what;
  if (!words.empty())
    what.user = words[0];
  auto word = values.value("format").value_or("json");
  if (word == "caddy")
    what.how = format::caddy;
  else if (word == "nginx")
    what.how = format::nginx;
  else if (word != "json")
    return wrong("--format '" + printable(word) + "' is not known",
                 "write --format caddy, --format nginx or --format json");
  if ((what.domain = values.value("domain")) && !is_domain(*what.domain))
    return wrong("--domain '" + printable(*what.domain)
                     + "' is no name of a domain",
                 "write --domain example.org");
  return verb{std::move(what)};
}

} // namespace

result<verb> read_port_words(std::string_view name, const parsed_values& values,
                             const std::vector<std::string>& words) {
  if (name == "port lookup") {
    if (!words.empty()
        && (words[0].empty() || protocol::find_invalid_utf8(words[0])))
      return wrong("'" + printable(words[0]) + "' cannot be a user's name");
    port_lookup_verb lookup;
    if (!words.empty())
      lookup.user = words[0];
    return verb{std::move(lookup)};
  }
  if (name == "port allocate")
    return read_allocate(values, words);
  if (name == "port gc")
    return verb{port_gc_verb{values.has("dry-run")}};
  if (name == "port export")
    return read_export(values, words);
  if (name == "port suggest") {
    port_suggest_verb suggest;
    auto count = read_count(values);
    if (!count)
      return count.failure();
    suggest.count = *count;
    if (auto word = values.value("near")) {
      auto near = parse_port(*word);
      if (!near)
        return near.failure();
      suggest.near = *near;
    }
    return verb{suggest};
  }
  std::vector<uint16_t> ports;
  for (const std::string& word : words) {
    if (!ports.empty() && name == "port transfer")
      break;
    auto port = parse_port(word);
    if (!port)
      return port.failure();
    ports.push_back(*port);
  }
  if (name == "port free")
    return verb{port_free_verb{std::move(ports), values.has("force")}};
  if (name == "port check")
    return verb{port_check_verb{ports[0]}};
  if (name == "port keep")
    return verb{port_keep_verb{ports[0], !values.has("off")}};
  if (name == "port accept")
    return verb{port_accept_verb{ports[0]}};
  return read_transfer(ports[0], values, words);
}

result<uint16_t> parse_port(std::string_view word) {
  constexpr std::string_view range = "ports go from 1024 to 65535";
  if (!all_digits(word))
    return wrong("'" + printable(word) + "' is not a port", std::string{range});
  uint32_t port = 0;
  auto read = std::from_chars(word.data(), word.data() + word.size(), port);
  if (read.ec != std::errc{} || port > protocol::max_port)
    return wrong("port " + std::string{word} + " is above 65535",
                 std::string{range});
  if (port < protocol::min_port)
    return wrong("port " + std::string{word} + " is below 1024",
                 std::string{range}
                     + "; those below take privileges to listen on");
  return static_cast<uint16_t>(port);
}

} // namespace hiisi::cli
