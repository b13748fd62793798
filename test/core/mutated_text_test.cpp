// Whatever becomes of a file of the state, reading it gives what is in it or an
// error that says where it is wrong.
#include "actors/core/hook_file.hpp"
#include "actors/core/port_history.hpp"
#include "actors/core/port_text.hpp"
#include "actors/core/record_text.hpp"
#include "test/support/mutations.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace hiisi;
using namespace hiisi::core;

namespace {

const protocol::wall_time then{
    std::chrono::nanoseconds{1'700'000'000'123'456'789}};

/// Whether it begins with "file.ron:LINE:COLUMN: ".
bool names_its_place(const std::string& message) {
  constexpr std::string_view source = "file.ron:";
  if (!message.starts_with(source))
    return false;
  const auto place = message.substr(source.size());
  const auto end = place.find(": ");
  const auto colon = place.find(':');
  const auto is_number = [&](size_t from, size_t to) {
    return from < to
           && std::all_of(place.begin() + static_cast<long>(from),
                          place.begin() + static_cast<long>(to),
                          [](char c) { return c >= '0' && c <= '9'; });
  };
  return end != place.npos && colon < end && is_number(0, colon)
         && is_number(colon + 1, end);
}

template <class Read>
size_t mutate(const std::string& text, Read read) {
  BOOST_TEST_REQUIRE(read(text).ok());
  size_t refused = 0;
  const auto count = test::for_each_mutation(text, [&](const auto& mutated) {
    auto outcome = read(mutated);
    if (outcome.ok())
      return;
    ++refused;
    if (!names_its_place(outcome.failure().message))
      BOOST_TEST(false, outcome.failure().message << "\nfor:\n" << mutated);
  });
  // It does see damage.
  BOOST_TEST(refused > count / 4);
  return count;
}

process_record some_record() {
  process_spec spec;
  spec.id = 42;
  spec.name = "web";
  spec.uid = 1000;
  spec.user = "alice";
  spec.argv = {"./web", "--title", "gr\xc3\xbc\xc3\x9f\n"};
  spec.cwd = "/home/alice";
  spec.env = {{"PATH", "/bin"}};
  spec.policy = protocol::restart_policy::always;
  spec.limits = {{protocol::limited_resource::nofile, 64}};
  spec.created = then;
  spec.ports = {{8080, "web", false, true}};
  process_record record;
  record.spec = std::make_shared<process_spec>(std::move(spec));
  record.last_exit = protocol::exit_info{};
  record.reason = "because";
  return record;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mutated_text)

BOOST_AUTO_TEST_CASE(records_are_read_or_refused_with_their_place) {
  const auto count = mutate(write_record(some_record()), [](const auto& text) {
    return read_record(text, "file.ron");
  });
  BOOST_TEST_MESSAGE("state files mutated: records " << count);
}

BOOST_AUTO_TEST_CASE(live_records_are_read_or_refused_with_their_place) {
  const auto count = mutate(
      write_live_record({42, 1, 1000, 77, 1, 2, boot_time{3}, "boot"}),
      [](const auto& text) { return read_live_record(text, "file.ron"); });
  BOOST_TEST_MESSAGE("state files mutated: live records " << count);
}

BOOST_AUTO_TEST_CASE(registries_are_read_or_refused_with_their_place) {
  port_table table;
  BOOST_TEST_REQUIRE(table.allocate({8080, 1000, "alice", then}).ok());
  BOOST_TEST_REQUIRE(table.allocate({65535, 1001, "bob \"q\"", {}}).ok());
  const auto count = mutate(write_ports(table), [](const auto& text) {
    return read_ports(text, "file.ron",
                      [](const auto&) -> uint32_t { return 1000; });
  });
  BOOST_TEST_MESSAGE("state files mutated: registries " << count);
}

BOOST_AUTO_TEST_CASE(histories_are_read_or_refused_with_their_place) {
  port_history history;
  history.observe(8080, true, then);
  history.freed(9000, then);
  const auto count = mutate(history.text(), [](const auto& text) {
    return port_history::read(text, "file.ron");
  });
  BOOST_TEST_MESSAGE("state files mutated: port histories " << count);
}

BOOST_AUTO_TEST_CASE(hooks_are_read_or_refused_with_a_reason) {
  kept_hook hook;
  hook.number = 3;
  hook.created = then;
  hook.what.on = {protocol::event_kind::give_up};
  hook.what.argv = {"mail", "alice"};
  hook.what.cwd = "/home/alice";
  const auto text = write_hooks({4, {hook}});
  BOOST_TEST_REQUIRE(read_hooks(text).ok());
  const auto count = test::for_each_mutation(text, [](const auto& mutated) {
    const auto outcome = read_hooks(mutated);
    if (!outcome.ok() && outcome.failure().message.empty())
      BOOST_TEST(false, mutated);
  });
  BOOST_TEST_MESSAGE("state files mutated: hooks " << count);
}

BOOST_AUTO_TEST_SUITE_END()
