#include "hiidet/options.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <vector>

using namespace hiisi;
using hiidet::parse_options;

namespace {

protocol::result<hiidet::options>
parse(std::initializer_list<const char*> words) {
  std::vector<const char*> argv{"hiidet"};
  argv.insert(argv.end(), words);
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

std::string refusal(std::initializer_list<const char*> words) {
  auto parsed = parse(words);
  BOOST_TEST_REQUIRE(!parsed.ok());
  BOOST_TEST((parsed.failure().code == protocol::errc::invalid_argument));
  return parsed.failure().message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(nothing_given_is_nothing_set) {
  auto o = parse({});
  BOOST_TEST_REQUIRE(o.ok());
  BOOST_TEST(!o->socket);
  BOOST_TEST(!o->state_dir);
  BOOST_TEST(!o->runtime_dir);
  BOOST_TEST(!o->config);
  BOOST_TEST(!o->help);
  BOOST_TEST(!o->version);
}

BOOST_AUTO_TEST_CASE(each_option_is_taken_in_both_spellings) {
  for (auto o : {parse({"--socket", "/s", "--state-dir", "/d", "--runtime-dir",
                        "/r", "--config", "c.ron", "--http", "off"}),
                 parse({"--socket=/s", "--state-dir=/d", "--runtime-dir=/r",
                        "--config=c.ron", "--http=off"})}) {
    BOOST_TEST_REQUIRE(o.ok());
    BOOST_TEST((o->socket == "/s"));
    BOOST_TEST((o->state_dir == "/d"));
    BOOST_TEST((o->runtime_dir == "/r"));
    BOOST_TEST((o->config == "c.ron"));
  }
  BOOST_TEST(parse({"--help"})->help);
  BOOST_TEST(parse({"--version"})->version);
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  BOOST_TEST(refusal({"--sockte", "/s"}).find("sockte") != std::string::npos);
  BOOST_TEST(refusal({"start"}).find("start") != std::string::npos);
  BOOST_TEST(refusal({"--socket", "s"}) == "not an absolute path: s");
  BOOST_TEST(refusal({"--state-dir", "d"}) == "not an absolute path: d");
  BOOST_TEST(refusal({"--runtime-dir", ""}) == "not an absolute path: ");
  BOOST_TEST(refusal({"--config"}).find("config") != std::string::npos);
  BOOST_TEST(refusal({"--http", "8080"}).find("HTTP") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_help_names_every_option_and_has_an_example) {
  const auto text = hiidet::help_text();
  for (const auto* option : {"--socket", "--state-dir", "--runtime-dir",
                             "--config", "--http", "--help", "--version"})
    BOOST_TEST(text.find(option) != std::string::npos, option);
  BOOST_TEST(text.find("Example") != std::string::npos);
  for (size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    BOOST_TEST(end - begin <= 80u, text.substr(begin, end - begin));
    begin = end + 1;
  }
}

BOOST_AUTO_TEST_CASE(the_version_is_the_release) {
  BOOST_TEST(hiidet::version_text()
             == "hiidet " + hiidet::release_version() + "\n");
}

BOOST_AUTO_TEST_SUITE_END()
