#include "hiisi/options.hpp"
#include "test/hiisi/parsed_words.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::cli;
using hiisi::protocol::event_kind;
using hiisi::protocol::target;
using hiisi::test::parsed;
using hiisi::test::words;

namespace {

/// The message and the hint.
std::string refused(const words& all) {
  const auto why = hiisi::test::refused(all);
  return why.message + "; " + why.hint;
}

} // namespace

BOOST_AUTO_TEST_SUITE(options_of_what_looks)

BOOST_AUTO_TEST_CASE(events_take_a_time_a_user_and_a_number) {
  auto all = parsed<events_verb>({"events"});
  BOOST_TEST(!all.what);
  BOOST_TEST(!all.follow);
  BOOST_TEST(!all.last);
  all = parsed<events_verb>(
      {"events", "-f", "-n", "20", "--since", "2h", "--user", "anna"});
  BOOST_TEST(all.follow);
  BOOST_TEST((all.last == 20u));
  BOOST_TEST((all.since == "2h"));
  BOOST_TEST((all.user == "anna"));
  BOOST_TEST(refused({"events", "--since", "soon"}).starts_with("--since"));
  refused({"events", "web"});
}

BOOST_AUTO_TEST_CASE(a_history_is_of_one_process) {
  BOOST_TEST((parsed<events_verb>({"history", "7"}).what == target{7u}));
  BOOST_TEST(
      (parsed<events_verb>({"history", "web", "-f"}).what == target{"web"}));
  refused({"history"});
  refused({"history", "web", "--user", "anna"});
}

BOOST_AUTO_TEST_CASE(a_hook_takes_kinds_and_a_command) {
  auto hook = parsed<hook_add_verb>({"hook", "add", "--on", "give_up", "--on",
                                     "exit", "--process", "web", "--", "mail",
                                     "-s", "x", "--on", "me"});
  BOOST_TEST((hook.on == std::vector{event_kind::give_up, event_kind::exit}));
  BOOST_TEST((hook.what == target{"web"}));
  BOOST_TEST((hook.argv == words{"mail", "-s", "x", "--on", "me"}));
  hook = parsed<hook_add_verb>({"hook", "add", "--on", "exit", "./tell", "-f"});
  BOOST_TEST((hook.argv == words{"./tell", "-f"}));
  BOOST_TEST(refused({"hook", "add", "./tell"}).find("--on KIND")
             != std::string::npos);
  BOOST_TEST(refused({"hook", "add", "--on", "boom", "x"}).find("give_up")
             != std::string::npos);
  refused({"hook", "add", "--on", "exit"});
  parsed<hook_list_verb>({"hook", "list"});
  BOOST_TEST((parsed<hook_remove_verb>({"hook", "rm", "1", "3"}).numbers
              == std::vector<uint32_t>{1, 3}));
  refused({"hook", "rm", "web"});
}

BOOST_AUTO_TEST_CASE(debug_has_its_topics) {
  BOOST_TEST(parsed<debug_verb>({"debug", "actors"}).topic == "actors");
  BOOST_TEST((parsed<debug_verb>({"debug", "actor", "12"}).actor == 12u));
  const auto trace
      = parsed<debug_verb>({"debug", "trace", "-f", "--user", "anna"});
  BOOST_TEST(trace.follow);
  BOOST_TEST((trace.user == "anna"));
  BOOST_TEST(
      (parsed<debug_verb>({"debug", "bundle", "x.tar"}).file == "x.tar"));
  refused({"debug", "actor", "web"});
  BOOST_TEST(refused({"debug"}).find("actors, actor, connections")
             != std::string::npos);
  BOOST_TEST(refused({"debug", "actorz"}).find("hiisi debug actors")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_behind_a_hooks_command_is_the_commands) {
  BOOST_TEST(!wants_json(words{"hook", "add", "--on", "exit", "x", "--json"}));
  BOOST_TEST(wants_json(words{"hook", "add", "--json", "--on", "boom", "x"}));
  BOOST_TEST(wants_json(words{"hook", "list", "--json"}));
}

BOOST_AUTO_TEST_SUITE_END()
