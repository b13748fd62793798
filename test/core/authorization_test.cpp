#include "actors/core/authorization.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <set>
#include <string>

using namespace hiisi::core;

namespace {

struct row {
  action what;
  bool owner;
  bool root;
  bool administrator;
  bool stranger;
};

/// The whole truth, by hand and apart from the code.
constexpr std::array<row, action_count> truth{{
    {action::see_briefly, true, true, true, true},
    {action::see_fully, true, true, true, false},
    {action::run, true, true, false, false},
    {action::start, true, true, true, false},
    {action::stop, true, true, true, false},
    {action::restart, true, true, true, false},
    {action::remove, true, true, true, false},
    {action::read_logs, true, true, true, false},
    {action::allocate_port, true, true, false, false},
    {action::free_port, true, true, true, false},
    {action::look_up_ports, true, true, true, true},
    {action::act_for_another_user, false, true, false, false},
    {action::inspect_daemon, false, true, true, false},
    {action::shut_down, false, true, true, false},
}};

} // namespace

BOOST_AUTO_TEST_SUITE(authorization)

BOOST_AUTO_TEST_CASE(the_matrix_of_users_actions_and_owners_holds) {
  // Uids at the edges of every kind of account, nobody's included.
  constexpr std::array<uint32_t, 8> uids{0,    1,     999,   1000,
                                         1001, 61000, 65534, 4294967294u};
  size_t cells = 0;
  for (const auto& row : truth) {
    for (auto uid : uids) {
      for (auto owner : uids) {
        for (auto administrator : {false, true}) {
          auto expected = row.stranger || (uid == owner && row.owner)
                          || (uid == 0 && row.root)
                          || (administrator && row.administrator);
          subject who{uid, administrator};
          BOOST_TEST(may(who, row.what, owner) == expected,
                     "uid " << uid << (administrator ? " (admin)" : "")
                            << " to " << to_string(row.what) << " " << owner);
          ++cells;
        }
      }
    }
  }
  BOOST_TEST(cells == action_count * 8 * 8 * 2);
  BOOST_TEST_MESSAGE(cells << " cells");
}

BOOST_AUTO_TEST_CASE(the_truth_has_every_action_once_and_in_order) {
  for (size_t i = 0; i < truth.size(); ++i)
    BOOST_TEST(static_cast<size_t>(truth[i].what) == i);
}

BOOST_AUTO_TEST_CASE(an_administrator_cannot_become_another_user) {
  subject admin{1000, true};
  BOOST_TEST(may(admin, action::stop, 1001));
  BOOST_TEST(!may(admin, action::run, 1001));
  BOOST_TEST(!may(admin, action::act_for_another_user, 1001));
  BOOST_TEST(!may(admin, action::act_for_another_user, 0));
}

BOOST_AUTO_TEST_CASE(an_unknown_action_is_refused_to_everyone) {
  auto unknown = static_cast<action>(action_count);
  BOOST_TEST(!may({0, true}, unknown, 0));
}

BOOST_AUTO_TEST_CASE(every_action_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto& row : truth)
    names.insert(to_string(row.what));
  BOOST_TEST(names.size() == action_count);
}

BOOST_AUTO_TEST_SUITE_END()
