// The JSON of every request and response, read and written both ways. With
// HIISI_UPDATE_GOLDEN=1 in the environment the files are written anew; look at
// what git then says has changed.
#include "protocol/codec.hpp"
#include "test/protocol/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace hiisi::protocol;
using namespace hiisi::test;

namespace {

const std::filesystem::path folder
    = std::filesystem::path{HIISI_SOURCE_DIR} / "test/golden/protocol";

// The text of a golden file, which is `made` from now on where they are to be
// written anew. It ends in a newline that is no part of the JSON.
std::string golden(const std::string& name, const std::string& made) {
  auto path = folder / (name + ".json");
  if (std::getenv("HIISI_UPDATE_GOLDEN"))
    std::ofstream{path} << made << '\n';
  std::ifstream file{path};
  BOOST_TEST(file.good(), path << " is missing");
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (text.ends_with('\n'))
    text.pop_back();
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(golden_files)

BOOST_AUTO_TEST_CASE(requests_are_written_as_in_the_files) {
  for (const auto& [file, what] : request_samples())
    BOOST_TEST(golden(file, encode(what)) == encode(what), file);
}

BOOST_AUTO_TEST_CASE(requests_are_read_from_the_files) {
  for (const auto& [file, what] : request_samples()) {
    BOOST_TEST_CONTEXT(file) {
      auto read = decode_request(golden(file, encode(what)));
      BOOST_REQUIRE_MESSAGE(read.ok(), hiisi::test::why_not(read));
      BOOST_TEST((*read == what));
    }
  }
}

BOOST_AUTO_TEST_CASE(responses_are_written_as_in_the_files) {
  for (const auto& sample : response_samples()) {
    auto made = encode(sample.written, sample.version);
    BOOST_TEST(golden(sample.file, made) == made, sample.file);
  }
}

BOOST_AUTO_TEST_CASE(responses_are_read_from_the_files) {
  for (const auto& sample : response_samples()) {
    BOOST_TEST_CONTEXT(sample.file) {
      auto made = encode(sample.written, sample.version);
      auto read = decode_response(golden(sample.file, made));
      BOOST_REQUIRE_MESSAGE(read.ok(), hiisi::test::why_not(read));
      BOOST_TEST((*read == sample.read));
    }
  }
}

BOOST_AUTO_TEST_CASE(no_file_is_left_over) {
  std::set<std::string> known;
  for (const auto& sample : request_samples())
    known.insert(sample.file + ".json");
  for (const auto& sample : response_samples())
    known.insert(sample.file + ".json");
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    BOOST_TEST(known.contains(entry.path().filename()), entry.path());
}

BOOST_AUTO_TEST_SUITE_END()
