#include "hiisi/duration.hpp"
#include "hiisi/render_json.hpp"
#include "hiisi/render_status.hpp"
#include "protocol/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace hiisi::cli;
using namespace hiisi::protocol;
using namespace std::chrono_literals;

namespace {

status_entry running() {
  status_entry entry;
  entry.id = 7;
  entry.name = "web";
  entry.user = "ann";
  entry.uid = 1000;
  entry.state = process_state::running;
  entry.uptime = 2h + 5min;
  entry.argv = {"./srv", "--name", "a b"};
  entry.cwd = "/home/ann";
  entry.full = true;
  entry.pid = 4242;
  entry.restarts = 3;
  entry.policy = restart_policy::always;
  return entry;
}

status_entry in_state(process_state state) {
  status_entry entry = running();
  entry.state = state;
  return entry;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(render_status)

BOOST_AUTO_TEST_CASE(ends_are_described) {
  using kind = exit_info::kind;
  BOOST_TEST(describe_exit({kind::exited, 0, false, {}}) == "exited (0)");
  BOOST_TEST(describe_exit({kind::exited, 3, false, {}}) == "exited (3)");
  BOOST_TEST(describe_exit({kind::signaled, SIGSEGV, false, {}})
             == "killed by SIGSEGV");
  BOOST_TEST(describe_exit({kind::signaled, SIGABRT, true, {}})
             == "killed by SIGABRT (core dumped)");
  exit_info starved{exit_info::kind::signaled, SIGKILL, false, {}, true, {}};
  BOOST_TEST(describe_exit(starved) == "killed for want of memory (OOM)");
  starved.memory_max = 64 << 20;
  BOOST_TEST(describe_exit(starved)
             == "killed for want of memory (OOM, memory.max 64 MiB)");
  status_entry entry;
  entry.state = process_state::exited;
  entry.last_exit = starved;
  BOOST_TEST(short_state(entry) == "killed (OOM)");
  BOOST_TEST(describe_exit({kind::unknown, 0, false, {}})
             == "exited (status unknown)");
}

BOOST_AUTO_TEST_CASE(states_are_described) {
  BOOST_TEST(describe_state(running()) == "running");
  auto backoff = in_state(process_state::backoff);
  backoff.next_restart = 3500ms;
  BOOST_TEST(describe_state(backoff) == "restart in 4 s");
  auto failed = in_state(process_state::failed);
  failed.reason = "could not start: no such file\nlast line";
  BOOST_TEST(describe_state(failed) == "failed: could not start: no such file");
  BOOST_TEST(short_state(failed) == "failed");
  auto exited = in_state(process_state::exited);
  BOOST_TEST(describe_state(exited) == "exited");
  exited.last_exit = exit_info{exit_info::kind::exited, 3, false, {}};
  BOOST_TEST(describe_state(exited) == "exited (3)");
  BOOST_TEST(describe_state(in_state(process_state::stopped)) == "stopped");
}

BOOST_AUTO_TEST_CASE(what_is_up_is_told_by_state) {
  BOOST_TEST(is_up(process_state::starting));
  BOOST_TEST(is_up(process_state::running));
  BOOST_TEST(is_up(process_state::stopping));
  BOOST_TEST(!is_up(process_state::backoff));
  BOOST_TEST(!is_up(process_state::exited));
  BOOST_TEST(!is_up(process_state::failed));
  BOOST_TEST(!is_up(process_state::stopped));
}

BOOST_AUTO_TEST_CASE(table_has_the_owner_only_for_everybody_s) {
  std::vector<status_entry> entries = {running()};
  BOOST_TEST(render_status_table(entries, false, {})
             == "ID  NAME  STATE    UPTIME  RESTARTS   PID  COMMAND\n"
                " 7  web   running  2h 05m         3  4242  ./srv --name 'a "
                "b'\n");
  BOOST_TEST(contains(render_status_table(entries, true, {}), "ann"));
}

BOOST_AUTO_TEST_CASE(table_shows_use_and_the_last_end_where_there_are_any) {
  auto one = running();
  one.usage.emplace_back();
  one.usage.front().cpu_user = 15min;
  one.usage.front().resident = 64 * 1024 * 1024;
  auto two = in_state(process_state::failed);
  two.id = 8;
  two.pid = 0;
  two.last_exit = exit_info{exit_info::kind::exited, 7, false, {}};
  auto three = running();
  three.id = 9;
  three.last_exit = exit_info{exit_info::kind::signaled, SIGKILL, false, {}};
  std::vector<status_entry> entries = {one, two, three};
  const auto text = render_status_table(entries, false, {});
  BOOST_TEST(contains(text, "RESTARTS  CPU  MEMORY  LAST END"), text);
  BOOST_TEST(contains(text, "2h 05m         3  12%  64 MiB"), text);
  BOOST_TEST(contains(text, "-       -  exited (7)"), text);
  BOOST_TEST(contains(text, "killed by SIGKILL"), text);
}

BOOST_AUTO_TEST_CASE(a_narrow_table_keeps_name_and_state) {
  auto one = running();
  one.usage.emplace_back();
  std::vector<status_entry> entries = {one};
  const auto text = render_status_table(entries, false, {.width = 24});
  BOOST_TEST(contains(text, "NAME"), text);
  BOOST_TEST(contains(text, "running"), text);
  for (const auto* gone : {"CPU", "MEMORY", "RESTARTS"})
    BOOST_TEST(!contains(text, gone), text);
}

BOOST_AUTO_TEST_CASE(block_tells_of_use_and_of_the_tree) {
  auto entry = running();
  process_usage usage;
  usage.cpu_user = 1250ms;
  usage.cpu_system = 250ms;
  usage.resident = 1536 * 1024;
  usage.proportional = 1024 * 1024;
  usage.threads = 5;
  usage.descriptors = 1;
  usage.read_bytes = 0;
  usage.written_bytes = 10 * 1024 * 1024;
  usage.tree = {{4242, 1, "srv", 1s, 1024}, {4243, 4242, "wor\nker", 2s, 99}};
  usage.limits = {{"open files", 1024}, {"address space", std::nullopt}};
  entry.usage = {usage};
  process_details details;
  event end;
  end.what = event_kind::exit;
  end.exit = exit_info{exit_info::kind::exited, 7, false, {}};
  details.ends = {end, end};
  const auto text = render_status_block(entry, details, {});
  for (const auto* part :
       {"cpu:          1.50 s (0.25 s in the kernel, 0.0% of one CPU)\n",
        "memory:       1.5 MiB (1.0 MiB with what is shared divided)\n",
        "disk:         0 B read, 10 MiB written\n",
        "has:          5 threads, 1 open file\n",
        "limits:       open files 1024\n", "4242     1.00 s   1.0 KiB  srv\n",
        "4243     2.00 s      99 B    wor\\nker\n", "exited (7)"})
    BOOST_TEST(contains(text, part), text);
  BOOST_TEST(contains(json_status({&entry, 1}),
                      R"("usage":{"cpu_user_ns":1250000000,)"));
}

BOOST_AUTO_TEST_CASE(block_shows_everything_to_the_owner) {
  auto entry = running();
  entry.reason = "one\ntwo\x1b[0m";
  auto text = render_status_block(entry, {}, {});
  BOOST_TEST(contains(text, "name:         web\n"));
  BOOST_TEST(contains(text, "directory:    /home/ann\n"));
  BOOST_TEST(contains(text, "pid:          4242\n"));
  BOOST_TEST(contains(text, "reason:\n  one\n  two\\x1b[0m\n"));
}

BOOST_AUTO_TEST_CASE(table_leaves_the_reason_to_the_block) {
  auto entry = in_state(process_state::failed);
  entry.reason = "could not start: no such file";
  std::vector<status_entry> entries = {entry};
  BOOST_TEST(!contains(render_status_table(entries, false, {}), "no such"));
  auto text = render_status_block(entry, {}, {});
  BOOST_TEST(contains(text, "state:        failed\n"));
  BOOST_TEST(contains(text, "reason:       could not start: no such file\n"));
}

BOOST_AUTO_TEST_CASE(what_others_may_not_see_is_a_dash_or_null) {
  // As the daemon sends it.
  auto entry = running();
  entry.full = false;
  entry.cwd.clear();
  entry.pid = 0;
  entry.restarts = 0;
  entry.policy = restart_policy::no;
  auto text = render_status_block(entry, {}, {});
  for (auto line :
       {"restarts:     -\n", "policy:       -\n", "directory:    -\n",
        "pid:          -\n", "last exit:    -\n"})
    BOOST_TEST(contains(text, line), text);
  BOOST_TEST(!contains(text, "stderr"));
  std::vector<status_entry> entries = {entry};
  BOOST_TEST(render_status_table(entries, false, {})
             == "ID  NAME  STATE    UPTIME  RESTARTS  PID  COMMAND\n"
                " 7  web   running  2h 05m         -    -  ./srv --name 'a "
                "b'\n");
  auto json = json_status(entries);
  for (auto part :
       {R"("restart_policy":null)", R"("restarts":null)", R"("pid":null)",
        R"("cwd":null)", R"("last_exit":null)", R"("stderr_tail":null)"})
    BOOST_TEST(contains(json, part), json);
}

BOOST_AUTO_TEST_CASE(block_ends_with_the_last_lines_of_stderr) {
  process_details details;
  details.logs = log_paths{"/l/o", "/l/e"};
  auto text = render_status_block(running(), details, {});
  BOOST_TEST(contains(text, "stdout:       /l/o\nstderr:       /l/e\n"));
  BOOST_TEST(!contains(text, "last lines"));
  details.stderr_tail = {"one", "", "two\x1b[2J"};
  text = render_status_block(running(), details, {});
  BOOST_TEST(
      text.ends_with("last lines of stderr:\n  one\n  \n  two\\x1b[2J\n"),
      text);
  std::vector<status_entry> entries = {running()};
  BOOST_TEST(contains(json_status(entries, {&details, 1}),
                      R"("stdout_path":"/l/o","stderr_path":"/l/e",)"
                      R"("stderr_tail":["one","","two\u001b[2J"],)"
                      R"("stdout_tail":[],"ends":[],"usage":null})"));
}

BOOST_AUTO_TEST_CASE(block_tells_since_when_it_is_up) {
  process_details details;
  details.up_since = wall_time{1'763'860'000s};
  const auto text = render_status_block(running(), details, {});
  BOOST_TEST(contains(text, "uptime:       2h 05m, since "
                                + describe_time(*details.up_since) + "\n"),
             text);
  BOOST_TEST(contains(render_status_block(running(), {}, {}),
                      "uptime:       2h 05m\n"));
}

BOOST_AUTO_TEST_CASE(json_has_stable_keys_and_nulls) {
  auto entry = running();
  std::vector<status_entry> entries = {entry};
  BOOST_TEST(json_status(entries)
             == R"({"processes":[{"id":7,"name":"web","user":"ann","uid":1000,)"
                R"("state":"running","description":"running","running":true,)"
                R"("uptime_ms":7500000,"command":["./srv","--name","a b"],)"
                R"("restart_policy":"always","restarts":3,"full":true,)"
                R"("cwd":"/home/ann","pid":4242,"created_at":null,"ports":[],)"
                R"("ports_held":false,"timestamps":false,"pty":false,)"
                R"("last_exit":null,)"
                R"("reason":null,"next_restart_ms":null,"stdout_path":null,)"
                R"("stderr_path":null,"stderr_tail":null,"stdout_tail":null,)"
                R"("ends":[],"usage":null}]})"
                "\n");
  BOOST_TEST(json_status({}) == "{\"processes\":[]}\n");
  entries[0].last_exit = exit_info{exit_info::kind::signaled, 9, false, {}};
  BOOST_TEST(contains(json_status(entries),
                      R"("last_exit":{"kind":"signaled","status":null,)"
                      R"("signal":9,"signal_name":"SIGKILL",)"
                      R"("core_dumped":false,"at":null,"out_of_memory":false,)"
                      R"("memory_max":null})"));
}

BOOST_AUTO_TEST_CASE(json_of_the_other_verbs) {
  BOOST_TEST(json_started({7, "my_server"})
             == "{\"id\":7,\"name\":\"my_server\",\"ports\":[]}\n");
  BOOST_TEST(json_error(make_error(errc::not_found, "no \"x\""))
             == R"({"error":{"code":"not_found","message":"no \"x\"",)"
                R"("hint":null}})"
                "\n");
  std::vector<outcome> outcomes = {
      {"7", {}, {}},
      {"x", make_error(errc::not_found, "no x", "look"), {}},
      {"8", {}, process_started{8, "db"}},
  };
  BOOST_TEST(json_outcomes("start", outcomes)
             == R"({"action":"start","results":[{"target":"7","ok":true},)"
                R"({"target":"x","ok":false,"error":{"code":"not_found",)"
                R"("message":"no x","hint":"look"}},{"target":"8","ok":true,)"
                R"("id":8,"name":"db"}]})"
                "\n");
  BOOST_TEST(json_version("1.0.0", {})
             == "{\"version\":\"1.0.0\",\"protocol\":2,\"daemon\":null}\n");
}

BOOST_AUTO_TEST_CASE(ports_have_a_column_where_somebody_has_some) {
  auto plain = running();
  auto ported = running();
  ported.id = 8;
  ported.ports = {{8080, "web", false, true}, {5353, "", true}};
  const auto table = render_status_table(std::vector{plain, ported}, false, {});
  BOOST_TEST(contains(table, "PID  PORTS"));
  BOOST_TEST(contains(table, "4242  8080,5353/udp  ./srv"));
  BOOST_TEST(contains(table, "4242  -              ./srv"));
  BOOST_TEST(
      !contains(render_status_table(std::vector{plain}, false, {}), "PORTS"));
  const auto within = [&](size_t width) {
    return render_status_table(std::vector{ported}, false, {width, false});
  };
  BOOST_TEST(contains(within(55), "PORTS"));
  BOOST_TEST(!contains(within(55), "PID"));
  BOOST_TEST(!contains(within(40), "PORTS"));
  BOOST_TEST(contains(within(40), "COMMAND"));
}

BOOST_AUTO_TEST_CASE(unused_ports_are_marked) {
  auto entry = running();
  entry.ports = {{8080, "web"}, {5353, "", true}};
  BOOST_TEST(contains(json_status(std::vector{entry}),
                      R"("label":"web","unused_since":null)"));
  entry.ports[0].unused_since
      = hiisi::protocol::parse_rfc3339("2026-11-01T09:30:00Z");
  BOOST_TEST_REQUIRE(entry.ports[0].unused_since.has_value());
  BOOST_TEST(contains(render_status_table(std::vector{entry}, false, {}),
                      "8080 (unused),5353/udp  ./srv"));
  BOOST_TEST(contains(render_status_block(entry, {}, {}),
                      "ports:        8080 (web) unused since "
                          + describe_time(*entry.ports[0].unused_since)
                          + ", 5353/udp\n"));
  BOOST_TEST(contains(json_status(std::vector{entry}),
                      R"("label":"web","unused_since":"2026-11-01T09:30:00)"));
}

BOOST_AUTO_TEST_CASE(ports_are_told_in_full_of_one_process) {
  auto entry = running();
  entry.ports = {{8080, "web", false, true}, {5353, "", true}};
  BOOST_TEST(contains(render_status_block(entry, {}, {}),
                      "ports:        8080 (web), 5353/udp\n"));
  entry.held = true;
  entry.full = false;
  BOOST_TEST(contains(render_status_block(entry, {}, {}),
                      "ports:        8080 (web), 5353/udp, held by Hiisi\n"));
}

BOOST_AUTO_TEST_SUITE_END()
