#include "actors/core/event_query.hpp"
#include "protocol/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi;
using core::event_query;
using core::head_of;
using core::matches;
using namespace std::chrono_literals;

namespace {

std::string line_of(std::optional<uint32_t> uid, uint32_t id, std::string name,
                    std::chrono::seconds at) {
  protocol::event e;
  e.number = 12;
  e.at = protocol::wall_time{at};
  e.what = protocol::event_kind::exit;
  e.uid = uid;
  e.id = id;
  e.name = std::move(name);
  return protocol::encode_event(e);
}

bool finds(const event_query& query, const std::string& line) {
  const auto head = head_of(line);
  BOOST_TEST_REQUIRE(head.has_value());
  return matches(query, *head);
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_queries)

BOOST_AUTO_TEST_CASE(a_head_is_read_as_it_was_written) {
  const auto line = line_of(1000, 7, "web", 100s);
  const auto head = head_of(line);
  BOOST_TEST_REQUIRE(head.has_value());
  BOOST_TEST(head->number == 12u);
  BOOST_TEST(head->time == "1970-01-01T00:01:40.000000000Z");
  BOOST_TEST(head->kind == "exit");
  BOOST_TEST((head->uid == 1000u));
  BOOST_TEST(head->id == 7u);
  BOOST_TEST(head->name == "web");
}

BOOST_AUTO_TEST_CASE(what_is_no_event_has_no_head) {
  const auto line = line_of(1000, 7, "web", 100s);
  for (size_t cut = 0; cut < line.find("\"user\"") - 2; ++cut)
    BOOST_TEST(!head_of(std::string_view{line}.substr(0, cut)), cut);
  BOOST_TEST(!head_of("{}"));
  BOOST_TEST(!head_of(R"({"number":-1,"time":"x")"));
}

BOOST_AUTO_TEST_CASE(everything_matches_a_query_for_all) {
  BOOST_TEST(finds({}, line_of(1000, 7, "web", 1s)));
  BOOST_TEST(finds({}, line_of(std::nullopt, 0, "", 1s)));
}

BOOST_AUTO_TEST_CASE(a_users_are_not_the_daemons_nor_anothers) {
  const event_query own{1000, 0, "", ""};
  BOOST_TEST(finds(own, line_of(1000, 7, "web", 1s)));
  BOOST_TEST(!finds(own, line_of(1001, 7, "web", 1s)));
  BOOST_TEST(!finds(own, line_of(std::nullopt, 0, "", 1s)));
}

BOOST_AUTO_TEST_CASE(a_process_is_found_by_id_and_by_name) {
  BOOST_TEST(finds({{}, 7, "", ""}, line_of(1000, 7, "web", 1s)));
  BOOST_TEST(!finds({{}, 7, "", ""}, line_of(1000, 77, "web", 1s)));
  BOOST_TEST(finds({{}, 0, "web", ""}, line_of(1000, 7, "web", 1s)));
  BOOST_TEST(!finds({{}, 0, "we", ""}, line_of(1000, 7, "web", 1s)));
}

BOOST_AUTO_TEST_CASE(a_time_is_included) {
  const auto since = [](std::chrono::nanoseconds at) {
    return event_query{
        {}, 0, "", protocol::format_rfc3339(protocol::wall_time{at})};
  };
  BOOST_TEST(finds(since(100s), line_of(1, 1, "a", 100s)));
  BOOST_TEST(!finds(since(100s + 1ns), line_of(1, 1, "a", 100s)));
}

BOOST_AUTO_TEST_SUITE_END()
