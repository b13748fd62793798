#include "logs/segment.hpp"
#include "rotate/arguments.hpp"
#include "test/rotate/whole_log.hpp"
#include "test/support/temp_dir.hpp"

#include <filesystem>

using namespace hiisi;
using logs::segment;

BOOST_AUTO_TEST_SUITE(segment_files)

BOOST_AUTO_TEST_CASE(names_are_read_as_they_were_written) {
  const segment one{12, 0, 10485760};
  BOOST_TEST(logs::file_name("1-web.out", one)
             == "1-web.out.000012.0-10485760.zst");
  const auto read
      = logs::segment_of("1-web.out", "1-web.out.000012.0-10485760.zst");
  BOOST_TEST((read == one));
  const segment large{1'000'001, 7, 0};
  BOOST_TEST((logs::segment_of("a", logs::file_name("a", large)) == large));
}

BOOST_AUTO_TEST_CASE(other_files_are_no_segments) {
  for (const auto* other :
       {"1-web.out", "1-web.out.zst", "1-web.out.000001.0-5.zst.part",
        "1-web.err.000001.0-5.zst", "1-web.out.000000.0-5.zst",
        "1-web.out.000001.5-5.zst", "1-web.out.000001.0-5.gz",
        "1-web.out.one.0-5.zst", "1-web.out.000001.0-99999999999999999999.zst"})
    BOOST_TEST(!logs::segment_of("1-web.out", other).has_value(), other);
}

BOOST_AUTO_TEST_CASE(damage_is_named) {
  test::temp_dir place;
  auto where = logs::directory::open(place.path());
  {
    auto file = logs::segment_writer::create(*where, "a.zst");
    BOOST_TEST_REQUIRE(file->write(std::string(100'000, 'x')).ok());
    BOOST_TEST_REQUIRE(file->sync().ok());
  }
  const auto size = std::filesystem::file_size(place / "a.zst");
  std::filesystem::resize_file(place / "a.zst", size - 3);
  auto file = logs::segment_reader::open(*where, "a.zst");
  BOOST_TEST_REQUIRE(file.ok());
  auto bytes = file->read();
  while (bytes.ok() && !bytes->empty())
    bytes = file->read();
  BOOST_TEST_REQUIRE(!bytes.ok());
  BOOST_TEST(bytes.failure().message.find("a.zst") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(arguments_are_checked) {
  const auto good
      = rotate::read_arguments({"/home/a/.logs", "10485760:5:1-web.out"});
  BOOST_TEST_REQUIRE(good.ok());
  BOOST_TEST(good->logs.at(0).name == "1-web.out");
  BOOST_TEST((good->logs.at(0).limits == core::log_limits{10485760, 5}));
  for (const auto* bad : {"5:1-web.out", "1:0:a", "1:5:", "1:5:../a", "x:5:a",
                          "1:5:..", "-1:5:a"})
    BOOST_TEST(!rotate::read_arguments({"/x", bad}).ok(), bad);
  BOOST_TEST(!rotate::read_arguments({"/x"}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
