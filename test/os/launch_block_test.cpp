#include "actors/os/launch_block.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>

#include <fcntl.h>
#include <unistd.h>

using namespace hiisi;
using os::make_launch_block;
using protocol::errc;

namespace {

os::launch_spec some_spec() {
  os::launch_spec spec;
  spec.uid = 1000;
  spec.gid = 100;
  spec.groups = {100, 27, 4};
  spec.argv = {"prog", "", "a b"};
  spec.env = {{"A", "1=2"}, {"B", ""}};
  spec.cwd = "/home/x";
  spec.log_directory = "/home/x/.logs";
  spec.output_log = "/home/x/.logs/1.out";
  spec.error_log = "/home/x/.logs/1.err";
  spec.umask = 027;
  spec.nice = -5;
  spec.limits = {{7, 0, 10, 20}};
  return spec;
}

std::string read_all(const os::fd& block) {
  std::string bytes(1 << 16, '\0');
  const auto size = ::pread(block.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return bytes;
}

void expect_fault(const os::launch_spec& spec, const std::string& word) {
  const auto block = make_launch_block(spec);
  BOOST_TEST_REQUIRE(!block.ok());
  BOOST_TEST((block.failure().code == errc::invalid_argument));
  BOOST_TEST(block.failure().message.find(word) != std::string::npos,
             block.failure().message);
}

} // namespace

BOOST_AUTO_TEST_SUITE(launch_block)

BOOST_AUTO_TEST_CASE(all_of_the_spec_is_in_the_block) {
  const auto block = make_launch_block(some_spec());
  BOOST_TEST_REQUIRE(block.ok());
  const auto bytes = read_all(*block);
  keeper_wire::launch_header head;
  BOOST_TEST_REQUIRE(bytes.size() > sizeof head);
  std::memcpy(&head, bytes.data(), sizeof head);
  BOOST_TEST(head.magic == keeper_wire::launch_magic);
  BOOST_TEST(head.uid == 1000U);
  BOOST_TEST(head.gid == 100U);
  BOOST_TEST(head.umask == 027U);
  BOOST_TEST(head.nice == -5);
  BOOST_TEST(head.argc == 3U);
  BOOST_TEST(head.envc == 2U);
  BOOST_TEST(head.limit_count == 1U);
  BOOST_TEST(head.group_count == 3U);
  keeper_wire::launch_limit limit;
  auto at = sizeof head;
  std::memcpy(&limit, bytes.data() + at, sizeof limit);
  BOOST_TEST((limit.resource == 7U && limit.soft == 10U && limit.hard == 20U));
  at += sizeof limit;
  uint32_t groups[3];
  std::memcpy(groups, bytes.data() + at, sizeof groups);
  BOOST_TEST((groups[0] == 100U && groups[1] == 27U && groups[2] == 4U));
  at += sizeof groups;
  const std::string strings("/home/x\0/home/x/.logs\0/home/x/.logs/1.out\0"
                            "/home/x/.logs/1.err\0prog\0\0a b\0A=1=2\0B=\0",
                            8 + 14 + 20 + 20 + 5 + 1 + 4 + 6 + 3);
  BOOST_TEST(bytes.substr(at) == strings);
}

BOOST_AUTO_TEST_CASE(what_is_its_own_goes_before_what_is_shared) {
  auto spec = some_spec();
  spec.shared_env = {{"A", "other"}, {"C", "3"}};
  const auto block = make_launch_block(spec);
  BOOST_TEST_REQUIRE(block.ok());
  const std::string variables("C=3\0A=1=2\0B=\0", 4 + 6 + 3);
  BOOST_TEST(read_all(*block).ends_with(variables));
  BOOST_TEST(*spec.variable("A") == "1=2");
  BOOST_TEST(*spec.variable("C") == "3");
  BOOST_TEST(spec.variable("D") == nullptr);
}

BOOST_AUTO_TEST_CASE(what_the_child_adds_is_not_taken_from_the_caller) {
  auto spec = some_spec();
  for (const auto* name : {"HIISI_ID", "HIISI_RUN", "LISTEN_FDS", "LISTEN_PID"})
    spec.env[name] = "forged";
  const auto plain = make_launch_block(some_spec());
  const auto block = make_launch_block(spec);
  BOOST_TEST_REQUIRE((plain.ok() && block.ok()));
  BOOST_TEST(read_all(*block) == read_all(*plain));
}

BOOST_AUTO_TEST_CASE(nobody_can_change_a_block) {
  const auto block = make_launch_block(some_spec());
  BOOST_TEST_REQUIRE(block.ok());
  const int fd = block->get();
  BOOST_TEST(::fcntl(fd, F_GET_SEALS)
             == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL));
  BOOST_TEST((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  BOOST_TEST(::pwrite(fd, "x", 1, 0) == -1);
  BOOST_TEST(::ftruncate(fd, 10) == -1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_refused) {
  auto spec = some_spec();
  spec.argv.clear();
  expect_fault(spec, "empty");
  spec.argv = {""};
  expect_fault(spec, "empty");
  spec.argv = {"a", std::string("b\0c", 3)};
  expect_fault(spec, "NUL");
  spec = some_spec();
  spec.env[""] = "x";
  expect_fault(spec, "variable");
  spec = some_spec();
  spec.env["A=B"] = "x";
  expect_fault(spec, "A=B");
  spec = some_spec();
  spec.env["SECRET"] = std::string("x\0y", 3);
  expect_fault(spec, "SECRET");
  spec = some_spec();
  spec.cwd = "here";
  expect_fault(spec, "here");
  spec = some_spec();
  spec.error_log = "";
  expect_fault(spec, "path");
}

BOOST_AUTO_TEST_CASE(what_the_leaf_is_held_to_comes_last_or_not_at_all) {
  const auto plain = make_launch_block(some_spec());
  auto spec = some_spec();
  spec.pids_max = "7";
  const auto limited = make_launch_block(spec);
  BOOST_TEST_REQUIRE((plain.ok() && limited.ok()));
  using namespace std::string_literals;
  BOOST_TEST((read_all(*limited) == read_all(*plain) + "\0"s + "7\0\0"s));
  spec.cpu_max = "1\0"s + "2";
  expect_fault(spec, "NUL");
}

BOOST_AUTO_TEST_CASE(a_block_that_is_too_large_says_by_how_much) {
  auto spec = some_spec();
  spec.env["BIG"] = std::string(keeper_wire::max_launch_bytes, 'x');
  expect_fault(spec, std::to_string(keeper_wire::max_launch_bytes));
  spec.env["BIG"].resize(keeper_wire::max_launch_bytes - 1000);
  BOOST_TEST(make_launch_block(spec).ok());
}

BOOST_AUTO_TEST_SUITE_END()
