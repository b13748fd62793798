#include "hiisi/program.hpp"
#include "test/hiisi/fake_daemon.hpp"
#include "test/hiisi/temp_place.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::cli;

namespace {

/// A log with what moves the cursor, a title and a colour in it.
constexpr std::string_view written
    = "a\x1b[2J\x1b]0;t\a\x1b[31mred\x1b[0m\rb\n\tend\n";

/// `hiisi` with a pseudo-terminal for its output.
struct fixture {
  test::temp_place place;
  std::string path = place / "s";
  test::fake_daemon daemon{path, [this](const protocol::request&) {
                             return test::fake_daemon::framed(
                                 protocol::log_paths{place / "o", place / "e"});
                           }};
  std::ostringstream out;
  std::ostringstream err;
  std::map<std::string, std::string, std::less<>> variables;

  fixture() {
    test::write_file(place / "o", std::string{written});
    test::write_file(place / "e", "");
  }

  int run(std::vector<std::string> words, int fd) {
    words.insert(words.begin(), {"--socket", path});
    reach_settings reach;
    reach.env = environment{variables};
    reach.patience = std::chrono::milliseconds{100};
    return static_cast<int>(run_program(words, {reach, "ann", out, err, fd}));
  }

  std::string at_terminal(const std::vector<std::string>& words) {
    descriptor master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    BOOST_TEST_REQUIRE(static_cast<bool>(master));
    BOOST_TEST_REQUIRE(::grantpt(master.get()) == 0);
    BOOST_TEST_REQUIRE(::unlockpt(master.get()) == 0);
    std::array<char, 64> name{};
    BOOST_TEST_REQUIRE(::ptsname_r(master.get(), name.data(), name.size())
                       == 0);
    descriptor terminal{::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
    termios modes{};
    BOOST_TEST_REQUIRE(::tcgetattr(terminal.get(), &modes) == 0);
    ::cfmakeraw(&modes); // no newline of ours is changed
    BOOST_TEST_REQUIRE(::tcsetattr(terminal.get(), TCSANOW, &modes) == 0);
    BOOST_TEST(run(words, terminal.get()) == 0);
    // All is in the terminal's buffer by now.
    std::array<char, 4096> bytes{};
    const auto got = ::read(master.get(), bytes.data(), bytes.size());
    BOOST_TEST_REQUIRE(got > 0);
    return {bytes.data(), static_cast<size_t>(got)};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(logs_at_a_terminal, fixture)

BOOST_AUTO_TEST_CASE(nothing_but_colors_of_ones_own_log_reaches_it) {
  BOOST_TEST(
      at_terminal({"logs", "7", "--stdout"})
      == "a\\x1b[2J\\x1b]0;t\\x07\x1b[31mred\x1b[0m\\x0db\x1b[0m\n\tend\n");
}

BOOST_AUTO_TEST_CASE(colors_are_left_out_where_none_are_wanted) {
  const auto plain = "a\\x1b[2J\\x1b]0;t\\x07red\\x0db\n\tend\n";
  BOOST_TEST(at_terminal({"--color", "never", "logs", "7", "--stdout"})
             == plain);
  variables = {{"NO_COLOR", "1"}};
  BOOST_TEST(at_terminal({"logs", "7", "--stdout"}) == plain);
}

BOOST_AUTO_TEST_CASE(raw_gives_it_every_byte) {
  BOOST_TEST(at_terminal({"logs", "7", "--stdout", "--raw"}) == written);
}

BOOST_AUTO_TEST_CASE(a_pipe_is_given_every_byte) {
  test::write_file(place / "shown", "");
  descriptor shown{::open((place / "shown").c_str(), O_RDWR)};
  BOOST_TEST(run({"logs", "7", "--stdout"}, shown.get()) == 0);
  std::string bytes(written.size() + 1, '\0');
  const auto got = ::pread(shown.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  BOOST_TEST(bytes == written);
}

BOOST_AUTO_TEST_CASE(raw_goes_with_neither_json_nor_clear) {
  BOOST_TEST(run({"--json", "logs", "7", "--raw"}, 1) == 2);
  BOOST_TEST(run({"logs", "clear", "7", "--raw"}, 1) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
