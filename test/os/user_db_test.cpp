#include "actors/os/user_db.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace hiisi::os;
using hiisi::protocol::errc;
using hiisi::test::as_root;
using hiisi::test::throwaway_group;
using hiisi::test::throwaway_user;

BOOST_AUTO_TEST_SUITE(user_db)

BOOST_AUTO_TEST_CASE(root_is_found_and_an_administrator) {
  auto root = find_user(0, "hxt-no-such-group");
  BOOST_REQUIRE(root.ok());
  BOOST_TEST(root->name == "root");
  BOOST_TEST(root->gid == 0u);
  BOOST_TEST(root->groups.front() == 0u);
  BOOST_TEST(root->home == "/root");
  BOOST_TEST(root->administrator);
}

BOOST_AUTO_TEST_CASE(a_uid_and_a_name_lead_to_the_same_user) {
  auto by_uid = find_user(1, "");
  BOOST_REQUIRE(by_uid.ok());
  auto by_name = find_user_by_name(by_uid->name, "");
  BOOST_REQUIRE(by_name.ok());
  BOOST_TEST((*by_uid == *by_name));
  BOOST_TEST(!by_uid->administrator);
}

BOOST_AUTO_TEST_CASE(who_does_not_exist_is_not_found) {
  auto by_uid = find_user(3'999'999'999u, "hiisi-admin");
  BOOST_REQUIRE(!by_uid.ok());
  BOOST_TEST((by_uid.failure().code == errc::not_found));
  BOOST_TEST(by_uid.failure().message == "no user has uid 3999999999");
  auto by_name = find_user_by_name("hxt-no-such-user", "hiisi-admin");
  BOOST_REQUIRE(!by_name.ok());
  BOOST_TEST((by_name.failure().code == errc::not_found));
  using namespace std::string_view_literals;
  BOOST_TEST(!find_user_by_name("root\0x"sv, "").ok());
  BOOST_TEST(!find_user_by_name("", "").ok());
}

BOOST_AUTO_TEST_CASE(members_of_the_group_are_administrators,
                     *boost::unit_test::precondition(as_root)) {
  throwaway_group admins;
  throwaway_user member({admins.name(), "nogroup"});
  throwaway_user other;
  auto found = find_user(member.uid(), admins.name());
  BOOST_REQUIRE(found.ok());
  BOOST_TEST(found->name == member.name());
  BOOST_TEST(found->home == member.home());
  BOOST_TEST(found->shell == "/usr/sbin/nologin");
  BOOST_TEST(found->administrator);
  BOOST_TEST(found->groups.size() == 3u);
  BOOST_TEST(found->groups.front() == member.gid());
  BOOST_TEST(!find_user(other.uid(), admins.name())->administrator);
  BOOST_TEST(!find_user(member.uid(), "hxt-no-such-group")->administrator);
  // The group is also enough as the primary one.
  BOOST_TEST(find_user(other.uid(), other.name())->administrator);
}

BOOST_AUTO_TEST_SUITE_END()
