// JSON to responses, of either version; codec_response.cpp has the way back.
#include "protocol/codec.hpp"
#include "protocol/codec_observe.hpp"
#include "protocol/finding_json.hpp"
#include "protocol/json_cursor.hpp"
#include "protocol/json_pieces.hpp"
#include "protocol/port_json.hpp"
#include "protocol/quota_json.hpp"
#include "protocol/quoting.hpp"
#include "protocol/usage_json.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>

namespace hiisi::protocol {

namespace {

using std::chrono::nanoseconds;

uint32_t u32_at(const json_cursor& at) {
  return static_cast<uint32_t>(at.number(0, UINT32_MAX));
}

int32_t i32_at(const json_cursor& at) {
  return static_cast<int32_t>(at.signed_number(INT32_MIN, INT32_MAX));
}

// The seconds of an uptime are a u64, our nanoseconds hold 292 years.
nanoseconds uptime_at(const json_cursor& at) {
  auto seconds = at.member("secs").number(0, UINT64_MAX);
  auto nanos = at.member("nanos").number(0, UINT32_MAX);
  constexpr uint64_t most = INT64_MAX / 1'000'000'000 - 5;
  return nanoseconds{
      static_cast<int64_t>(std::min(seconds, most) * 1'000'000'000 + nanos)};
}

// -- status -------------------------------------------------------------------

// What the first Hiisi says of a process's state.
void read_old_status(const json_cursor& at, status_entry& entry) {
  if (at.is_text()) {
    entry.state = process_state::running;
    if (at.text() != "Running")
      at.fail(errc::bad_request,
              "unknown status \"" + excerpt(at.text()) + "\"");
    return;
  }
  auto exited = at.member("Exited");
  auto failed = at.member("Failed");
  if (exited.present()) {
    entry.state = process_state::exited;
    entry.last_exit
        = exit_info{exit_info::kind::exited, i32_at(exited), false, {}};
  } else {
    entry.state = process_state::failed;
    entry.reason = failed.text();
  }
}

std::vector<process_port> process_ports_at(const json_cursor& parent) {
  std::vector<process_port> ports;
  auto at = parent.member("ports");
  if (!at.present())
    return ports;
  at.for_each_item([&](const json_cursor& item) {
    process_port one{read_port_number(item.member("port"))};
    if (auto label = item.member("label"); label.present())
      one.label = label.text();
    if (auto udp = item.member("udp"); udp.present())
      one.udp = udp.boolean();
    if (auto named = item.member("named"); named.present())
      one.named = named.boolean();
    if (auto since = item.member("unused_since"); since.present())
      one.unused_since = read_time(since);
    ports.push_back(std::move(one));
  });
  return ports;
}

// The keys that say more than the first Hiisi's; false where they are not
// there.
bool read_our_part(const json_cursor& at, status_entry& entry) {
  auto state = at.member("state");
  if (!state.present())
    return false;
  if (auto known = process_state_from_string(state.text()))
    entry.state = *known;
  else
    state.fail(errc::bad_request,
               "unknown state \"" + excerpt(state.text()) + "\"");
  entry.name = at.member("name").text();
  entry.uid = u32_at(at.member("uid"));
  auto argv = at.member("argv");
  argv.for_each_item(
      [&](const json_cursor& word) { entry.argv.push_back(word.text()); });
  entry.full = at.member("full").boolean();
  auto policy = at.member("policy");
  if (auto known = restart_policy_from_string(policy.text()))
    entry.policy = *known;
  else
    policy.fail(errc::bad_request,
                "unknown restart policy \"" + excerpt(policy.text()) + "\"");
  entry.restarts = u32_at(at.member("restarts"));
  entry.pid = i32_at(at.member("pid"));
  entry.created = read_time(at.member("created"));
  // The old status has put its own reading of these two there.
  entry.last_exit.reset();
  entry.reason.clear();
  if (auto last = at.member("last_exit"); last.present()) {
    entry.last_exit = read_exit(last);
    entry.last_exit->at = read_time(last.member("at"));
  }
  if (auto reason = at.member("reason"); reason.present())
    entry.reason = reason.text();
  if (auto next = at.member("next_restart_ns"); next.present())
    entry.next_restart = nanoseconds{next.signed_number(INT64_MIN, INT64_MAX)};
  entry.ports = process_ports_at(at);
  if (auto held = at.member("held"); held.present())
    entry.held = held.boolean();
  if (auto stamps = at.member("timestamps"); stamps.present())
    entry.timestamps = stamps.boolean();
  if (auto terminal = at.member("terminal"); terminal.present())
    entry.terminal = terminal.boolean();
  if (auto usage = at.member("usage"); usage.present())
    entry.usage.push_back(usage_at(usage));
  return true;
}

status_entry status_entry_at(const json_cursor& at) {
  status_entry entry;
  entry.id = u32_at(at.member("id"));
  entry.user = at.member("user").text();
  auto uptime = at.member("uptime");
  entry.uptime = uptime_at(uptime);
  entry.cwd = at.member("cwd").text();
  auto cmd = at.member("cmd");
  const auto& line = cmd.text();
  read_old_status(at.member("status"), entry);
  if (!read_our_part(at, entry)) {
    // The first Hiisi shows everything to everyone.
    entry.full = true;
    entry.argv = split_words(line);
  }
  return entry;
}

payload statuses_at(const json_cursor& data) {
  status_list list;
  list.entries.reserve(data.items().size());
  data.for_each_item([&](const json_cursor& item) {
    list.entries.push_back(status_entry_at(item));
  });
  return list;
}

// -- the other kinds ----------------------------------------------------------

payload allocated_at(const json_cursor& data) {
  port_allocated allocated{read_port_number(data.member("port")), {}};
  if (auto more = data.member("more"); more.present())
    more.for_each_item([&](const json_cursor& port) {
      allocated.more.push_back(read_port_number(port));
    });
  return allocated;
}

payload started_at(const json_cursor& data) {
  process_started started{u32_at(data.member("id")), {}};
  if (auto name = data.member("name"); name.present())
    started.name = name.text();
  started.ports = process_ports_at(data);
  return started;
}

payload removed_at(const json_cursor& data) {
  process_removed removed;
  // A daemon that had nothing to say of ports gives the bare word.
  const auto read = [&](std::string_view key, std::vector<uint16_t>& out) {
    if (auto ports = data.member(key); ports.present())
      ports.for_each_item([&](const json_cursor& port) {
        out.push_back(read_port_number(port));
      });
  };
  read("freed_ports", removed.freed_ports);
  read("kept_ports", removed.kept_ports);
  return removed;
}

payload logs_at(const json_cursor& data) {
  return log_paths{data.member("stdout").text(), data.member("stderr").text()};
}

payload release_at(const json_cursor& data) {
  version_info info;
  info.version = data.member("version").text();
  info.protocol = u32_at(data.member("protocol"));
  info.pid = i32_at(data.member("pid"));
  info.uid = u32_at(data.member("uid"));
  info.system = data.member("system").boolean();
  return info;
}

payload payload_named(std::string_view kind, const json_cursor& data,
                      const json_cursor& ok) {
  if (kind == "ProcessStarted")
    return started_at(data);
  if (kind == "ProcessStopped")
    return process_stopped{};
  if (kind == "ProcessRemoved")
    return removed_at(data);
  if (kind == "Status")
    return statuses_at(data);
  if (kind == "Logs")
    return logs_at(data);
  if (kind == "PortAllocated")
    return allocated_at(data);
  if (kind == "PortFreed")
    return port_freed{};
  if (kind == "PortList")
    return read_port_list(data);
  if (kind == "PortReport")
    return read_port_report(data);
  if (kind == "PortSuggestions")
    return read_port_suggestions(data);
  if (kind == "PortChanged")
    return read_port_changed(data);
  if (kind == "PortCollection")
    return read_port_collection(data);
  if (kind == "Version")
    return release_at(data);
  if (kind == "Quota")
    return read_quota(data);
  if (kind == "Doctor")
    return read_findings(data);
  if (auto what = observed(kind, data))
    return *std::move(what);
  ok.fail(errc::bad_request, "unknown kind \"" + excerpt(kind) + "\"",
          "the daemon may be newer than this client: update the client");
  return {};
}

payload payload_at(const json_cursor& ok) {
  if (ok.is_text()) {
    auto nothing = ok.absent_member(ok.text());
    return payload_named(ok.text(), nothing, ok);
  }
  const auto& members = ok.members();
  if (members.empty()) {
    ok.fail(errc::bad_request, "is empty");
    return {};
  }
  auto data = ok.member(members.front().first);
  return payload_named(members.front().first, data, ok);
}

error error_at(const json_cursor& root) {
  auto ours = root.member("error");
  // The first Hiisi's daemon gives text alone.
  if (!ours.present())
    return make_error(errc::internal, root.member("Error").text());
  error out;
  out.code = errc_from_string(ours.member("code").text());
  out.message = ours.member("message").text();
  if (auto hint = ours.member("hint"); hint.present())
    out.hint = hint.text();
  return out;
}

error not_understood(error reason) {
  reason.message = "the daemon's answer cannot be read: " + reason.message;
  if (reason.code == errc::invalid_argument)
    reason.code = errc::bad_request;
  if (reason.hint.empty())
    reason.hint = "check that a hiidet listens on that socket";
  return reason;
}

} // namespace

result<response> decode_response(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed)
    return not_understood(std::move(parsed).failure());
  std::optional<error> failure;
  json_cursor root{*parsed, failure};
  response out;
  auto ok = root.member("Ok");
  if (!root.is_object())
    root.fail_type("a response, an object");
  else if (ok.present())
    out.what = payload_at(ok);
  else if (root.member("Error").present())
    out.what = error_at(root);
  else
    root.fail(errc::bad_request, "it holds neither \"Ok\" nor \"Error\"");
  if (auto more = root.member("more"); more.present())
    out.more = more.boolean();
  if (failure)
    return not_understood(std::move(*failure));
  return out;
}

} // namespace hiisi::protocol
