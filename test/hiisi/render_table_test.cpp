#include "hiisi/render_table.hpp"
#include "hiisi/text.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace hiisi::cli;

namespace {

constexpr column columns[] = {
    {"ID", 100, 0, true},
    {"NAME", 90, 6, false},
    {"STATE", 80, 0, false},
    {"COMMAND", 50, 10, false},
};

const std::vector<row> rows = {
    {{"7"}, {"žluťoučký-kůň"}, {"running"}, {"./server --port 8080 --verbose"}},
    {{"12"}, {"evil\x1b[2J"}, {"exited (0)"}, {""}},
};

std::vector<std::string> lines_at(std::optional<size_t> width) {
  std::istringstream in{render_table(columns, rows, {width, false})};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

} // namespace

BOOST_AUTO_TEST_SUITE(render_table)

BOOST_AUTO_TEST_CASE(piped_tables_are_whole_and_aligned) {
  auto lines = lines_at({});
  BOOST_TEST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0] == "ID  NAME           STATE       COMMAND");
  BOOST_TEST(lines[1]
             == " 7  žluťoučký-kůň  running     ./server --port 8080 "
                "--verbose");
  BOOST_TEST(lines[2] == "12  evil\\x1b[2J    exited (0)");
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal) {
  for (size_t width : {1u, 5u, 20u, 40u, 52u, 80u, 200u})
    for (const std::string& line : lines_at(width))
      BOOST_TEST(display_width(line) <= width, width << ": " << line);
}

BOOST_AUTO_TEST_CASE(a_wide_terminal_cuts_nothing) {
  BOOST_TEST(lines_at(200) == lines_at({}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(long_texts_are_cut_with_a_sign) {
  auto lines = lines_at(52);
  BOOST_TEST(lines[1]
             == " 7  žluťoučký-kůň  running     ./server --port 8080…");
}

BOOST_AUTO_TEST_CASE(least_important_columns_go_first) {
  auto lines = lines_at(30);
  BOOST_TEST(lines[0].find("COMMAND") == std::string::npos);
  BOOST_TEST(lines[0].find("STATE") != std::string::npos);
  lines = lines_at(12);
  BOOST_TEST(lines[0] == "ID  NAME");
}

BOOST_AUTO_TEST_CASE(nothing_of_a_text_drives_the_terminal) {
  for (std::optional<size_t> width : {std::optional<size_t>{}, {40}, {80}})
    for (const std::string& line : lines_at(width))
      BOOST_TEST(line.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(colours_come_only_when_asked_for) {
  std::vector<row> one = {{{"1"}, {"a"}, {"running", tint::good}, {"x"}}};
  auto table = hiisi::cli::render_table(columns, one, {80, true});
  BOOST_TEST(table.find("\x1b[32mrunning\x1b[0m") != std::string::npos);
  table = hiisi::cli::render_table(columns, one, {80, false});
  BOOST_TEST(table.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
