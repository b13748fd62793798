#include "actors/core/hook_file.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi;
using namespace std::chrono_literals;

namespace {

core::kept_hook sample(uint32_t number) {
  core::kept_hook hook;
  hook.number = number;
  hook.created = protocol::wall_time{5s};
  hook.what.on = {protocol::event_kind::give_up, protocol::event_kind::exit};
  hook.what.what = std::string{"web"};
  hook.what.argv = {"mail", "-s", "gave \"up\"", ""};
  hook.what.cwd = "/home/alice";
  hook.what.env = {{"LINES", "a\nb"}};
  hook.what.umask = 027;
  return hook;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hook_file)

BOOST_AUTO_TEST_CASE(hooks_are_read_as_they_were_written) {
  core::kept_hooks all;
  all.next_number = 9;
  all.hooks = {sample(3), sample(8)};
  all.hooks[1].what.what = 7u;
  const auto read = core::read_hooks(core::write_hooks(all));
  BOOST_REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.failure().message));
  BOOST_TEST((*read == all));
  const core::kept_hooks none;
  BOOST_TEST((*core::read_hooks(core::write_hooks(none)) == none));
}

BOOST_AUTO_TEST_CASE(a_number_is_never_given_out_again) {
  const auto read = core::read_hooks(core::write_hooks({2, {sample(5)}}));
  BOOST_REQUIRE(read.ok());
  BOOST_TEST(read->next_number == 6u);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  auto text = core::write_hooks({2, {sample(1)}});
  text.replace(text.find("give_up"), 7, "give_in");
  const auto read = core::read_hooks(text);
  BOOST_REQUIRE(!read.ok());
  BOOST_TEST(read.failure().message.find("give_in") != std::string::npos);
  BOOST_TEST(!core::read_hooks("{").ok());
  BOOST_TEST(!core::read_hooks("{}").ok());
}

BOOST_AUTO_TEST_SUITE_END()
