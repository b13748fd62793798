#include "actors/core/process_ports.hpp"

#include "protocol/utf8.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;
using protocol::process_port;
using protocol::result;

namespace {

constexpr std::string_view any_port = "{port}";
constexpr std::string_view labelled = "{port:";

/// Replaces what stands at `at` of `word`, where "{port" begins, and returns
/// where to go on.
result<size_t> fill_in(std::string& word, size_t at,
                       std::span<const process_port> ports) {
  const auto rest = std::string_view{word}.substr(at);
  const process_port* found = nullptr;
  size_t length = 0;
  if (rest.starts_with(any_port)) {
    found = &ports.front();
    length = any_port.size();
  } else if (const auto end = rest.find('}');
             rest.starts_with(labelled) && end != rest.npos) {
    const auto label = rest.substr(labelled.size(), end - labelled.size());
    const auto has_it = std::ranges::find(ports, label, &process_port::label);
    if (has_it == ports.end() || label.empty())
      return make_error(
          errc::invalid_argument,
          "the command asks for {port:" + protocol::excerpt(label)
              + "}, and no port has that label",
          "give it one by --port="
              + protocol::excerpt(label.empty() ? "LABEL" : label));
    found = &*has_it;
    length = end + 1;
  } else {
    return at + 1;
  }
  const auto number = std::to_string(found->port);
  word.replace(at, length, number);
  return at + number.size();
}

} // namespace

std::string port_variable(std::string_view label) {
  std::string name = "PORT_";
  for (const auto c : label) {
    if (c >= 'a' && c <= 'z')
      name += static_cast<char>(c - 'a' + 'A');
    else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
      name += c;
    else
      name += '_';
  }
  return name;
}

environment port_variables(std::span<const process_port> ports) {
  environment variables;
  for (const auto& one : ports) {
    const auto number = std::to_string(one.port);
    variables.emplace("PORT", number);
    if (!one.label.empty())
      variables.emplace(port_variable(one.label), number);
  }
  return variables;
}

std::string socket_names(std::span<const process_port> ports) {
  std::string names;
  for (const auto& one : ports)
    names += (names.empty() ? "" : ":")
             + (one.label.empty() ? std::to_string(one.port) : one.label);
  return names;
}

result<void> check_wishes(std::span<const protocol::port_wish> wishes,
                          const std::vector<std::string>& argv) {
  std::vector<process_port> named;
  std::set<std::string> variables;
  std::set<std::pair<uint16_t, bool>> numbers;
  for (const auto& one : wishes) {
    named.push_back({0, one.label, one.udp});
    if (!one.label.empty()
        && !variables.insert(port_variable(one.label)).second)
      return make_error(errc::invalid_argument,
                        "two ports of one process would both be "
                            + port_variable(one.label),
                        "give them labels that differ in letters or digits");
    if (one.port && !numbers.insert({*one.port, one.udp}).second)
      return make_error(errc::invalid_argument,
                        "port " + std::to_string(*one.port)
                            + " is asked for twice",
                        "ask for it once");
  }
  if (auto filled = fill_in_ports(argv, named); !filled)
    return std::move(filled).failure();
  return {};
}

result<std::vector<std::string>>
fill_in_ports(std::vector<std::string> argv,
              std::span<const process_port> ports) {
  if (ports.empty())
    return argv;
  for (auto& word : argv)
    for (auto at = word.find("{port"); at != word.npos;) {
      auto next = fill_in(word, at, ports);
      if (!next)
        return std::move(next).failure();
      at = word.find("{port", *next);
    }
  return argv;
}

std::vector<uint16_t> ports_to_free(std::span<const process_port> ports,
                                    std::optional<bool> free_ports,
                                    const std::set<uint16_t>& others) {
  std::vector<uint16_t> gone;
  for (const auto& one : ports)
    if (free_ports.value_or(!one.named) && !others.contains(one.port)
        && std::ranges::find(gone, one.port) == gone.end())
      gone.push_back(one.port);
  return gone;
}

} // namespace hiisi::core
