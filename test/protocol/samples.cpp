#include "test/protocol/samples.hpp"

namespace hiisi::test {

using namespace protocol;
using namespace std::chrono_literals;

namespace {

request of_old(command what) {
  return {std::move(what), "alice", 1};
}

request of_ours(command what) {
  return {std::move(what), "alice", 2};
}

std::vector<request_sample> old_requests() {
  run_request run;
  run.argv = {"./srv", "--port", "8080"};
  run.cwd = "/home/a";
  run.env = {{"K", "V"}};
  auto restarted = run;
  restarted.restart = restart_policy::always;
  return {
      {"request_v1_run", of_old(run)},
      {"request_v1_run_restart", of_old(restarted)},
      {"request_v1_stop", of_old(stop_request{0u})},
      {"request_v1_status", of_old(status_request{std::nullopt, true})},
      {"request_v1_logs", of_old(logs_request{0u})},
      {"request_v1_port_allocate_any", of_old(port_allocate_request{})},
      {"request_v1_port_allocate", of_old(port_allocate_request{8080})},
      {"request_v1_port_free", of_old(port_free_request{8080})},
      {"request_v1_port_lookup_all", of_old(port_lookup_request{})},
      {"request_v1_port_lookup", of_old(port_lookup_request{"alice"})},
  };
}

std::vector<request_sample> our_requests() {
  run_request plain;
  plain.argv = {"true"};
  plain.cwd = "/";
  run_request whole;
  whole.argv = {"./my server", "--greeting", "it's \"you\"", "", "-x"};
  whole.cwd = "/home/alice/caf\xc3\xa9";
  whole.env = {{"EMPTY", ""}, {"LINES", "a\nb"}, {"PATH", "/bin:/usr/bin"}};
  whole.restart = restart_policy::on_failure;
  whole.name = "web-1.a_b";
  whole.stop_signal = 15;
  whole.stop_timeout = 2500ms;
  whole.umask = 027;
  whole.log_bytes = 1048576;
  whole.log_keep = 3;
  auto listening = plain;
  listening.ports = {{}, {8080, "web"}, {{}, "dns", true}};
  listening.listen = "127.0.0.1";
  auto limited = plain;
  limited.limits = {{limited_resource::nofile, 64},
                    {limited_resource::memory, uint64_t{1} << 26},
                    {limited_resource::cpus, 1500}};
  auto watched = plain;
  watched.timestamps = true;
  watched.terminal = true;
  std::string web = "web";
  events_request events;
  events.since = sample_time();
  events.user = "bob";
  events.what = web;
  events.last = 20;
  events.follow = true;
  hook_add_request hook;
  hook.on = {event_kind::give_up, event_kind::exit};
  hook.what = 7u;
  hook.argv = {"mail", "-s", "it's \"over\"", "alice"};
  hook.cwd = "/home/alice";
  hook.env = {{"PATH", "/bin"}};
  hook.umask = 027;
  return {
      {"request_v2_events_own", of_ours(events_request{})},
      {"request_v2_events", of_ours(events)},
      {"request_v2_hook_add", of_ours(hook)},
      {"request_v2_hook_list", of_ours(hook_list_request{})},
      {"request_v2_hook_remove", of_ours(hook_remove_request{3})},
      {"request_v2_debug", of_ours(debug_request{"actors", {}, {}, false})},
      {"request_v2_debug_trace",
       of_ours(debug_request{"trace", 12, "bob", true})},
      {"request_v2_run_ports", of_ours(listening)},
      {"request_v2_run_limits", of_ours(limited)},
      {"request_v2_run_output", of_ours(watched)},
      {"request_v2_doctor", of_ours(doctor_request{})},
      {"request_v2_quota", of_ours(quota_request{})},
      {"request_v2_quota_user", of_ours(quota_request{"bob"})},
      {"request_v2_remove_ports", of_ours(remove_request{web, true})},
      {"request_v2_run_plain", of_ours(plain)},
      {"request_v2_run", of_ours(whole)},
      {"request_v2_stop_id", of_ours(stop_request{4294967295u})},
      {"request_v2_stop_name", of_ours(stop_request{web})},
      {"request_v2_start", of_ours(start_request{7u})},
      {"request_v2_restart", of_ours(restart_request{web})},
      {"request_v2_remove", of_ours(remove_request{7u})},
      {"request_v2_status_own", of_ours(status_request{})},
      {"request_v2_status_all", of_ours(status_request{std::nullopt, true})},
      {"request_v2_status_id", of_ours(status_request{7u, false})},
      {"request_v2_status_usage",
       of_ours(status_request{std::nullopt, false, true})},
      {"request_v2_status_name", of_ours(status_request{web, true})},
      {"request_v2_logs", of_ours(logs_request{web})},
      {"request_v2_port_allocate_any", of_ours(port_allocate_request{})},
      {"request_v2_port_allocate", of_ours(port_allocate_request{1024})},
      {"request_v2_port_free", of_ours(port_free_request{65535})},
      {"request_v2_port_lookup_all", of_ours(port_lookup_request{})},
      {"request_v2_port_lookup", of_ours(port_lookup_request{"bob"})},
      {"request_v2_port_allocate_some",
       of_ours(port_allocate_request{std::nullopt, 3, true, "", true})},
      {"request_v2_port_allocate_label",
       of_ours(port_allocate_request{8080, 1, false, "web", false})},
      {"request_v2_port_free_force", of_ours(port_free_request{8080, true})},
      {"request_v2_port_check", of_ours(port_check_request{8080})},
      {"request_v2_port_suggest", of_ours(port_suggest_request{})},
      {"request_v2_port_suggest_near", of_ours(port_suggest_request{8080, 5})},
      {"request_v2_port_keep", of_ours(port_keep_request{8080, true})},
      {"request_v2_port_unkeep", of_ours(port_keep_request{8080, false})},
      {"request_v2_port_transfer", of_ours(port_transfer_request{8080, "bob"})},
      {"request_v2_port_withdraw",
       of_ours(port_transfer_request{8080, std::nullopt})},
      {"request_v2_port_accept", of_ours(port_accept_request{8080})},
      {"request_v2_port_collect", of_ours(port_collect_request{})},
      {"request_v2_port_collect_dry", of_ours(port_collect_request{true})},
      {"request_v2_shutdown", of_ours(shutdown_request{})},
      {"request_v2_version", of_ours(version_request{})},
  };
}

// The process of the first Hiisi's example.
status_entry sample_entry() {
  status_entry entry;
  entry.user = "alice";
  entry.state = process_state::running;
  entry.uptime = 12s + 5ns;
  entry.argv = {"./srv", "--port", "8080"};
  entry.cwd = "/home/alice";
  entry.full = true;
  return entry;
}

status_entry ended(process_state state, exit_info::kind how, int value) {
  auto entry = sample_entry();
  entry.id = 4;
  entry.state = state;
  entry.uptime = 0s;
  entry.last_exit = exit_info{how, value, false, sample_time()};
  return entry;
}

// What a reader of version 1 makes of an entry that was ended like that.
status_entry ended_to_old(process_state state, std::optional<int> status,
                          std::string reason) {
  auto entry = sample_entry();
  entry.id = 4;
  entry.state = state;
  entry.uptime = 0s;
  if (status)
    entry.last_exit = exit_info{exit_info::kind::exited, *status, false, {}};
  entry.reason = std::move(reason);
  return entry;
}

response status_of(std::vector<status_entry> entries) {
  return {status_list{std::move(entries)}, false};
}

port_entry sample_port() {
  port_entry entry{8080, "alice", true, sample_time(), port_use::listening};
  entry.label = "web";
  entry.process = 7;
  entry.process_name = "srv";
  return entry;
}

port_entry idle_port() {
  port_entry entry{9000, "carol", true, sample_time(), port_use::taken, true};
  entry.idle_since = sample_time() + 1s;
  entry.others = {"bob", "uid 1234"};
  entry.keep = entry.unused = entry.orphaned = true;
  entry.offered_to = "bob";
  return entry;
}

port_entry listener_of_nobody() {
  return {5432, "root", true, {}, port_use::unregistered};
}

std::vector<response_sample> old_responses() {
  using enum process_state;
  using kind = exit_info::kind;
  auto same = [](std::string file, payload what) {
    response made{std::move(what), false};
    return response_sample{"response_v1_" + std::move(file), 1, made, made};
  };
  auto becomes = [](std::string file, response written, response read) {
    return response_sample{"response_v1_" + std::move(file), 1,
                           std::move(written), std::move(read)};
  };
  auto named = sample_entry();
  named.name = "srv";
  named.uid = 1000;
  named.policy = restart_policy::always;
  named.restarts = 3;
  named.pid = 4711;
  named.created = sample_time();
  auto crashed = ended(exited, kind::signaled, 11);
  crashed.last_exit->core_dumped = true;
  auto given_up = ended(failed, kind::exited, 1);
  given_up.reason = "gave up after 10 quick failures";
  auto refusal = make_error(errc::not_found, "no process 7",
                            "list them with: hiisi status");
  return {
      becomes("process_started", {process_started{0, "srv"}, false},
              {process_started{0, ""}, false}),
      same("process_stopped", process_stopped{}),
      becomes("process_removed", {process_removed{}, false},
              {process_stopped{}, false}),
      becomes("status_running", status_of({named}),
              status_of({sample_entry()})),
      becomes("status_exited", status_of({ended(exited, kind::exited, 3)}),
              status_of({ended_to_old(exited, 3, "")})),
      becomes("status_killed", status_of({crashed}),
              status_of({ended_to_old(failed, {},
                                      "killed by SIGSEGV (core dumped)")})),
      becomes("status_failed", status_of({given_up}),
              status_of({ended_to_old(failed, {},
                                      "gave up after 10 quick failures")})),
      becomes("status_stopped", status_of({ended(stopped, kind::signaled, 15)}),
              status_of({ended_to_old(exited, 143, "")})),
      same("status_empty", status_list{}),
      same("logs", log_paths{"/path", "/path"}),
      same("port_allocated", port_allocated{8080}),
      same("port_freed", port_freed{}),
      becomes("port_list",
              {port_list{{sample_port(), listener_of_nobody()}}, false},
              {port_list{
                   {{8080, "alice", true, sample_time(), port_use::listening}}},
               false}),
      becomes("port_report", {port_report{}, false},
              {make_error(errc::internal, "this command needs a newer client"),
               false}),
      becomes("version", {version_info{}, false},
              {make_error(errc::internal, "this command needs a newer client"),
               false}),
      becomes("events", {event_list{}, false},
              {make_error(errc::internal, "this command needs a newer client"),
               false}),
      becomes("error", {refusal, false},
              {make_error(errc::internal,
                          "no process 7: list them with: hiisi status"),
               false}),
  };
}

std::vector<response_sample> our_responses() {
  using enum process_state;
  using kind = exit_info::kind;
  auto same = [](std::string file, payload what, bool more = false) {
    response made{std::move(what), more};
    return response_sample{"response_v2_" + std::move(file), 2, made, made};
  };
  auto whole = ended(backoff, kind::signaled, 6);
  whole.name = "web-1";
  whole.uid = 1000;
  whole.argv = {"./my srv", "", "--greeting", "it's \"you\""};
  whole.policy = restart_policy::on_failure;
  whole.restarts = 4;
  whole.created = sample_time();
  whole.reason = "line one\nline \xe2\x80\xa8two";
  whole.next_restart = 1500ms;
  auto others = sample_entry();
  others.cwd.clear();
  others.argv = {"srv"};
  others.full = false;
  auto unseen = ended(exited, kind::unknown, 0);
  auto starved = ended(exited, kind::signaled, 9);
  starved.last_exit->out_of_memory = true;
  auto limited = starved;
  limited.last_exit->memory_max = uint64_t{64} << 20;
  process_usage used;
  used.cpu_user = 1500ms;
  used.cpu_system = 1ns;
  used.resident = uint64_t{1} << 40;
  used.proportional = 5;
  used.processes = 2;
  used.threads = 3;
  used.descriptors = 0;
  used.read_bytes = 7;
  used.written_bytes = 8;
  used.tree = {{10, 1, "srv", 1s, 4096}, {11, 10, "(a) \"b\"", 0s, 0}};
  used.limits = {{"open files", 1024}, {"file size", std::nullopt}};
  auto measured = sample_entry();
  measured.usage = {used};
  measured.timestamps = true;
  measured.terminal = true;
  auto little = sample_entry();
  little.usage = {process_usage{}};
  event happening;
  happening.number = 12;
  happening.at = sample_time();
  happening.what = event_kind::exit;
  happening.uid = 1000;
  happening.user = "alice";
  happening.id = 7;
  happening.name = "web";
  happening.by = {event_cause::kind::user, 0, "root", 4242};
  happening.run = 3;
  happening.exit
      = exit_info{exit_info::kind::signaled, 11, true, sample_time()};
  happening.used = resource_use{1s, 2us, 64 << 20};
  happening.text = "why";
  auto starving = happening;
  starving.exit = limited.last_exit;
  event plain;
  plain.what = event_kind::configuration;
  hook_entry hook;
  hook.number = 3;
  hook.on = {event_kind::give_up};
  hook.what = std::string{"web"};
  hook.argv = {"mail", "it's over"};
  hook.cwd = "/home/alice";
  hook.created = sample_time();
  hook.runs = 2;
  hook.last_run = sample_time();
  hook.last_outcome = "exited (0)";
  hook_entry idle = hook;
  idle.what = 7u;
  idle.runs = 0;
  idle.last_run.reset();
  idle.last_outcome.clear();
  auto on_ports = others;
  on_ports.ports = {{8080, "web", false, true}, {5353, "", true, true}};
  on_ports.ports[1].unused_since = protocol::wall_time{
      std::chrono::nanoseconds{1'762'000'000'123'456'789}};
  on_ports.held = true;
  return {
      same("events", event_list{{happening, plain}}),
      same("events_out_of_memory", event_list{{starving}}),
      same("status_out_of_memory", status_list{{starved, limited}}),
      same("events_more", event_list{{plain}}, true),
      same("hooks", hook_list{{hook, idle}}),
      same("hook_added", hook_added{3}),
      same("hook_removed", hook_removed{}),
      same("debug", debug_report{R"({"actors":[{"id":1,"name":"session",)"
                                 R"("ratio":0.5,"busy":false,"of":null}]})"}),
      same("quota", quota_report{"alice",
                                 1000,
                                 {{"processes", 3, 2000}, {"ports", 2, {}}}}),
      same("doctor",
           doctor_report{{{verdict::good, "keeper", "it answers"},
                          {verdict::note, "user", "it is root", "useradd"},
                          {verdict::wrong, "state", "it is full", "free"}}}),
      same("process_started", process_started{4294967295, "srv"}),
      same("process_stopped", process_stopped{}),
      same("process_started_ports",
           process_started{
               7,
               "web",
               {{8080, "web", false, true}, {5353, "", true, true}, {17198}}}),
      same("process_removed", process_removed{}),
      same("process_removed_ports", process_removed{{17198}, {8080, 5353}}),
      same("status_ports", status_list{{on_ports}}),
      same("status", status_list{{sample_entry(), whole, others, unseen}}),
      same("status_more", status_list{{sample_entry()}}, true),
      same("status_usage", status_list{{measured, little}}),
      same("status_empty", status_list{}),
      same("logs", log_paths{"/home/alice/.logs/0-srv.out",
                             "/home/alice/.logs/0-srv.err"}),
      same("port_allocated", port_allocated{8080}),
      same("port_freed", port_freed{}),
      same("port_allocated_some", port_allocated{8080, {8081, 8082}}),
      same("port_list", port_list{{sample_port(),
                                   {65535, "bob", false, wall_time{}},
                                   idle_port(),
                                   listener_of_nobody()}}),
      same("port_report", port_report{8080,
                                      false,
                                      {sample_port()},
                                      {"browsers refuse it", "it listens"},
                                      8081}),
      same("port_report_free", port_report{8080, true, {}, {}, {}}),
      same("port_suggestions", port_suggestions{{8080, 8081}}),
      same("port_changed", port_changed{idle_port()}),
      same("port_collection",
           port_collection{true,
                           {{idle_port(), true, "idle for 31 days"},
                            {sample_port(), false, "kept by its owner"}}}),
      same("version", version_info{"1.0.0", 2, 4711, 997, true}),
      same("error", make_error(errc::not_found, "no process 7",
                               "list them with: hiisi status")),
      same("error_plain", make_error(errc::internal, "it broke")),
  };
}

template <class T>
std::vector<T> joined(std::vector<T> first, std::vector<T> second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

} // namespace

wall_time sample_time() {
  return wall_time{1732992068'123456789ns};
}

std::vector<request_sample> request_samples() {
  return joined(old_requests(), our_requests());
}

std::vector<response_sample> response_samples() {
  return joined(old_responses(), our_responses());
}

} // namespace hiisi::test
