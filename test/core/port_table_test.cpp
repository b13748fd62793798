#include "actors/core/port_table.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace hiisi::core;
using hiisi::protocol::errc;
using hiisi::protocol::wall_time;

namespace {

wall_time day(int year, unsigned month, unsigned number) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month)
                               / static_cast<int>(number)}
         + std::chrono::hours(23);
}

port_allocation of(uint16_t port, uint32_t uid, std::string user,
                   wall_time at = day(2026, 11, 2)) {
  return {port, uid, std::move(user), at};
}

port_table with_bob_on_8080() {
  port_table table;
  BOOST_REQUIRE(table.allocate(of(8080, 1001, "bob")).ok());
  return table;
}

constexpr subject alice{1000, false};
constexpr subject bob{1001, false};
constexpr subject admin{1002, true};
constexpr subject root{0, true};

} // namespace

BOOST_AUTO_TEST_SUITE(port_table)

BOOST_AUTO_TEST_CASE(an_allocation_is_found_again) {
  auto table = with_bob_on_8080();
  BOOST_REQUIRE(table.find(8080));
  BOOST_TEST((*table.find(8080) == of(8080, 1001, "bob")));
  BOOST_TEST(!table.find(8081));
  BOOST_TEST(table.size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_ports_for_users_can_be_had) {
  hiisi::core::port_table table;
  for (uint16_t port : std::initializer_list<uint16_t>{0, 1, 80, 1023}) {
    auto refused = table.allocate(of(port, 1000, "alice"));
    BOOST_REQUIRE(!refused.ok());
    BOOST_TEST((refused.failure().code == errc::invalid_argument));
    BOOST_TEST(refused.failure().hint.find("1024 to 65535")
               != std::string::npos);
  }
  BOOST_TEST(table.allocate(of(1024, 1000, "alice")).ok());
  BOOST_TEST(table.allocate(of(65535, 1000, "alice")).ok());
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_told_by_whom_and_since_when) {
  auto table = with_bob_on_8080();
  auto before = table;
  auto refused = table.allocate(of(8080, 1000, "alice"));
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == errc::conflict));
  BOOST_TEST(refused.failure().message
             == "port 8080 has been allocated to bob since 2026-11-02");
  BOOST_TEST(refused.failure().hint == "the next free one is 8081");
  BOOST_TEST((table == before));
}

BOOST_AUTO_TEST_CASE(the_next_free_port_is_neither_taken_nor_to_be_avoided) {
  auto table = with_bob_on_8080();
  BOOST_REQUIRE(table.allocate(of(8081, 1000, "alice")).ok());
  port_set listening;
  listening.add(uint16_t{8082});
  auto refused = table.allocate(of(8080, 1000, "alice"), listening);
  BOOST_TEST(refused.failure().hint == "the next free one is 8083");
}

BOOST_AUTO_TEST_CASE(ones_own_port_is_told_as_such) {
  auto table = with_bob_on_8080();
  auto refused = table.allocate(of(8080, 1001, "bob"));
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == errc::conflict));
  BOOST_TEST(refused.failure().message
             == "port 8080 is yours already, since 2026-11-02");
}

BOOST_AUTO_TEST_CASE(a_full_table_has_no_next_free_port) {
  hiisi::core::port_table table;
  for (uint32_t port = 1024; port <= 65535; ++port)
    BOOST_REQUIRE(
        table.allocate(of(static_cast<uint16_t>(port), 1001, "bob")).ok());
  auto refused = table.allocate(of(8080, 1000, "alice"));
  BOOST_TEST(refused.failure().hint == "there is no free one");
}

BOOST_AUTO_TEST_CASE(the_owner_an_administrator_and_root_free_a_port) {
  for (const auto& who : {bob, admin, root}) {
    auto table = with_bob_on_8080();
    auto freed = table.free(8080, who);
    BOOST_REQUIRE(freed.ok());
    BOOST_TEST((*freed == of(8080, 1001, "bob")));
    BOOST_TEST(table.size() == 0u);
    BOOST_TEST(table.allocate(of(8080, 1000, "alice")).ok());
  }
}

BOOST_AUTO_TEST_CASE(nobody_else_frees_a_port) {
  auto table = with_bob_on_8080();
  auto refused = table.free(8080, alice);
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == errc::not_permitted));
  BOOST_TEST(refused.failure().message
             == "port 8080 is allocated to bob, not to you");
  BOOST_TEST(table.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_not_allocated_cannot_be_freed) {
  auto table = with_bob_on_8080();
  BOOST_TEST((table.free(8081, root).failure().code == errc::not_found));
  BOOST_TEST((table.free(80, root).failure().code == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(lookup_is_by_port_and_by_user) {
  auto table = with_bob_on_8080();
  BOOST_REQUIRE(table.allocate(of(9000, 1000, "alice")).ok());
  BOOST_REQUIRE(table.allocate(of(3000, 1000, "alice")).ok());
  std::vector<uint16_t> all;
  for (const auto& entry : table.lookup())
    all.push_back(entry.port);
  std::vector<uint16_t> expected{3000, 8080, 9000};
  BOOST_TEST(all == expected, boost::test_tools::per_element());
  BOOST_TEST(table.lookup("alice").size() == 2u);
  BOOST_TEST(table.lookup("alic").empty());
  BOOST_TEST(table.count_of(1000) == 2u);
  BOOST_TEST(table.count_of(1002) == 0u);
}

BOOST_AUTO_TEST_CASE(an_allocation_without_a_name_is_refused) {
  hiisi::core::port_table table;
  BOOST_TEST((table.allocate(of(8080, 1000, "")).failure().code
              == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(random_operations_agree_with_a_model) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto random = seeded_random(seed);
    hiisi::core::port_table table;
    std::map<uint16_t, uint32_t> model;
    for (int step = 0; step < 2000; ++step) {
      auto port = static_cast<uint16_t>(1020 + random(40));
      auto uid = static_cast<uint32_t>(1000 + random(3));
      auto held = model.find(port);
      if (random(2) == 0) {
        auto expected = port >= 1024 && held == model.end();
        auto done = table.allocate(of(port, uid, "u")).ok();
        BOOST_REQUIRE_MESSAGE(done == expected, "seed " << seed);
        if (done)
          model.emplace(port, uid);
      } else {
        auto expected = held != model.end() && held->second == uid;
        auto done = table.free(port, {uid, false}).ok();
        BOOST_REQUIRE_MESSAGE(done == expected, "seed " << seed);
        if (done)
          model.erase(port);
      }
      BOOST_REQUIRE(table.size() == model.size());
    }
    port_set taken;
    table.add_to(taken);
    BOOST_TEST(taken.size() == model.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()
