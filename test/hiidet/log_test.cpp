#include "hiidet/log.hpp"
#include "test/support/in_child.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <unistd.h>

using namespace hiisi;

namespace {

/// What a daemon that says so has on its standard error.
std::string logged(const std::string& message) {
  const test::temp_dir place;
  const auto path = place / "log";
  BOOST_TEST(test::in_child([&] {
               ::unsetenv("JOURNAL_STREAM");
               const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
               if (::dup2(file, STDERR_FILENO) < 0)
                 return 1;
               hiidet::start_log(hiidet::log_level::info);
               hiidet::log(hiidet::log_level::warning, message);
               return 0;
             })
             == 0);
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(a_message_is_one_line_whatever_is_in_it) {
  const auto text = logged("user \"a\nb\r\x1b[2J\xc2\x9b\x32J\x7f\" came");
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
  BOOST_TEST(text.ends_with(" hiidet: warning: user \"a?b??[2J?2J?\" came\n"),
             text);
}

BOOST_AUTO_TEST_SUITE_END()
