#include "actors/os/file.hpp"
#include "actors/os/privileges.hpp"
#include "test/support/in_child.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <sstream>

#include <sys/prctl.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::protocol::errc;
using hiisi::test::as_root;
using hiisi::test::in_child;
using hiisi::test::throwaway_user;

namespace {

/// A line of /proc/self/status, its words with one blank between them.
std::string status_line(const std::string& key) {
  auto text = read_file("/proc/self/status", 1 << 20);
  std::istringstream lines(text ? *text : "");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key + ":"))
      continue;
    std::istringstream words(line.substr(key.size() + 1));
    std::string joined;
    for (std::string word; words >> word;)
      joined += (joined.empty() ? "" : " ") + word;
    return joined;
  }
  return "?";
}

std::string four_times(uint32_t id) {
  auto text = std::to_string(id);
  return text + " " + text + " " + text + " " + text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(privileges)

BOOST_AUTO_TEST_CASE(everything_of_roots_is_given_up,
                     *boost::unit_test::precondition(as_root)) {
  throwaway_user user;
  auto status = in_child([&] {
    std::array<uint32_t, 1> groups{user.gid()};
    ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (!drop_to(user.uid(), user.gid(), groups))
      return 1;
    if (status_line("Uid") != four_times(user.uid()))
      return 2;
    if (status_line("Gid") != four_times(user.gid()))
      return 3;
    if (status_line("Groups") != std::to_string(user.gid()))
      return 4;
    for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
      if (status_line(set) != "0000000000000000")
        return 5;
    }
    if (::setuid(0) == 0 || ::setgid(0) == 0)
      return 6;
    if (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1)
      return 7;
    return 0;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(supplementary_groups_are_those_given,
                     *boost::unit_test::precondition(as_root)) {
  throwaway_user user;
  throwaway_user other;
  auto status = in_child([&] {
    std::array<uint32_t, 2> groups{user.gid(), other.gid()};
    if (!drop_to(user.uid(), user.gid(), groups))
      return 1;
    return ::getgroups(0, nullptr) == 2 ? 0 : 2;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(who_is_not_root_cannot_become_another,
                     *boost::unit_test::precondition(as_root)) {
  throwaway_user user;
  throwaway_user other;
  auto status = in_child([&] {
    std::array<uint32_t, 1> groups{user.gid()};
    if (!drop_to(user.uid(), user.gid(), groups))
      return 1;
    // Becoming oneself changes nothing and works.
    if (!drop_to(user.uid(), user.gid(), groups))
      return 2;
    auto refused = drop_to(other.uid(), other.gid(), {});
    if (refused.ok() || refused.failure().code != errc::not_permitted)
      return 3;
    return refused.failure().message.find("Operation not permitted")
                   != std::string::npos
               ? 0
               : 4;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
