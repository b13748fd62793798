#include "hiisi/program.hpp"
#include "test/hiisi/fake_daemon.hpp"
#include "test/hiisi/temp_place.hpp"

#include <boost/test/unit_test.hpp>

#include <iterator>
#include <memory>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::cli;
using protocol::errc;
using protocol::make_error;
using test::fake_daemon;

namespace {

protocol::status_entry entry_of(uint32_t id, protocol::process_state state) {
  protocol::status_entry entry;
  entry.id = id;
  entry.name = "p" + std::to_string(id);
  entry.state = state;
  return entry;
}

/// Two files as the logs of every process.
struct fixture {
  test::temp_place place;
  std::string path = place / "s";
  std::unique_ptr<fake_daemon> daemon;
  std::vector<protocol::request> requests;
  std::ostringstream out;
  std::ostringstream err;
  reach_settings reach;
  std::map<std::string, std::string, std::less<>> variables;
  /// What was asked at the terminal; nobody is there without an answer.
  std::vector<std::string> questions;
  std::optional<bool> reply;

  template <class Handler>
  void serve(Handler answer) {
    daemon = std::make_unique<fake_daemon>(
        path, [this, answer](const protocol::request& request) {
          requests.push_back(request);
          return fake_daemon::framed(answer(request.what));
        });
  }
  void serve_always(protocol::payload what) {
    serve([what](const protocol::command&) { return what; });
  }

  int hiisi(std::vector<std::string> words) {
    words.insert(words.begin(), {"--socket", path});
    out.str("");
    err.str("");
    reach.env = environment{variables};
    reach.patience = std::chrono::milliseconds{100};
    descriptor shown{
        ::open((place / "shown").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600)};
    std::function<bool(const std::string&)> ask;
    if (reply)
      ask = [this](const std::string& question) {
        questions.push_back(question);
        return *reply;
      };
    auto status
        = run_program(words, {reach, "ann", out, err, shown.get(), ask});
    return static_cast<int>(status);
  }

