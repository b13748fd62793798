#include "actors/os/atomic_file.hpp"
#include "actors/os/directories.hpp"
#include "test/support/temp_dir.hpp"
#include "test/support/throwaway_user.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::os;
using hiisi::protocol::errc;
using hiisi::test::as_root;
using hiisi::test::temp_dir;
using hiisi::test::throwaway_user;

namespace {

environment_lookup
environment(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](
             std::string_view name) -> std::optional<std::string> {
    auto found = values.find(name);
    if (found == values.end())
      return std::nullopt;
    return found->second;
  };
}

/// Owner and permissions, as "1000 0700".
std::string look_of(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0)
    return "absent";
  std::ostringstream text;
  text << found.st_uid << " 0" << std::oct << (found.st_mode & 07777);
  return text.str();
}

std::string look(uid_t uid, const char* mode) {
  return std::to_string(uid) + " " + mode;
}

places within(const temp_dir& base, bool system) {
  chosen_places chosen;
  chosen.state_dir = base / "state";
  auto where = default_places(system, ::geteuid(), environment({}), chosen);
  BOOST_REQUIRE(where.ok());
  return *where;
}

directory_owner myself() {
  return {::geteuid(), ::getegid()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(directories)

BOOST_AUTO_TEST_CASE(the_systems_places_do_not_depend_on_the_environment) {
  auto where = default_places(
      true, 0,
      environment({{"XDG_RUNTIME_DIR", "/run/user/0"}, {"HOME", "/root"}}));
  BOOST_REQUIRE(where.ok());
  BOOST_TEST(where->socket == "/run/hiisi/hiisi.sock");
  BOOST_TEST(where->runtime_dir == "/run/hiisi");
  BOOST_TEST(where->keeper_socket == "/run/hiisi/keeper.sock");
  BOOST_TEST(where->state_dir == "/var/lib/hiisi");
  BOOST_TEST(where->system);
}

BOOST_AUTO_TEST_CASE(a_users_places_follow_the_xdg_variables) {
  auto where
      = default_places(false, 1000,
                       environment({{"XDG_RUNTIME_DIR", "/run/user/1000"},
                                    {"XDG_STATE_HOME", "/home/a/state"},
                                    {"HOME", "/home/a"}}));
  BOOST_REQUIRE(where.ok());
  BOOST_TEST(where->socket == "/run/user/1000/hiisi/hiisi.sock");
  BOOST_TEST(where->state_dir == "/home/a/state/hiisi");
  BOOST_TEST(!where->system);
}

BOOST_AUTO_TEST_CASE(without_or_with_relative_variables_the_defaults_hold) {
  for (const auto* value : {"", "state", "./x"}) {
    auto where = default_places(false, 1000,
                                environment({{"XDG_RUNTIME_DIR", value},
                                             {"XDG_STATE_HOME", value},
                                             {"HOME", "/home/a"}}));
    BOOST_REQUIRE(where.ok());
    BOOST_TEST(where->runtime_dir == "/tmp/hiisi-1000");
    BOOST_TEST(where->state_dir == "/home/a/.local/state/hiisi");
  }
}

BOOST_AUTO_TEST_CASE(without_a_home_a_user_is_told_what_to_set) {
  auto where = default_places(false, 1000, environment({}));
  BOOST_REQUIRE(!where.ok());
  BOOST_TEST((where.failure().code == errc::invalid_argument));
  BOOST_TEST(where.failure().hint.find("--state-dir") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_chosen_state_directory_holds_the_runtime_too) {
  for (auto system : {false, true}) {
    chosen_places chosen;
    chosen.state_dir = "/srv/h/";
    auto where = default_places(system, 0, environment({}), chosen);
    BOOST_REQUIRE(where.ok());
    BOOST_TEST(where->state_dir == "/srv/h");
    BOOST_TEST(where->runtime_dir == "/srv/h/run");
    BOOST_TEST(where->socket == "/srv/h/run/hiisi.sock");
    BOOST_TEST(where->keeper_socket == "/srv/h/run/keeper.sock");
  }
}

BOOST_AUTO_TEST_CASE(each_place_can_be_chosen_by_itself) {
  chosen_places chosen;
  chosen.runtime_dir = "/srv/r";
  chosen.socket = "/srv/s.sock";
  auto where = default_places(true, 0, environment({}), chosen);
  BOOST_REQUIRE(where.ok());
  BOOST_TEST(where->state_dir == "/var/lib/hiisi");
  BOOST_TEST(where->keeper_socket == "/srv/r/keeper.sock");
  BOOST_TEST(where->socket == "/srv/s.sock");
  chosen.socket = "s.sock";
  auto refused = default_places(true, 0, environment({}), chosen);
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST(refused.failure().message
             == "--socket needs an absolute path, not \"s.sock\"");
}

BOOST_AUTO_TEST_CASE(a_users_directories_are_the_users_alone) {
  temp_dir base;
  auto where = within(base, false);
  where.state_dir = base / "deep/down/state";
  where.runtime_dir = base / "run";
  BOOST_REQUIRE(prepare(where, myself()).ok());
  BOOST_TEST(look_of(where.state_dir) == look(::geteuid(), "0700"));
  BOOST_TEST(look_of(where.runtime_dir) == look(::geteuid(), "0700"));
  BOOST_TEST(look_of(base / "deep") == look(::geteuid(), "0700"));
  // And once more, now that they are there.
  BOOST_TEST(prepare(where, myself()).ok());
}

BOOST_AUTO_TEST_CASE(users_reach_the_systems_socket_and_no_state) {
  temp_dir base;
  auto where = within(base, true);
  BOOST_REQUIRE(prepare(where, myself()).ok());
  BOOST_TEST(look_of(where.state_dir) == look(::geteuid(), "0711"));
  BOOST_TEST(look_of(where.runtime_dir) == look(::geteuid(), "0755"));
  auto apart = where;
  apart.state_dir = base / "other";
  BOOST_REQUIRE(prepare(apart, myself()).ok());
  BOOST_TEST(look_of(apart.state_dir) == look(::geteuid(), "0700"));
}

BOOST_AUTO_TEST_CASE(an_empty_directory_is_opened_as_far_as_it_must) {
  temp_dir base;
  auto where = within(base, true);
  // As mktemp -d makes it.
  BOOST_REQUIRE(::mkdir(where.state_dir.c_str(), 0700) == 0);
  BOOST_REQUIRE(prepare(where, myself()).ok());
  BOOST_TEST(look_of(where.state_dir) == look(::geteuid(), "0711"));
}

BOOST_AUTO_TEST_CASE(a_link_in_the_place_of_a_directory_is_refused) {
  temp_dir base;
  auto where = within(base, false);
  BOOST_REQUIRE(::mkdir((base / "target").c_str(), 0700) == 0);
  BOOST_REQUIRE(::symlink("target", where.state_dir.c_str()) == 0);
  auto refused = prepare(where, myself());
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST(refused.failure().message.starts_with(where.state_dir));
}

BOOST_AUTO_TEST_CASE(a_directory_of_someone_else_is_refused_with_advice,
                     *boost::unit_test::precondition(as_root)) {
  temp_dir base;
  throwaway_user user;
  auto where = within(base, false);
  where.runtime_dir = base / "hiisi-0";
  BOOST_REQUIRE(::mkdir(where.runtime_dir.c_str(), 0700) == 0);
  BOOST_REQUIRE(::chown(where.runtime_dir.c_str(), user.uid(), user.gid())
                == 0);
  auto refused = prepare(where, myself());
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == errc::not_permitted));
  BOOST_TEST(refused.failure().message
             == where.runtime_dir + " belongs to uid "
                    + std::to_string(user.uid()) + ", not to uid 0");
  BOOST_TEST(refused.failure().hint
             == "remove it, or give another directory with --runtime-dir");
}

BOOST_AUTO_TEST_CASE(what_root_made_is_given_to_the_daemons_user,
                     *boost::unit_test::precondition(as_root)) {
  temp_dir base;
  throwaway_user user;
  throwaway_user other;
  auto where = within(base, true);
  BOOST_REQUIRE(prepare(where, {0, 0}).ok());
  auto put = [](const std::string& path) {
    BOOST_REQUIRE(write_file(path, "x", 0600, durability::ordered).ok());
  };
  BOOST_REQUIRE(::mkdir((where.state_dir + "/processes").c_str(), 0700) == 0);
  put(where.state_dir + "/processes/1.ron");
  put(where.state_dir + "/ports.ron");
  put(where.state_dir + "/theirs");
  BOOST_REQUIRE(
      ::chown((where.state_dir + "/theirs").c_str(), other.uid(), other.gid())
      == 0);
  put(base / "outside");
  put(base / "twin");
  BOOST_REQUIRE(
      ::symlink((base / "outside").c_str(), (where.state_dir + "/link").c_str())
      == 0);
  BOOST_REQUIRE(
      ::link((base / "twin").c_str(), (where.state_dir + "/twin").c_str())
      == 0);

  BOOST_REQUIRE(prepare(where, {user.uid(), user.gid()}).ok());
  for (const auto* name :
       {"", "/processes", "/processes/1.ron", "/ports.ron", "/run"})
    BOOST_TEST(look_of(where.state_dir + name)
                   .starts_with(std::to_string(user.uid()) + " "),
               name);
  BOOST_TEST(look_of(where.state_dir + "/ports.ron")
             == look(user.uid(), "0600"));
  BOOST_TEST(look_of(where.state_dir + "/theirs") == look(other.uid(), "0600"));
  BOOST_TEST(look_of(base / "outside") == "0 0600");
  BOOST_TEST(look_of(base / "twin") == "0 0600");
  // And again, now that it is theirs.
  BOOST_TEST(prepare(where, {user.uid(), user.gid()}).ok());
}

BOOST_AUTO_TEST_CASE(a_path_given_by_mistake_never_changes_hands,
                     *boost::unit_test::precondition(as_root)) {
  temp_dir base;
  throwaway_user user;
  auto where = within(base, true);
  BOOST_REQUIRE(::mkdir(where.state_dir.c_str(), 0755) == 0);
  BOOST_REQUIRE(
      write_file(where.state_dir + "/passwd", "x", 0644, durability::ordered)
          .ok());
  auto refused = prepare(where, {user.uid(), user.gid()});
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.failure().code == errc::not_permitted));
  BOOST_TEST(look_of(where.state_dir) == "0 0755");
  BOOST_TEST(look_of(where.state_dir + "/passwd") == "0 0644");
  // Nor does root itself close or open what is not its daemon's.
  BOOST_TEST(!prepare(where, {0, 0}).ok());
  BOOST_REQUIRE(::chmod(where.state_dir.c_str(), 0700) == 0);
  BOOST_TEST(!prepare(where, {0, 0}).ok());
  BOOST_TEST(look_of(where.state_dir) == "0 0700");
}

BOOST_AUTO_TEST_SUITE_END()
