// What the leaf of a process is held to: where this host gives cgroup v2 the
// controllers, the kernel's files say it; where not, what happens without.
#include "test/support/keeper_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace hiisi;
using keeper_wire::stage;
using test::keeper_fixture;
using test::keeper_talk;

namespace {

constexpr std::array<const char*, 3> controllers{"memory", "pids", "cpu"};

bool has(const std::string& path, const std::string& controller) {
  std::istringstream words(test::read_text(path));
  for (std::string word; words >> word;)
    if (word == controller)
      return true;
  return false;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream{path} << text << std::flush;
}

/// Hands down all that the host has, as hiidet does for its keeper, and takes
/// back from the mount's root what that did not hand down before, unless
/// somebody else makes use of it by then.
class handed_down {
public:
  explicit handed_down(const keeper_fixture& keeper)
      : control_(test::cgroup_mount() + "/cgroup.subtree_control"),
        leaves_(test::cgroup_mount() + "/" + keeper.cgroup()) {
    for (const std::string name : controllers) {
      if (!has(test::cgroup_mount() + "/cgroup.controllers", name))
        continue;
      if (!has(control_, name))
        taken_back_.push_back(name);
      write(control_, "+" + name);
      write(leaves_ + "/cgroup.subtree_control", "+" + name);
      there_.push_back(name);
    }
  }
  ~handed_down() {
    for (const auto& name : taken_back_) {
      // What the keeper has just been told to forget is still below.
      const auto below = leaves_ + "/cgroup.subtree_control";
      (void)test::wait_until([&] {
        write(below, "-" + name);
        return !has(below, name);
      });
      write(control_, "-" + name);
    }
  }
  handed_down(const handed_down&) = delete;
  handed_down& operator=(const handed_down&) = delete;

  [[nodiscard]] bool there(const std::string& name) const {
    return std::ranges::find(there_, name) != there_.end();
  }
  /// What a file of a leaf holds.
  [[nodiscard]] std::string in_leaf(uint32_t id,
                                    const std::string& name) const {
    return test::read_text(leaves_ + "/"
                           + std::to_string(keeper_fixture::user_uid) + "/"
                           + std::to_string(id) + "/" + name);
  }

private:
  std::string control_;
  std::string leaves_;
  std::vector<std::string> taken_back_;
  std::vector<std::string> there_;
};

void finish(keeper_talk& talk, uint32_t id) {
  talk.ask(keeper_wire::kind::kill, id);
  talk.expect_end();
  talk.ask(keeper_wire::kind::acknowledge, id);
}

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_limits)

BOOST_AUTO_TEST_CASE(a_leaf_is_held_to_what_there_are_controllers_for) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  {
    const handed_down here{keeper};
    auto spec = keeper.spec({"sleep", "60"});
    spec.memory_max = "67108864";
    spec.pids_max = "7";
    talk.start(1, spec);
    BOOST_TEST(here.in_leaf(1, "memory.max")
               == (here.there("memory") ? "67108864\n" : ""));
    BOOST_TEST(here.in_leaf(1, "pids.max")
               == (here.there("pids") ? "7\n" : ""));
    if (here.there("cpu"))
      BOOST_TEST(here.in_leaf(1, "cpu.max") == "max 100000\n");
    finish(talk, 1);
    spec.cpu_max = "150000 100000";
    if (here.there("cpu")) {
      talk.start(2, spec);
      BOOST_TEST(here.in_leaf(2, "cpu.max") == "150000 100000\n");
      finish(talk, 2);
    } else {
      talk.spawned(2, spec);
      talk.expect_end();
      const auto said = talk.last_word(2);
      BOOST_TEST((said.at == stage::tree_limits));
      BOOST_TEST(said.error == ENOENT);
      talk.ask(keeper_wire::kind::acknowledge, 2);
    }
    // Whom nobody holds to anything has what the host has.
    talk.start(3, keeper.spec({"sleep", "60"}));
    if (here.there("pids"))
      BOOST_TEST(here.in_leaf(3, "pids.max") == "max\n");
    finish(talk, 3);
  }
}

BOOST_AUTO_TEST_CASE(a_leaf_that_is_full_takes_no_process_more) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const handed_down here{keeper};
  auto spec = keeper.shell("(sleep 60 & sleep 60 & sleep 60) 2>/dev/null; "
                           "exec sleep 60");
  spec.pids_max = "3";
  talk.start(1, spec);
  const auto members = [&] {
    const auto text = here.in_leaf(1, "cgroup.procs");
    return std::count(text.begin(), text.end(), '\n');
  };
  if (here.there("pids")) {
    BOOST_TEST(test::wait_until([&] {
      return here.in_leaf(1, "pids.events").find("max 0\n")
             == std::string::npos;
    }));
    BOOST_TEST(members() <= 3);
  } else if (!test::cgroup_mount().empty()) {
    BOOST_TEST(test::wait_until([&] { return members() == 4; }));
  }
  finish(talk, 1);
}

BOOST_AUTO_TEST_CASE(what_the_kernel_does_not_take_ends_the_start) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const handed_down here{keeper};
  auto spec = keeper.spec({"true"});
  spec.pids_max = "a few";
  if (here.there("pids")) {
    talk.spawned(1, spec);
    talk.expect_end();
    const auto said = talk.last_word(1);
    BOOST_TEST((said.at == stage::tree_limits));
    BOOST_TEST(said.error == EINVAL);
  } else {
    talk.start(1, spec);
    talk.expect_end();
  }
  talk.ask(keeper_wire::kind::acknowledge, 1);
}

BOOST_AUTO_TEST_CASE(without_a_leaf_only_limits_of_processes_hold) {
  keeper_fixture keeper({.cgroups = false});
  auto talk = keeper.connect();
  talk.greet();
  auto spec = keeper.spec({"sleep", "60"});
  spec.memory_max = "67108864";
  spec.pids_max = "7";
  talk.start(1, spec);
  finish(talk, 1);
  spec.cpu_max = "150000 100000";
  talk.spawned(2, spec);
  talk.expect_end();
  const auto said = talk.last_word(2);
  BOOST_TEST((said.at == stage::tree_limits));
  BOOST_TEST(said.error == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()
