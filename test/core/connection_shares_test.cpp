#include "actors/core/connection_shares.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace hiisi;
using core::no_limit;

namespace {

constexpr core::connection_settings usual{2, 1000, 500};

struct fixture {
  static core::connection_shares::policy_ptr policy(bool with_rules = true) {
    core::limit_policy out;
    out.usual.connections = 3;
    out.contact = "Hanna";
    if (with_rules) {
      core::limit_rule rule;
      rule.user = "alice";
      rule.connections = 7;
      rule.bytes_in_flight = 9000;
      out.rules = {rule};
    }
    return std::make_shared<const core::limit_policy>(out);
  }

  core::connection_shares shares{usual, policy()};
  std::vector<uint32_t> groups{1000};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(connection_shares, fixture)

BOOST_AUTO_TEST_CASE(who_comes_is_asked_for_once_where_there_are_rules) {
  BOOST_TEST(shares.table().connect(1000));
  BOOST_TEST(shares.is_to_be_asked_for(1000));
  BOOST_TEST(shares.table().connect(1000));
  BOOST_TEST(!shares.is_to_be_asked_for(1000));
  BOOST_TEST(shares.table().connect(0));
  BOOST_TEST(!shares.is_to_be_asked_for(0));
  shares.reconfigure(usual, policy(false));
  BOOST_TEST(shares.table().connect(1001));
  BOOST_TEST(!shares.is_to_be_asked_for(1001));
}

BOOST_AUTO_TEST_CASE(a_share_counts_from_the_answer_on) {
  BOOST_TEST(shares.table().connect(1000));
  BOOST_TEST(shares.table().share_of(1000).connections == 2u);
  shares.learn(1000, "alice", groups);
  BOOST_TEST(shares.table().share_of(1000).connections == 7u);
  BOOST_TEST(shares.table().share_of(1000).bytes == 9000u);
  // Rules and groups may be others by now.
  shares.reconfigure(usual, policy());
  BOOST_TEST(shares.table().share_of(1000).connections == 2u);
}

BOOST_AUTO_TEST_CASE(what_somebody_may_have_is_known_without_them) {
  BOOST_TEST(shares.share_of(1000, "alice", groups).connections == 7u);
  BOOST_TEST(shares.share_of(1001, "bob", groups).connections == 3u);
  BOOST_TEST(shares.share_of(0, "root", {}).connections == no_limit);
}

BOOST_AUTO_TEST_CASE(ones_own_daemon_has_what_is_usual) {
  shares.reconfigure(usual, nullptr);
  BOOST_TEST(shares.share_of(1000, "alice", groups).connections == 2u);
  BOOST_TEST(shares.share_of(1000, "alice", groups).bytes == 1000u);
  BOOST_TEST(shares.share_of(0, "root", {}).bytes == no_limit);
  BOOST_TEST(shares.table().connect(1000));
  shares.learn(1000, "alice", groups);
  BOOST_TEST(shares.table().share_of(1000).connections == 2u);
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_is_the_limit_and_whom_to_ask) {
  BOOST_TEST(shares.table().connect(1000));
  BOOST_TEST(shares.table().connect(1000));
  const auto connections = shares.too_many_connections(1000);
  BOOST_TEST((connections.code == protocol::errc::limit_exceeded));
  BOOST_TEST(connections.message
             == "you have 2 connections to hiidet open, and 2 is the limit");
  BOOST_TEST(connections.hint.find("Hanna") != std::string::npos);
  BOOST_TEST(!shares.table().take(1000, 1001));
  const auto bytes = shares.too_many_bytes(1000);
  BOOST_TEST(bytes.message
             == "you have 1001 bytes in flight, and 1000 is the limit");
}

BOOST_AUTO_TEST_SUITE_END()
