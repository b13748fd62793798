#include "actors/core/port_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using hiisi::protocol::errc;
using hiisi::protocol::wall_time;

namespace {

const wall_time then{std::chrono::nanoseconds{1'732'992'068'123'456'789}};

uint32_t known(const std::string& user) {
  return user == "alice" ? 1000 : user == "bob" ? 1001 : unknown_uid;
}

port_table two() {
  port_table table;
  BOOST_TEST_REQUIRE(table.allocate({8080, 1000, "alice", then}).ok());
  BOOST_TEST_REQUIRE(table.allocate({65535, 1001, "bob \"q\"", {}}).ok());
  return table;
}

/// What the first Hiisi wrote, byte for byte.
constexpr std::string_view first_hiisi = R"((
    allocations: {
        8080: (
            user: "alice",
            allocated_at: (
                secs_since_epoch: 1732992068,
                nanos_since_epoch: 123456789,
            ),
        ),
        9000: (
            user: "gone",
            allocated_at: (
                secs_since_epoch: 0,
                nanos_since_epoch: 0,
            ),
        ),
    },
))";

std::string damage(std::string_view text) {
  auto read = read_ports(text, "ports.ron", known);
  BOOST_TEST_REQUIRE(!read.ok(), text);
  BOOST_TEST((read.failure().code == errc::registry_damaged));
  return read.failure().message;
}

std::string with(std::string_view allocation) {
  return "(allocations: {" + std::string{allocation} + "})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(port_text)

BOOST_AUTO_TEST_CASE(a_table_comes_back_as_it_was) {
  for (const auto& table : {two(), hiisi::core::port_table{}}) {
    const auto text = write_ports(table);
    auto back = read_ports(text, "ports.ron", known);
    BOOST_TEST_REQUIRE(back.ok(), text);
    BOOST_TEST((*back == table));
  }
}

BOOST_AUTO_TEST_CASE(the_first_hiisis_file_is_read) {
  auto table = read_ports(first_hiisi, "ports.ron", known);
  BOOST_TEST_REQUIRE(table.ok());
  BOOST_TEST(table->size() == 2u);
  BOOST_TEST(
      (*table->find(8080) == port_allocation{8080, 1000, "alice", then}));
  BOOST_TEST(table->find(9000)->uid == unknown_uid);
  BOOST_TEST(table->find(9000)->user == "gone");
}

BOOST_AUTO_TEST_CASE(a_uid_on_file_is_not_asked_for) {
  auto table = read_ports(write_ports(two()), "ports.ron",
                          [](const std::string&) -> uint32_t {
                            BOOST_FAIL("asked");
                            return 0;
                          });
  BOOST_TEST(table.ok());
}

BOOST_AUTO_TEST_CASE(every_torn_file_is_refused_with_its_place) {
  const auto text = write_ports(two());
  const auto whole = text.find_last_of(')') + 1;
  for (size_t size = 0; size < whole; ++size) {
    const auto message = damage(text.substr(0, size));
    BOOST_TEST_REQUIRE(message.starts_with("ports.ron:"), message);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_true_is_refused) {
  constexpr auto since = "allocated_at: (secs_since_epoch: 1, "
                         "nanos_since_epoch: 2)";
  const std::string ours = std::string{"user: \"alice\", "} + since;
  BOOST_TEST(read_ports(with("8080: (" + ours + ")"), "p", known).ok());
  for (const auto& text :
       {with("80: (" + ours + ")"), with("65536: (" + ours + ")"),
        with("\"8080\": (" + ours + ")"),
        with("8080: (" + std::string{since} + ")"),
        with("8080: (user: \"alice\")"),
        with("8080: (user: 5, " + std::string{since} + ")"),
        with("8080: (" + ours + ", color: \"red\")"),
        with("8080: (" + ours + "), 8080: (" + ours + ")"),
        with("8080: (user: \"a\", allocated_at: (secs_since_epoch: 1, "
             "nanos_since_epoch: 1000000000))"),
        with("8080: (user: \"a\", allocated_at: (secs_since_epoch: "
             "9223372036854775807, nanos_since_epoch: 0))"),
        std::string{"()"}, std::string{"(allocations: [])"}, std::string{"{}"}})
    BOOST_TEST(damage(text).starts_with("ports.ron:"), text);
}

BOOST_AUTO_TEST_CASE(the_place_is_where_the_mistake_is) {
  BOOST_TEST(damage("(\n  allocations: {\n    80: (user: \"a\"),\n  },\n)")
                 .starts_with("ports.ron:3:5"));
}

BOOST_AUTO_TEST_SUITE_END()
