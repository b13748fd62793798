#include "actors/core/tallies.hpp"
#include "actors/core/verb_names.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>

using namespace hiisi::core;
using namespace std::chrono_literals;
using hiisi::protocol::errc;

namespace {

size_t bucket_of(std::chrono::nanoseconds took) {
  latency_histogram h;
  h.count(took);
  const auto buckets = h.read().buckets;
  return static_cast<size_t>(std::ranges::find(buckets, 1u) - buckets.begin());
}

} // namespace

BOOST_AUTO_TEST_SUITE(tallies_of_work)

BOOST_AUTO_TEST_CASE(a_duration_counts_up_to_its_bound) {
  BOOST_TEST(bucket_of(0ns) == 0u);
  BOOST_TEST(bucket_of(50us) == 0u);
  BOOST_TEST(bucket_of(50us + 1ns) == 1u);
  BOOST_TEST(bucket_of(-1s) == 0u);
  BOOST_TEST(bucket_of(15s) == latency_histogram::bounds.size() - 1);
  BOOST_TEST(bucket_of(1h) == latency_histogram::bounds.size());
  BOOST_TEST(std::ranges::is_sorted(latency_histogram::bounds));
}

BOOST_AUTO_TEST_CASE(the_sum_of_durations_is_kept) {
  latency_histogram h;
  h.count(1ms);
  h.count(2s);
  BOOST_TEST((h.read().sum == 2001ms));
}

BOOST_AUTO_TEST_CASE(threads_count_together) {
  tallies t;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&t] {
        for (int n = 0; n < 1000; ++n) {
          t.frame_received();
          t.failed(errc::not_found);
          t.answered(0, 1ms);
          t.connection_opened(7);
          t.connection_closed(7);
        }
      });
  }
  t.connection_opened(7);
  const auto seen = t.read();
  BOOST_TEST(seen.frames_received == 4000u);
  BOOST_TEST(seen.errors[static_cast<size_t>(errc::not_found)] == 4000u);
  BOOST_TEST((seen.requests[0].sum == 4s));
  BOOST_TEST(seen.connections_accepted == 4001u);
  BOOST_TEST(seen.connections.at(7) == 1u);
}

BOOST_AUTO_TEST_CASE(who_has_no_connection_is_not_remembered) {
  tallies t;
  t.connection_opened(7);
  t.connection_closed(7);
  t.connection_closed(8);
  BOOST_TEST(t.read().connections.empty());
}

BOOST_AUTO_TEST_CASE(requests_are_called_by_their_names) {
  for (const auto* name : {"run", "stop", "status", "port_allocate", "version"})
    BOOST_TEST((std::ranges::find(verb_names, name) != verb_names.end()), name);
  for (const auto name : verb_names)
    BOOST_TEST(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_")
                   == name.npos,
               name);
}

BOOST_AUTO_TEST_SUITE_END()
