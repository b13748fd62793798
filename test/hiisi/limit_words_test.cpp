#include "hiisi/limit_words.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi;
using hiisi::protocol::limited_resource;

namespace {

std::map<limited_resource, uint64_t> read(std::string_view words) {
  std::map<limited_resource, uint64_t> out;
  BOOST_TEST(cli::read_limit_words(words, out).ok(), words);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limit_words)

BOOST_AUTO_TEST_CASE(limits_are_read_with_their_units) {
  BOOST_TEST((read("nofile=64,nproc=10,cpu=3600,memory=64MiB")
              == std::map<limited_resource, uint64_t>{
                  {limited_resource::nofile, 64},
                  {limited_resource::nproc, 10},
                  {limited_resource::cpu, 3600},
                  {limited_resource::memory, 64 << 20}}));
  BOOST_TEST(read("memory=1G").at(limited_resource::memory) == 1u << 30);
  BOOST_TEST(read("memory=8388608").at(limited_resource::memory) == 8388608u);
  BOOST_TEST(read("cpus=1.5").at(limited_resource::cpus) == 1500u);
  BOOST_TEST(read("cpus=2").at(limited_resource::cpus) == 2000u);
  BOOST_TEST(read("cpus=0.01").at(limited_resource::cpus) == 10u);
  BOOST_TEST(read("cpus=.5").at(limited_resource::cpus) == 500u);
  BOOST_TEST(read("cpus=0.125").at(limited_resource::cpus) == 125u);
  BOOST_TEST(read("nofile=9,nofile=10").at(limited_resource::nofile) == 10u);
}

BOOST_AUTO_TEST_CASE(what_is_no_limit_is_refused_by_name) {
  for (const std::string words : {"",
                                  "nofile",
                                  "nofile=",
                                  "nofile=-1",
                                  "nofile=7",
                                  "nofile=64K",
                                  "files=3",
                                  "memory=64MB",
                                  "memory=1",
                                  "memory=64MiBx",
                                  "memory=18446744073709551615T",
                                  "cpu=0",
                                  "cpu=1.5",
                                  "nofile=64,",
                                  "nofile=99999999999999999999",
                                  "cpus=",
                                  "cpus=0",
                                  "cpus=0.001",
                                  "cpus=1.",
                                  "cpus=1.5000",
                                  "cpus=1,5",
                                  "cpus=1.-5",
                                  "cpus=1.5x",
                                  "cpus=5000"}) {
    std::map<limited_resource, uint64_t> out;
    const auto read = cli::read_limit_words(words, out);
    BOOST_TEST_REQUIRE(!read.ok(), words);
    BOOST_TEST(read.failure().message.starts_with("--limit '"), words);
    BOOST_TEST(read.failure().hint.find("nofile=1024") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_range_is_told_as_it_is_written) {
  std::map<limited_resource, uint64_t> out;
  const auto read = cli::read_limit_words("cpus=0.001", out);
  BOOST_TEST_REQUIRE(!read.ok());
  BOOST_TEST(read.failure().message
             == "--limit 'cpus=0.001' is no number from 0.01 to 4096");
}

BOOST_AUTO_TEST_SUITE_END()
