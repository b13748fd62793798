#include "hiisi/options.hpp"
#include "hiisi/port_words.hpp"
#include "hiisi/verbs_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::cli;
using hiisi::protocol::port_wish;

namespace {

using words = std::vector<std::string>;

port_wish wish(std::string_view text) {
  auto read = parse_port_wish(text);
  BOOST_TEST_REQUIRE(read.ok(), text);
  return *read;
}

std::string refusal(std::string_view text) {
  auto read = parse_port_wish(text);
  BOOST_TEST_REQUIRE(!read.ok(), text);
  BOOST_TEST(read.failure().hint.find("--port=web:8080") != std::string::npos);
  return read.failure().message;
}

run_verb run(words all) {
  all.insert(all.begin(), "run");
  auto read = parse_options(all);
  BOOST_TEST_REQUIRE(read.ok(), (read ? "" : read.failure().message));
  return std::get<run_verb>(read->what);
}

const port_wish any{};
const port_wish web{{}, "web"};

} // namespace

BOOST_AUTO_TEST_SUITE(port_words)

BOOST_AUTO_TEST_CASE(a_wish_is_a_number_a_label_both_or_nothing) {
  BOOST_TEST((wish("") == any));
  BOOST_TEST((wish("8080") == port_wish{8080}));
  BOOST_TEST((wish("web") == web));
  BOOST_TEST((wish("web:8080") == port_wish{8080, "web"}));
  BOOST_TEST((wish("/udp") == port_wish{{}, "", true}));
  BOOST_TEST((wish("dns:5353/udp") == port_wish{5353, "dns", true}));
  BOOST_TEST((wish("8080/tcp") == port_wish{8080}));
}

BOOST_AUTO_TEST_CASE(what_is_no_wish_says_why) {
  BOOST_TEST(refusal("80") == "--port=80: port 80 is below 1024");
  BOOST_TEST(refusal("web:") == "--port=web:: '' is not a port");
  BOOST_TEST(refusal(":8080")
             == "--port=:8080: there is no label before the "
                "colon");
  BOOST_TEST(refusal("web/sctp")
             == "--port=web/sctp: 'sctp' is neither tcp nor "
                "udp");
  BOOST_TEST(refusal("a b").find("character") != std::string::npos);
  BOOST_TEST(refusal("8080:web").find("'web' is not a port")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_address_is_one_of_either_family) {
  for (auto good : {"", "127.0.0.1", "::1", "0.0.0.0", "::"})
    BOOST_TEST(*parse_listen_address(good) == good);
  BOOST_TEST(*parse_listen_address("[::1]") == "::1");
  for (auto bad : {"localhost", "127.0.0", "127.0.0.1:80", "[::1", "*"})
    BOOST_TEST(!parse_listen_address(bad).ok(), bad);
}

BOOST_AUTO_TEST_CASE(run_takes_several_ports) {
  auto what = run({"--port", "--port=web", "--port=9000", "./srv", "--port"});
  BOOST_TEST((what.ports == std::vector<port_wish>{any, web, {9000}}));
  BOOST_TEST((what.argv == words{"./srv", "--port"}));
  BOOST_TEST(!what.listen);
}

BOOST_AUTO_TEST_CASE(listening_needs_a_port_and_brings_one) {
  auto what = run({"--listen", "./srv"});
  BOOST_TEST((what.ports == std::vector<port_wish>{any}));
  BOOST_TEST(what.listen.value().empty());
  what = run({"--port=web", "--listen=::1", "./srv"});
  BOOST_TEST((what.ports == std::vector<port_wish>{web}));
  BOOST_TEST(what.listen.value() == "::1");
}

BOOST_AUTO_TEST_CASE(a_value_may_stand_apart_where_it_can_be_no_command) {
  auto what = run({"--restart", "--port", "web", "--", "python3", "-m", "x"});
  BOOST_TEST((what.ports == std::vector<port_wish>{web}));
  BOOST_TEST((what.argv == words{"python3", "-m", "x"}));
  what = run({"--port", "web", "--listen", "::1", "--name", "n", "--port",
              "9000", "--", "./srv"});
  BOOST_TEST((what.ports == std::vector<port_wish>{web, {9000}}));
  BOOST_TEST(what.listen.value() == "::1");
  BOOST_TEST(*what.name == "n");
  BOOST_TEST((what.argv == words{"./srv"}));
  // A number starts no program.
  what = run({"--port", "8080", "./srv"});
  BOOST_TEST((what.ports == std::vector<port_wish>{{8080}}));
  BOOST_TEST((what.argv == words{"./srv"}));
}

BOOST_AUTO_TEST_CASE(otherwise_the_next_word_is_the_command) {
  auto what = run({"--port", "python3", "-m", "http.server", "--", "x"});
  BOOST_TEST((what.ports == std::vector<port_wish>{any}));
  BOOST_TEST((what.argv == words{"python3", "-m", "http.server", "--", "x"}));
  what = run({"--port", "./srv", "--", "x"});
  BOOST_TEST((what.argv == words{"./srv", "--", "x"}));
  what = run({"--port", "--", "web"});
  BOOST_TEST((what.argv == words{"web"}));
  BOOST_TEST(wants_json(words{"run", "--port", "web", "--json", "--", "x"}));
  BOOST_TEST(!wants_json(words{"run", "--port", "web", "--json"}));
}

BOOST_AUTO_TEST_CASE(too_many_ports_are_refused) {
  words all(9, "--port");
  all.insert(all.begin(), "run");
  all.push_back("./srv");
  BOOST_TEST(!parse_options(all).ok());
}

BOOST_AUTO_TEST_CASE(rm_keeps_or_frees_and_not_both) {
  auto said = [](words all) {
    auto read = parse_options(all);
    BOOST_TEST_REQUIRE(read.ok());
    return std::get<action_verb>(read->what).free_ports;
  };
  BOOST_TEST(!said({"rm", "web"}).has_value());
  BOOST_TEST(said({"rm", "web", "--free-port"}).value());
  BOOST_TEST(!said({"rm", "--keep-port", "web"}).value());
  BOOST_TEST(
      !parse_options(words{"rm", "--keep-port", "--free-port", "web"}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
