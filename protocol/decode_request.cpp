// JSON to requests, with every check that needs no more than the request
// itself; codec_request.cpp has the way back.
#include "protocol/codec.hpp"
#include "protocol/codec_observe.hpp"
#include "protocol/finding_json.hpp"
#include "protocol/json_cursor.hpp"
#include "protocol/json_pieces.hpp"
#include "protocol/limits.hpp"
#include "protocol/names.hpp"
#include "protocol/quota_json.hpp"
#include "protocol/quoting.hpp"
#include "protocol/read_arguments.hpp"
#include "protocol/signals.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <array>

namespace hiisi::protocol {

namespace {

constexpr uint64_t max_stop_timeout_ms = 60 * 60 * 1000;

uint16_t port_at(const json_cursor& at) {
  if (auto port = at.unsigned_value()) {
    if (auto checked = check_port(*port); !checked)
      at.fail_plainly(std::move(checked).failure());
    return static_cast<uint16_t>(*port);
  }
  auto given = at.number_text();
  if (given.empty())
    at.fail_type("a port number");
  else
    at.fail_plainly(make_error(
        errc::invalid_argument,
        "port " + given
            + (given.front() == '-'
                   ? " is below " + std::to_string(min_port)
                   : std::string{" is not a whole number within range"}),
        "choose one from " + std::to_string(min_port) + " to "
            + std::to_string(max_port)));
  return 0;
}

// -- Run ----------------------------------------------------------------------

restart_policy policy_at(const json_cursor& arguments) {
  auto policy = arguments.member("policy");
  if (policy.present()) {
    const auto& word = policy.text();
    if (auto known = restart_policy_from_string(word))
      return *known;
    policy.fail(errc::invalid_argument,
                "\"" + excerpt(word) + "\" is no restart policy",
                "use no, on-failure or always");
    return restart_policy::no;
  }
  auto restart = arguments.member("restart");
  return restart.present() && restart.boolean() ? restart_policy::always
                                                : restart_policy::no;
}

int signal_at(const json_cursor& at) {
  std::optional<int> number;
  auto given = at.number_text();
  if (at.is_text())
    number = signal_from_string(at.text());
  else if (given.empty())
    at.fail_type("the name or number of a signal");
  else if (auto value = at.unsigned_value();
           value && *value >= 1 && *value <= uint64_t{max_signal})
    number = static_cast<int>(*value);
  if (!number)
    at.fail(errc::invalid_argument,
            (at.is_text() ? "\"" + excerpt(at.text()) + "\"" : given)
                + " is no signal",
            "use a name such as SIGTERM or a number from 1 to "
                + std::to_string(max_signal));
  return number.value_or(0);
}

port_wish port_wish_at(const json_cursor& at) {
  port_wish wish;
  if (auto port = at.member("port"); port.present())
    wish.port = port_at(port);
  if (auto label = at.member("label"); label.present())
    wish.label = name_at(label);
  if (auto udp = at.member("udp"); udp.present())
    wish.udp = udp.boolean();
  return wish;
}

std::map<limited_resource, uint64_t> limits_at(const json_cursor& at) {
  std::map<limited_resource, uint64_t> limits;
  if (!at.present())
    return limits;
  for (const auto& [name, value] : at.members()) {
    const auto what = limited_resource_from_string(name);
    if (!what) {
      at.fail(errc::invalid_argument,
              "\"" + excerpt(name) + "\" cannot be limited",
              "there are nofile, nproc, cpu, memory and cpus");
      return limits;
    }
    const auto most = at.member(name).number(least_of(*what), most_of(*what));
    limits[*what] = most;
  }
  return limits;
}

command run_at(const json_cursor& arguments) {
  run_request run;
  run.argv = argv_at(arguments);
  run.cwd = cwd_at(arguments);
  run.env = env_at(arguments.member("env"));
  run.restart = policy_at(arguments);
  if (auto name = arguments.member("name"); name.present())
    run.name = name_at(name);
  if (auto signal = arguments.member("stop_signal"); signal.present())
    run.stop_signal = signal_at(signal);
  if (auto wait = arguments.member("stop_timeout_ms"); wait.present())
    run.stop_timeout
        = std::chrono::milliseconds{wait.number(0, max_stop_timeout_ms)};
  run.umask = umask_at(arguments);
  if (auto bytes = arguments.member("log_bytes"); bytes.present()) {
    run.log_bytes = bytes.number(0, max_log_bytes);
    if (*run.log_bytes != 0 && *run.log_bytes < min_log_bytes)
      bytes.fail(errc::invalid_argument,
                 "a log of " + std::to_string(*run.log_bytes)
                     + " bytes is too small to be rotated",
                 "give 0 for no rotation, or at least "
                     + std::to_string(min_log_bytes));
  }
  if (auto keep = arguments.member("log_keep"); keep.present())
    run.log_keep
        = static_cast<uint32_t>(keep.number(min_log_keep, max_log_keep));
  if (auto ports = arguments.member("ports"); ports.present()) {
    ports.for_each_item([&](const json_cursor& port) {
      run.ports.push_back(port_wish_at(port));
    });
    if (run.ports.size() > max_process_ports)
      ports.fail(errc::invalid_argument,
                 "a process may have " + std::to_string(max_process_ports)
                     + " ports",
                 "ask for fewer");
  }
  if (auto listen = arguments.member("listen"); listen.present()) {
    run.listen = plain_text(listen);
    if (run.ports.empty())
      listen.fail(errc::invalid_argument, "there is no port to listen on",
                  "ask for one in \"ports\"");
  }
  run.limits = limits_at(arguments.member("limits"));
  run.timestamps = read_flag(arguments, "timestamps");
  run.terminal = read_flag(arguments, "terminal");
  if (run.listen && run.ports.size() == max_process_ports
      && (run.timestamps || run.terminal))
    arguments.fail(errc::invalid_argument,
                   "with --timestamps or --pty Hiisi listens on "
                       + std::to_string(max_process_ports - 1)
                       + " ports of a process",
                   "ask for fewer");
  return run;
}

// -- the other commands -------------------------------------------------------

template <class Request>
command with_target(const json_cursor& arguments) {
  return Request{target_at(arguments)};
}

command remove_at(const json_cursor& arguments) {
  remove_request remove{target_at(arguments)};
  if (auto ports = arguments.member("free_ports"); ports.present())
    remove.free_ports = ports.boolean();
  return remove;
}

command status_at(const json_cursor& arguments) {
  status_request status;
  if (auto all = arguments.member("all"); all.present())
    status.all = all.boolean();
  if (auto usage = arguments.member("usage"); usage.present())
    status.usage = usage.boolean();
  if (arguments.member("id").present() || arguments.member("name").present())
    status.what = target_at(arguments);
  return status;
}

uint16_t count_at(const json_cursor& arguments) {
  auto count = arguments.member("count");
  return count.present()
             ? static_cast<uint16_t>(count.number(1, max_ports_at_once))
             : uint16_t{1};
}

command port_allocate_at(const json_cursor& arguments) {
  port_allocate_request allocate;
  if (auto port = arguments.member("port"); port.present())
    allocate.port = port_at(port);
  allocate.count = count_at(arguments);
  allocate.contiguous = read_flag(arguments, "contiguous");
  if (auto label = arguments.member("label"); label.present())
    allocate.label = name_at(label);
  allocate.udp = read_flag(arguments, "udp");
  if (allocate.count > 1 && (allocate.port || !allocate.label.empty()))
    arguments.fail(errc::invalid_argument,
                   "several ports cannot have one number or label",
                   "ask for them one by one, or leave both out");
  return allocate;
}

command port_free_at(const json_cursor& arguments) {
  auto port = arguments.member("port");
  return port_free_request{port_at(port), read_flag(arguments, "force")};
}

command port_lookup_at(const json_cursor& arguments) {
  port_lookup_request lookup;
  if (auto user = arguments.member("user"); user.present())
    lookup.user = plain_text(user);
  return lookup;
}

command port_check_at(const json_cursor& arguments) {
  return port_check_request{port_at(arguments.member("port"))};
}

command port_suggest_at(const json_cursor& arguments) {
  port_suggest_request suggest;
  if (auto near = arguments.member("near"); near.present())
    suggest.near = port_at(near);
  suggest.count = count_at(arguments);
  return suggest;
}

command port_keep_at(const json_cursor& arguments) {
  return port_keep_request{port_at(arguments.member("port")),
                           arguments.member("keep").boolean()};
}

command port_transfer_at(const json_cursor& arguments) {
  port_transfer_request transfer{port_at(arguments.member("port")), {}};
  if (auto to = arguments.member("to"); to.present())
    transfer.to = plain_text(to);
  return transfer;
}

command port_accept_at(const json_cursor& arguments) {
  return port_accept_request{port_at(arguments.member("port"))};
}

command port_collect_at(const json_cursor& arguments) {
  return port_collect_request{read_flag(arguments, "dry_run")};
}

command shutdown_at(const json_cursor&) {
  return shutdown_request{};
}

command version_at(const json_cursor&) {
  return version_request{};
}

struct known_command {
  std::string_view name;
  command (*read)(const json_cursor& arguments);
};

constexpr std::array commands = {
    known_command{"Run", run_at},
    known_command{"Stop", with_target<stop_request>},
    known_command{"Start", with_target<start_request>},
    known_command{"Restart", with_target<restart_request>},
    known_command{"Remove", remove_at},
    known_command{"Status", status_at},
    known_command{"Logs", with_target<logs_request>},
    known_command{"PortAllocate", port_allocate_at},
    known_command{"PortFree", port_free_at},
    known_command{"PortLookup", port_lookup_at},
    known_command{"PortCheck", port_check_at},
    known_command{"PortSuggest", port_suggest_at},
    known_command{"PortKeep", port_keep_at},
    known_command{"PortTransfer", port_transfer_at},
    known_command{"PortAccept", port_accept_at},
    known_command{"PortCollect", port_collect_at},
    known_command{"Shutdown", shutdown_at},
    known_command{"Version", version_at},
    known_command{"Events", events_command},
    known_command{"HookAdd", hook_add_command},
    known_command{"HookList", hook_list_command},
    known_command{"HookRemove", hook_remove_command},
    known_command{"Debug", debug_command},
    known_command{"Quota", quota_command},
    known_command{"Doctor", doctor_command},
};

command command_named(std::string_view name, const json_value& arguments,
                      std::optional<error>& failure) {
  json_cursor at{arguments, failure, name};
  for (const auto& known : commands)
    if (known.name == name)
      return known.read(at);
  std::string hint = "known are";
  for (const auto& known : commands)
    hint += " " + std::string{known.name} + ",";
  hint.pop_back();
  at.fail_plainly(make_error(errc::unknown_command,
                             "unknown command \"" + excerpt(name) + "\"",
                             std::move(hint)));
  return {};
}

command command_at(const json_cursor& cmd, uint32_t version,
                   std::optional<error>& failure) {
  static const json_value nothing;
  if (cmd.is_text()) {
    // To the first Hiisi's client, "Status" is about everyone.
    if (version < 2 && cmd.text() == "Status")
      return status_request{std::nullopt, true};
    return command_named(cmd.text(), nothing, failure);
  }
  if (!cmd.is_object()) {
    cmd.fail_type("a command, such as \"Status\"");
    return {};
  }
  const auto& members = cmd.members();
  if (members.size() != 1) {
    cmd.fail(errc::bad_request,
             "expected one command, found " + std::to_string(members.size()),
             "send each command in a frame of its own");
    return {};
  }
  return command_named(members[0].first, members[0].second, failure);
}

} // namespace

result<request> decode_request(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed)
    return std::move(parsed).failure();
  std::optional<error> failure;
  json_cursor root{*parsed, failure};
  if (!root.is_object()) {
    root.fail_type("a request, an object");
    return *failure;
  }
  request out;
  auto hiisi = root.member("hiisi");
  if (hiisi.present())
    out.version
        = static_cast<uint32_t>(hiisi.member("protocol").number(1, UINT32_MAX));
  if (auto user = root.member("user"); user.present())
    out.user = plain_text(user);
  auto cmd = root.member("cmd");
  out.what = command_at(cmd, out.version, failure);
  if (failure)
    return std::move(*failure);
  return out;
}

} // namespace hiisi::protocol
