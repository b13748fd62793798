// Logs that grow: they are rotated as their user, and read as one.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <string>

using namespace hiisi::test;

namespace {

namespace fs = std::filesystem;

/// A look comes within 10 s of the start, or 60 s after one that found nothing.
constexpr std::chrono::seconds look_patience{90};

size_t segments_of(const account& who, const std::string& name) {
  size_t found = 0;
  std::error_code failed;
  for (const auto& entry :
       fs::directory_iterator(who.home + "/.logs", failed)) {
    const auto file = entry.path().filename().string();
    if (file.find(name + ".out.") != std::string::npos
        && file.ends_with(".zst"))
      ++found;
  }
  return found;
}

std::string numbered(int count) {
  std::string out;
  for (int i = 1; i <= count; ++i)
    out += "line " + std::to_string(i) + "\n";
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rotation)

BOOST_AUTO_TEST_CASE(a_log_that_grows_is_rotated_and_read_as_one) {
  const instance here;
  const auto name = here.unique("rotated");
  const auto id = here.run(
      alice(),
      {"--log-size", "16KiB", "--log-keep", "9", "--name", name, "sh", "-c",
       "i=0; while [ $i -lt 6000 ]; do i=$((i+1)); echo line $i; done;"
       " exec sleep 1000"});
  BOOST_TEST(wait_until([&] { return segments_of(alice(), name) == 3; },
                        look_patience));
  const auto number = std::to_string(id);
  const auto all
      = here.hiisi(alice(), {"logs", number, "-n", "100000", "--stdout"});
  BOOST_TEST((all.out == numbered(6000)));
  const auto some = here.hiisi(
      alice(), {"logs", number, "--grep", "line 59..$", "--stdout"});
  BOOST_TEST(some.out.starts_with("line 5900\n"), some.out.substr(0, 100));
  BOOST_TEST(some.out.ends_with("line 5999\n"));
  // Nothing is left of the runs themselves.
  BOOST_TEST(!fs::exists(alice().home + "/.logs/rotation.log"));

  BOOST_TEST(here.hiisi(alice(), {"logs", "clear", number}).status == 0);
  BOOST_TEST(segments_of(alice(), name) == 0u);
  BOOST_TEST(here.hiisi(alice(), {"logs", number}).out.find("line")
             == std::string::npos);
  BOOST_TEST(here.state_of(alice(), id) == "running");
}

BOOST_AUTO_TEST_SUITE_END()