  /// What went to the output's descriptor past the stream.
  std::string shown() {
    std::ifstream in{place / "shown"};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  bool complains(std::string_view part) {
    return err.str().find(part) != std::string::npos;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(program, fixture)

BOOST_AUTO_TEST_CASE(run_sends_command_directory_environment_and_umask) {
  serve_always(protocol::process_started{7, "my_server"});
  variables = {{"A", "1"}, {"B", "\xff"}, {"PWD", "/somewhere"}};
  mode_t before = ::umask(0027);
  int status = hiisi({"run", "--restart", "--name", "w", "--cwd", "/srv/./x",
                      "./my_server", "--port", "8080"});
  mode_t after = ::umask(before);
  BOOST_TEST(status == 0);
  BOOST_TEST(after == 0027u);
  BOOST_TEST(out.str() == "started 7 (my_server)\n");
  BOOST_TEST(err.str()
             == "hiisi: left out of the environment, not being UTF-8: B\n");
  BOOST_TEST_REQUIRE(requests.size() == 1u);
  BOOST_TEST(requests[0].user == "ann");
  BOOST_TEST(requests[0].version == 2u);
  auto& run = std::get<protocol::run_request>(requests[0].what);
  BOOST_TEST(
      (run.argv == std::vector<std::string>{"./my_server", "--port", "8080"}));
  BOOST_TEST(run.cwd == "/srv/./x");
  BOOST_TEST(run.env->at("A") == "1");
  BOOST_TEST(run.env->at("PWD") == "/srv/./x");
  BOOST_TEST(!run.env->contains("B"));
  BOOST_TEST((run.restart == protocol::restart_policy::always));
  BOOST_TEST(*run.name == "w");
  BOOST_TEST(*run.umask == 0027u);
  BOOST_TEST(hiisi({"--json", "run", "x"}) == 0);
  BOOST_TEST(out.str() == "{\"id\":7,\"name\":\"my_server\",\"ports\":[]}\n");
  BOOST_TEST(std::get<protocol::run_request>(requests[1].what).cwd
             == std::filesystem::current_path().string());
}

BOOST_AUTO_TEST_CASE(relative_directory_is_made_absolute) {
  serve_always(protocol::process_started{7, "x"});
  hiisi({"run", "--cwd", "sub/../other", "x"});
  BOOST_TEST(std::get<protocol::run_request>(requests.at(0).what).cwd
             == (std::filesystem::current_path() / "other").string());
}

BOOST_AUTO_TEST_CASE(command_that_is_not_utf8_is_refused_before_sending) {
  serve_always(protocol::process_started{7, "x"});
  BOOST_TEST(hiisi({"run", "./x", "a\xff"}) == 1);
  BOOST_TEST(complains("'a\\xff' of the command is not UTF-8"));
  BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(policy_as_a_word_of_its_own_is_recognised) {
  serve_always(protocol::process_started{7, "x"});
  BOOST_TEST(hiisi({"run", "--restart", "on-failure", "./srv"}) == 2);
  BOOST_TEST(complains("did you mean --restart=on-failure?"));
  // Unless there is such a program.
  test::write_file(place / "on-failure", "#!/bin/sh\n");
  ::chmod((place / "on-failure").c_str(), 0755);
  variables["PATH"] = "/nowhere:" + place.path();
  BOOST_TEST(hiisi({"run", "--restart", "on-failure", "./srv"}) == 0);
}

BOOST_AUTO_TEST_CASE(errors_of_the_daemon_have_their_exit_status) {
  auto code = errc::internal;
  serve([&](const protocol::command&) -> protocol::payload {
    return make_error(code, "it\x1b[2J failed", "do so");
  });
  for (auto [what, expected] : {std::pair{errc::not_found, 4},
                                {errc::not_permitted, 4},
                                {errc::conflict, 1},
                                {errc::start_failed, 1},
                                {errc::unavailable, 1},
                                {errc::invalid_argument, 1}}) {
    code = what;
    for (const char* verb : {"status", "stop", "logs"})
      BOOST_TEST(hiisi({verb, "x"}) == expected, verb);
    BOOST_TEST(hiisi({"port", "free", "8080"}) == expected);
    BOOST_TEST(hiisi({"run", "x"}) == expected);
  }
  BOOST_TEST(err.str() == "hiisi: it\\x1b[2J failed\n  hint: do so\n");
  BOOST_TEST(hiisi({"status", "--json"}) == 1);
  BOOST_TEST(out.str().starts_with("{\"error\":{\"code\":"));
}

BOOST_AUTO_TEST_CASE(usage_and_missing_daemon_have_theirs) {
  BOOST_TEST(hiisi({"frob"}) == 2);
  BOOST_TEST(hiisi({"status"}) == 5);
  BOOST_TEST(complains("hiisi: no daemon is running"));
  BOOST_TEST(hiisi({"stop", "--json", "1"}) == 5);
  BOOST_TEST(out.str().starts_with("{\"error\":"));
  serve([](const protocol::command&) { return protocol::process_stopped{}; });
  BOOST_TEST(hiisi({"status"}) == 1);
  BOOST_TEST(complains("belongs to another request"));
}

BOOST_AUTO_TEST_CASE(daemon_that_goes_away_is_no_daemon) {
  daemon = std::make_unique<fake_daemon>(
      path, [](const protocol::request&) { return std::string{}; });
  BOOST_TEST(hiisi({"status"}) == 5);
  BOOST_TEST(hiisi({"stop", "1", "2", "--json"}) == 5);
  BOOST_TEST(out.str().find("\"target\":\"2\",\"ok\":false")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(status_of_one_tells_by_exit_status_whether_it_runs) {
  auto state = protocol::process_state::running;
  serve([&](const protocol::command&) {
    return protocol::status_list{{entry_of(7, state)}};
  });
  BOOST_TEST(hiisi({"status", "7"}) == 0);
  BOOST_TEST(out.str().starts_with("id:           7\n"));
  state = protocol::process_state::stopped;
  BOOST_TEST(hiisi({"status", "7"}) == 3);
  BOOST_TEST(hiisi({"status", "7", "--json"}) == 3);
  BOOST_TEST(hiisi({"status"}) == 0);
  auto& request = std::get<protocol::status_request>(requests[0].what);
  BOOST_TEST((*request.what == protocol::target{7u}));
}

BOOST_AUTO_TEST_CASE(status_of_what_failed_shows_its_last_lines_of_stderr) {
  test::write_file(place / "e", "1\n2\n3\n4\n5\n\x1b[2J no such port\n");
  auto shown_one = entry_of(7, protocol::process_state::failed);
  shown_one.full = true;
  serve([&](const protocol::command& what) -> protocol::payload {
    if (std::holds_alternative<protocol::logs_request>(what))
      return protocol::log_paths{place / "o", place / "e"};
    return protocol::status_list{{shown_one}};
  });
  BOOST_TEST(hiisi({"status", "p7"}) == 3);
  BOOST_TEST(out.str().ends_with("last lines of stderr:\n  2\n  3\n  4\n  5\n"
                                 "  \\x1b[2J no such port\n"),
             out.str());
  auto& asked = std::get<protocol::logs_request>(requests.at(1).what);
  BOOST_TEST((asked.what == protocol::target{7u}));
  BOOST_TEST(hiisi({"status", "p7", "--json"}) == 3);
  BOOST_TEST(out.str().find(R"("stderr_tail":["2","3","4","5",)")
             != std::string::npos);
  // What runs well shows both streams, and lists ask for none.
  test::write_file(place / "o", "hello\n");
  shown_one.state = protocol::process_state::running;
  BOOST_TEST(hiisi({"status", "p7"}) == 0);
  BOOST_TEST(out.str().find("last lines of stdout:\n  hello\n"
                            "last lines of stderr:\n  2\n")
             != std::string::npos);
  requests.clear();
  BOOST_TEST(hiisi({"status"}) == 0);
  BOOST_TEST(requests.size() == 1u);
  // A file that is not there, and somebody else's process.
  shown_one.state = protocol::process_state::failed;
  std::filesystem::remove(place / "e");
  BOOST_TEST(hiisi({"status", "p7"}) == 3);
  BOOST_TEST(out.str().find("last lines") == std::string::npos);
  BOOST_TEST(err.str().empty());
  shown_one.full = false;
  requests.clear();
  BOOST_TEST(hiisi({"status", "7"}) == 3);
  BOOST_TEST(requests.size() == 1u);
}

BOOST_AUTO_TEST_CASE(empty_status_is_friendly) {
  serve_always(protocol::status_list{});
  BOOST_TEST(hiisi({"status"}) == 0);
  BOOST_TEST(out.str().empty());
  BOOST_TEST(err.str() == "no processes\n");
  BOOST_TEST(hiisi({"status", "--json"}) == 0);
  BOOST_TEST(out.str() == "{\"processes\":[]}\n");
  BOOST_TEST(hiisi({"status", "gone"}) == 4);
}

BOOST_AUTO_TEST_CASE(actions_tell_each_outcome_and_end_with_the_worst) {
  serve([](const protocol::command& what) -> protocol::payload {
    auto& target = std::get<protocol::stop_request>(what).what;
    if (target == protocol::target{2u})
      return make_error(errc::not_found, "there is no process 2");
    return protocol::process_stopped{};
  });
  BOOST_TEST(hiisi({"stop", "1", "2", "web"}) == 4);
  BOOST_TEST(out.str() == "stopped 1\nstopped web\n");
  BOOST_TEST(err.str() == "hiisi: there is no process 2\n");
  BOOST_TEST(hiisi({"stop", "1", "2", "--json"}) == 4);
  BOOST_TEST(out.str()
             == R"({"action":"stop","results":[{"target":"1","ok":true},)"
                R"({"target":"2","ok":false,"error":{"code":"not_found",)"
                R"("message":"there is no process 2","hint":null}}]})"
                "\n");
}

BOOST_AUTO_TEST_CASE(all_means_those_that_the_verb_concerns) {
  using protocol::process_state;
  serve([](const protocol::command& what) -> protocol::payload {
    if (std::holds_alternative<protocol::status_request>(what))
      return protocol::status_list{{entry_of(1, process_state::running),
                                    entry_of(2, process_state::stopped),
                                    entry_of(3, process_state::backoff)}};
    if (auto* start = std::get_if<protocol::start_request>(&what))
      return protocol::process_started{std::get<uint32_t>(start->what), "x"};
    if (std::holds_alternative<protocol::remove_request>(what))
      return protocol::process_removed{};
    return protocol::process_stopped{};
  });
  BOOST_TEST(hiisi({"stop", "--all"}) == 0);
  BOOST_TEST(out.str() == "stopped 1 (p1)\nstopped 3 (p3)\n");
  BOOST_TEST(hiisi({"start", "--all"}) == 0);
  BOOST_TEST(out.str() == "started 2 (x)\n");
  BOOST_TEST(hiisi({"rm", "--all"}) == 0);
  BOOST_TEST(out.str() == "removed 1 (p1)\nremoved 2 (p2)\nremoved 3 (p3)\n");
  BOOST_TEST(hiisi({"stop", "--all", "--json"}) == 0);
  BOOST_TEST(out.str()
             == R"({"action":"stop","results":[)"
                R"({"target":"1","ok":true,"id":1,"name":"p1"},)"
                R"({"target":"3","ok":true,"id":3,"name":"p3"}]})"
                "\n");
  BOOST_TEST(!std::get<protocol::status_request>(requests[0].what).all);
}

BOOST_AUTO_TEST_CASE(all_of_nothing_is_done) {
  serve_always(protocol::status_list{});
  BOOST_TEST(hiisi({"restart", "--all"}) == 0);
  BOOST_TEST(complains("no processes to restart"));
  BOOST_TEST(hiisi({"restart", "--all", "--json"}) == 0);
  BOOST_TEST(out.str() == "{\"action\":\"restart\",\"results\":[]}\n");
}

BOOST_AUTO_TEST_CASE(allocated_port_stands_alone_where_it_is_piped) {
  serve_always(protocol::port_allocated{8080});
  BOOST_TEST(hiisi({"port", "allocate"}) == 0);
  BOOST_TEST(out.str() == "8080\n");
  BOOST_TEST(hiisi({"port", "allocate", "8080", "--json"}) == 0);
  BOOST_TEST(out.str() == "{\"port\":8080}\n");
}

BOOST_AUTO_TEST_CASE(lookup_that_finds_nothing_says_of_whom) {
  protocol::payload answer = protocol::port_list{};
  serve([&](const protocol::command&) { return answer; });
  BOOST_TEST(hiisi({"port", "lookup"}) == 0);
  BOOST_TEST(err.str() == "no ports are allocated\n");
  BOOST_TEST(hiisi({"port", "lookup", "bert"}) == 0);
  BOOST_TEST(out.str().empty());
  BOOST_TEST(err.str() == "bert has no ports\n");
  answer = make_error(errc::not_found, "there is no user bert");
  BOOST_TEST(hiisi({"port", "lookup", "bert"}) == 4);
}

BOOST_AUTO_TEST_CASE(several_ports_are_freed_on_one_connection) {
  serve_always(protocol::port_freed{});
  BOOST_TEST(hiisi({"port", "free", "8080", "8081"}) == 0);
  BOOST_TEST(out.str() == "freed port 8080\nfreed port 8081\n");
  BOOST_TEST(requests.size() == 2u);
}

BOOST_AUTO_TEST_CASE(logs_show_the_last_lines_of_both_streams) {
  test::write_file(place / "o", "1\n2\n3\n");
  test::write_file(place / "e", "x\ny\n");
  serve_always(protocol::log_paths{place / "o", place / "e"});
  BOOST_TEST(hiisi({"logs", "7", "-n", "2"}) == 0);
  BOOST_TEST(shown() == "==> stdout <==\n2\n3\n\n==> stderr <==\nx\ny\n");
  BOOST_TEST(hiisi({"logs", "7", "--stdout", "-n1"}) == 0);
  BOOST_TEST(shown() == "3\n");
  BOOST_TEST(hiisi({"logs", "7", "--json", "--stderr"}) == 0);
  BOOST_TEST(out.str()
             == "{\"stderr\":{\"path\":\"" + (place / "e")
                    + "\",\"lines\":[\"x\",\"y\"],\"error\":null}}\n");
}

BOOST_AUTO_TEST_CASE(logs_that_are_not_there_are_told) {
  test::write_file(place / "o", "1\n");
  serve_always(protocol::log_paths{place / "o", place / "e"});
  BOOST_TEST(hiisi({"logs", "7"}) == 0);
  BOOST_TEST(complains("e: No such file or directory"));
  BOOST_TEST(hiisi({"logs", "7", "--stderr"}) == 1);
}

BOOST_AUTO_TEST_CASE(version_needs_no_daemon) {
  BOOST_TEST(hiisi({"--version"}) == 0);
  BOOST_TEST(out.str().starts_with("hiisi "));
  BOOST_TEST(hiisi({"version"}) == 0);
  BOOST_TEST(out.str().ends_with("hiidet is not running\n"));
  serve_always(protocol::version_info{"9.9", 2, 42, 1000, false});
  BOOST_TEST(hiisi({"version"}) == 0);
  BOOST_TEST(out.str().ends_with(
      "hiidet 9.9 (your own, pid 42, uid 1000, protocol 2)\n"));
}

// -- ports of processes -------------------------------------------------------

namespace {

protocol::status_entry with_ports(uint32_t id) {
  auto entry = entry_of(id, protocol::process_state::running);
  entry.ports = {{8080, "web", false, true}, {17198}};
  return entry;
}

} // namespace

BOOST_AUTO_TEST_CASE(run_sends_wishes_for_ports_and_says_what_came_of_them) {
  serve_always(protocol::process_started{
      7, "srv", {{8080, "web", false, true}, {5353, "", true}}});
  BOOST_TEST(hiisi({"run", "--port=web", "--port=/udp", "--listen=127.0.0.1",
                    "./srv", "{port}"})
             == 0);
  BOOST_TEST(out.str()
             == "started 7 (srv) on port 8080 (web) and UDP port "
                "5353\n");
  auto& run = std::get<protocol::run_request>(requests[0].what);
  BOOST_TEST(
      (run.ports
       == std::vector<protocol::port_wish>{{{}, "web"}, {{}, "", true}}));
  BOOST_TEST(run.listen.value() == "127.0.0.1");
  BOOST_TEST((run.argv == std::vector<std::string>{"./srv", "{port}"}));
  hiisi({"--json", "run", "--port", "./srv"});
  BOOST_TEST(
      out.str()
      == R"({"id":7,"name":"srv","ports":[{"port":8080,"protocol":"tcp",)"
         R"("label":"web"},{"port":5353,"protocol":"udp",)"
         R"("label":null}]})"
         "\n");
}

BOOST_AUTO_TEST_CASE(a_label_that_was_taken_for_the_command_is_pointed_out) {
  serve_always(protocol::process_started{7, "x"});
  BOOST_TEST(hiisi({"run", "--port", "no-such-program", "./x"}) == 2);
  BOOST_TEST(complains("there is no program 'no-such-program' to run"));
  BOOST_TEST(complains("did you mean --port=no-such-program?"));
  BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(rm_says_what_became_of_the_ports) {
  serve_always(protocol::process_removed{{17198}, {8080, 8081}});
  BOOST_TEST(hiisi({"rm", "web"}) == 0);
  BOOST_TEST(out.str()
             == "removed web; freed port 17198; ports 8080 and 8081 stay "
                "yours\n");
  BOOST_TEST(!std::get<protocol::remove_request>(requests[0].what).free_ports);
  BOOST_TEST(hiisi({"--json", "rm", "web", "--free-port"}) == 0);
  BOOST_TEST(out.str()
             == R"({"action":"rm","results":[{"target":"web","ok":true,)"
                R"("freed_ports":[17198],"kept_ports":[8080,8081]}]})"
                "\n");
  BOOST_TEST(
      std::get<protocol::remove_request>(requests[1].what).free_ports.value());
  hiisi({"rm", "web", "--keep-port"});
  BOOST_TEST(
      !std::get<protocol::remove_request>(requests[2].what).free_ports.value());
}

BOOST_AUTO_TEST_CASE(at_a_terminal_rm_offers_ports_that_have_a_name) {
  serve([](const protocol::command& what) -> protocol::payload {
    if (auto* status = std::get_if<protocol::status_request>(&what)) {
      if (status->what == protocol::target{std::string{"plain"}})
        return protocol::status_list{
            {entry_of(8, protocol::process_state::running)}};
      return protocol::status_list{{with_ports(7)}};
    }
    return protocol::process_removed{};
  });
  auto said = [&] {
    return std::get<protocol::remove_request>(requests.back().what).free_ports;
  };
  reply = true;
  BOOST_TEST(hiisi({"rm", "web"}) == 0);
  BOOST_TEST(
      (questions
       == std::vector<std::string>{"free port 8080 (web) of 7 (p7), too?"}));
  BOOST_TEST(said().value());
  // A no leaves what nobody has named to go as it always does.
  reply = false;
  hiisi({"rm", "web"});
  BOOST_TEST(!said().has_value());
  questions.clear();
  hiisi({"rm", "--all"});
  BOOST_TEST(questions.size() == 1u);
  questions.clear();
  hiisi({"rm", "plain"});
  hiisi({"rm", "web", "--keep-port"});
  BOOST_TEST(!said().value());
  hiisi({"--json", "rm", "web"});
  hiisi({"stop", "web"});
  BOOST_TEST(questions.empty());
}

BOOST_AUTO_TEST_SUITE_END()
