#include "hiisi/tar.hpp"
#include "temp_place.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>

using namespace hiisi;

namespace {

/// What the host's own tar makes of the archive.
std::string output_of(const std::string& command) {
  std::string out;
  auto* pipe = ::popen(command.c_str(), "r");
  BOOST_TEST_REQUIRE(pipe != nullptr);
  char bytes[4096];
  while (const auto got = std::fread(bytes, 1, sizeof bytes, pipe))
    out.append(bytes, got);
  BOOST_TEST(::pclose(pipe) == 0);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tar_archives)

BOOST_AUTO_TEST_CASE(the_hosts_tar_reads_them) {
  cli::tar_writer archive{1'764'000'000};
  archive.add("d/empty", "");
  archive.add("d/short", "hello\n");
  const std::string longer(3000, 'x');
  archive.add("d/long", longer);
  archive.add("d/block", std::string(512, 'y'));
  const auto bytes = std::move(archive).finish();
  BOOST_TEST(bytes.size() % 512 == 0u);
  const test::temp_place place;
  const auto path = place / "a.tar";
  std::ofstream{path} << bytes;
  BOOST_TEST(output_of("tar tf " + path)
             == "d/empty\nd/short\nd/long\nd/block\n");
  BOOST_TEST(output_of("tar xOf " + path + " d/short") == "hello\n");
  BOOST_TEST(output_of("tar xOf " + path + " d/long") == longer);
}

BOOST_AUTO_TEST_SUITE_END()
