#include "hiisi/help.hpp"
#include "hiisi/options.hpp"
#include "hiisi/verbs_table.hpp"
#include "test/hiisi/parsed_words.hpp"

#include <boost/test/unit_test.hpp>

#include <climits>

using namespace hiisi::cli;
using hiisi::protocol::limited_resource;
using hiisi::protocol::restart_policy;
using hiisi::protocol::target;
using hiisi::test::parsed;
using hiisi::test::refused;
using hiisi::test::words;

namespace {

global_options globals(const words& all) {
  auto result = parse_options(all);
  BOOST_TEST_REQUIRE(result.ok());
  return result->global;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(the_first_document_s_commands_mean_what_they_say) {
  auto run = parsed<run_verb>({"run", "./my_server", "--port", "8080"});
  BOOST_TEST((run.argv == words{"./my_server", "--port", "8080"}));
  BOOST_TEST((run.restart == restart_policy::no));
  run = parsed<run_verb>({"run", "--restart", "./my_server", "--port", "8080"});
  BOOST_TEST((run.argv == words{"./my_server", "--port", "8080"}));
  BOOST_TEST((run.restart == restart_policy::always));
  BOOST_TEST(!parsed<status_verb>({"status"}).all);
  BOOST_TEST((parsed<logs_verb>({"logs", "3"}).what == target{3u}));
  BOOST_TEST((parsed<action_verb>({"stop", "3"}).words == words{"3"}));
  BOOST_TEST(!parsed<port_allocate_verb>({"port", "allocate"}).port);
  BOOST_TEST(*parsed<port_allocate_verb>({"port", "allocate", "8080"}).port
             == 8080);
  BOOST_TEST(!parsed<port_lookup_verb>({"port", "lookup"}).user);
  BOOST_TEST(*parsed<port_lookup_verb>({"port", "lookup", "ann"}).user
             == "ann");
  BOOST_TEST((parsed<port_free_verb>({"port", "free", "8080"}).ports
              == std::vector<uint16_t>{8080}));
}

BOOST_AUTO_TEST_CASE(run_reads_all_its_options) {
  auto run = parsed<run_verb>({"run", "--restart=on-failure", "--name", "web",
                               "--stop-signal", "term", "--stop-timeout=0.25",
                               "--cwd", "/srv", "--limit", "nofile=64,cpu=9",
                               "--limit=nofile=65", "--", "x", "--name", "y"});
  BOOST_TEST((run.limits
              == std::map<limited_resource, uint64_t>{
                  {limited_resource::nofile, 65}, {limited_resource::cpu, 9}}));
  BOOST_TEST((run.restart == restart_policy::on_failure));
  BOOST_TEST(*run.name == "web");
  BOOST_TEST(*run.stop_signal == 15);
  BOOST_TEST(run.stop_timeout->count() == 250);
  BOOST_TEST(*run.cwd == "/srv");
  BOOST_TEST((run.argv == words{"x", "--name", "y"}));
}

BOOST_AUTO_TEST_CASE(a_bare_option_before_the_command_is_remembered) {
  auto bare = [](const words& all) {
    return parsed<run_verb>(all).bare_option_before_command;
  };
  BOOST_TEST(bare({"run", "--restart", "on-failure", "./x"}) == "--restart");
  BOOST_TEST(bare({"run", "--port", "web", "./x"}) == "--port");
  BOOST_TEST(bare({"run", "--listen", "::1", "./x"}) == "--listen");
  BOOST_TEST(bare({"run", "--restart", "--", "always"}).empty());
  BOOST_TEST(bare({"run", "--restart=no", "always"}).empty());
}

BOOST_AUTO_TEST_CASE(commas_in_words_stay_in_them) {
  BOOST_TEST((parsed<run_verb>({"run", "./srv", "a,b"}).argv
              == words{"./srv", "a,b"}));
  BOOST_TEST(contains(refused({"stop", "a,b"}).message, "a,b"));
}

BOOST_AUTO_TEST_CASE(global_options_stand_before_and_behind_the_verb) {
  for (const words& all : {words{"--json", "--socket", "/s", "--color=never",
                                 "--no-autostart", "status"},
                           words{"status", "--json", "--socket=/s", "--color",
                                 "never", "--no-autostart"},
                           words{"--json", "port", "--socket", "/s", "lookup",
                                 "--color", "never", "--no-autostart"}}) {
    auto global = globals(all);
    BOOST_TEST(global.json);
    BOOST_TEST(*global.socket == "/s");
    BOOST_TEST((global.color == color_mode::never));
    BOOST_TEST(global.no_autostart);
  }
}

BOOST_AUTO_TEST_CASE(global_options_behind_the_command_are_the_command_s) {
  BOOST_TEST(!globals({"run", "./srv", "--json"}).json);
  BOOST_TEST(globals({"run", "--json", "./srv"}).json);
  BOOST_TEST(!wants_json(words{"run", "./srv", "--json"}));
  BOOST_TEST(wants_json(words{"run", "--json", "--bad", "./srv"}));
}

BOOST_AUTO_TEST_CASE(logs_are_cleared_by_two_words) {
  const auto clear = parsed<logs_clear_verb>({"logs", "clear", "7"});
  BOOST_TEST((clear.what == target{7u}));
  BOOST_TEST((clear.standard_output && clear.standard_error));
  // A process that is called so can still be shown.
  BOOST_TEST((parsed<logs_verb>({"logs", "clear"}).what == target{"clear"}));
}

BOOST_AUTO_TEST_CASE(sizes_of_logs_have_units) {
  const auto size = [](const char* word) {
    return parsed<run_verb>({"run", "--log-size", word, "x"}).log_bytes;
  };
  BOOST_TEST((size("64KiB") == 65536u));
  BOOST_TEST((size("1G") == uint64_t{1} << 30));
  BOOST_TEST((size("5000") == 5000u));
  BOOST_TEST((size("0") == 0u));
  BOOST_TEST(
      (parsed<run_verb>({"run", "--log-keep", "9", "x"}).log_keep == 9u));
  BOOST_TEST(!parsed<run_verb>({"run", "x"}).log_bytes.has_value());
}

BOOST_AUTO_TEST_CASE(logs_reads_its_options_anywhere) {
  auto logs = parsed<logs_verb>({"logs", "-fn", "20", "web", "--stderr"});
  BOOST_TEST(logs.follow);
  BOOST_TEST((logs.lines == 20u));
  BOOST_TEST((logs.what == target{"web"}));
  BOOST_TEST(!logs.standard_output);
  BOOST_TEST(logs.standard_error);
  logs = parsed<logs_verb>({"logs", "3"});
  BOOST_TEST(!logs.lines.has_value());
  BOOST_TEST(logs.standard_output);
  BOOST_TEST(logs.standard_error);
}

BOOST_AUTO_TEST_CASE(actions_take_several_or_all) {
  auto stop = parsed<action_verb>({"stop", "1", "web", "2"});
  BOOST_TEST((stop.words == words{"1", "web", "2"}));
  BOOST_TEST(parsed<action_verb>({"rm", "--all"}).all);
  BOOST_TEST((parsed<action_verb>({"rm", "--all"}).what == action::remove));
  refused({"stop"});
  refused({"stop", "--all", "1"});
  refused({"stop", ""});
}

BOOST_AUTO_TEST_CASE(ports_out_of_range_are_told_apart) {
  BOOST_TEST(contains(refused({"port", "allocate", "80"}).message,
                      "port 80 is below 1024"));
  BOOST_TEST(contains(refused({"port", "allocate", "99999"}).message,
                      "port 99999 is above 65535"));
  BOOST_TEST(contains(refused({"port", "free", "65536"}).message, "above"));
  BOOST_TEST(contains(
      refused({"port", "free", "99999999999999999999999"}).message, "above"));
  for (const char* word : {"0x50", "8080 ", "+8080", "", "80a", "8e3"})
    BOOST_TEST(
        contains(refused({"port", "free", word}).message, "is not a port"));
  refused({"port", "free"});
  refused({"port", "allocate", "8080", "8081"});
}

BOOST_AUTO_TEST_CASE(numbers_are_checked_and_not_wrapped) {
  refused({"logs", "1", "2"});
  refused({"logs", "clear", "1", "2"});
  refused({"logs", "clear", "1", "--grep", "x"});
  refused({"logs", "1", "--grep", "(x"});
  refused({"logs", "1", "--since", "noon"});
  refused({"run", "--log-size", "1KiB", "x"});
  refused({"run", "--log-size", "10MB!", "x"});
  refused({"run", "--log-keep", "0", "x"});
  refused({"logs", "1", "-n", "-5"});
  refused({"logs", "1", "-n", "x"});
  refused({"logs", "1", "-n", "18446744073709551616"});
  refused({"logs", "4294967296"});
  BOOST_TEST(
      (parsed<logs_verb>({"logs", "4294967295"}).what == target{UINT32_MAX}));
  for (const char* word : {"-1", "", ".", "1.", ".5", "1.0001", "1e3", "nan",
                           "86401", "86400.001", "99999999999999999999"})
    refused({"run", std::string{"--stop-timeout="} + word, "x"});
  refused({"run", "--stop-signal=65", "x"});
  refused({"run", "--stop-signal=0", "x"});
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_are_refused) {
  for (const char* name : {"", "12", "-x", "a b", "a/b"})
    refused({"run", std::string{"--name="} + name, "x"});
}

BOOST_AUTO_TEST_CASE(targets_that_can_be_nothing_are_refused) {
  for (const char* verb : {"stop", "start", "restart", "rm", "status", "logs"})
    for (const char* word : {"-5", "a b", "a/b", ".x", "\x1b[2J", "\xff"}) {
      auto why = refused({verb, "--", word});
      BOOST_TEST(contains(why.message, "is neither an id nor a name"),
                 why.message);
      BOOST_TEST(!contains(why.message, "\x1b"));
    }
}

BOOST_AUTO_TEST_CASE(status_is_of_one_or_of_all) {
  BOOST_TEST(contains(refused({"status", "--all", "3"}).message,
                      "either --all or one id or name"));
  BOOST_TEST(parsed<status_verb>({"status", "--all"}).all);
}

BOOST_AUTO_TEST_CASE(unknown_verbs_get_the_nearest) {
  BOOST_TEST(contains(refused({"stauts"}).hint, "hiisi status"));
  BOOST_TEST(contains(refused({"ls"}).hint, "hiisi status"));
  BOOST_TEST(contains(refused({"delete", "3"}).hint, "hiisi rm"));
  BOOST_TEST(contains(refused({"port", "alocate"}).hint, "port allocate"));
  BOOST_TEST(contains(refused({"xyzzy"}).hint, "--help"));
  BOOST_TEST(contains(refused({"--foo", "status"}).message, "--foo"));
  refused({});
  refused({"port"});
  refused({"status", "a", "b"});
  refused({"version", "x"});
}

BOOST_AUTO_TEST_CASE(run_without_a_command_is_refused) {
  BOOST_TEST(contains(refused({"run"}).message, "a command to run"));
  refused({"run", "--restart"});
  refused({"run", "--"});
  refused({"run", ""});
  refused({"run", "--restart=sometimes", "x"});
}

BOOST_AUTO_TEST_CASE(follow_has_no_single_document) {
  refused({"logs", "-f", "--json", "1"});
}

BOOST_AUTO_TEST_CASE(help_is_there_for_every_verb) {
  BOOST_TEST(parsed<help_verb>({"--help"}).topic.empty());
  BOOST_TEST(parsed<help_verb>({"help"}).topic.empty());
  BOOST_TEST(parsed<help_verb>({"help", "port", "free"}).topic == "port free");
  BOOST_TEST(parsed<help_verb>({"port", "-h"}).topic == "port");
  BOOST_TEST(parsed<help_verb>({"-h", "run"}).topic == "run");
  for (const verb_spec& verb : verbs()) {
    words all = {std::string{verb.name}, "--help"};
    if (size_t blank = verb.name.find(' '); blank != std::string_view::npos)
      all = {std::string{verb.name.substr(0, blank)},
             std::string{verb.name.substr(blank + 1)}, "--help"};
    BOOST_TEST(parsed<help_verb>(all).topic == verb.name);
  }
  refused({"help", "nonsense"});
}

BOOST_AUTO_TEST_CASE(help_names_every_option_and_has_an_example) {
  for (const verb_spec& verb : verbs()) {
    std::string_view text = help_text(verb.name);
    BOOST_TEST(text != help_text(""), verb.name);
    BOOST_TEST(contains(text, "Example:"), verb.name);
    for (const option_spec& option : options_of(verb))
      BOOST_TEST(contains(text, "--" + std::string{option.name}),
                 verb.name << " --" << option.name);
    // Nothing may wrap on a usual terminal.
    for (size_t begin = 0; begin < text.size();) {
      size_t end = text.find('\n', begin);
      BOOST_TEST(end - begin <= 80u, text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
}

BOOST_AUTO_TEST_CASE(version_is_an_option_and_a_verb) {
  BOOST_TEST(!parsed<version_verb>({"--version"}).ask_daemon);
  BOOST_TEST(parsed<version_verb>({"version"}).ask_daemon);
}

BOOST_AUTO_TEST_SUITE_END()
