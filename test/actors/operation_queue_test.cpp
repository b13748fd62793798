#include "actors/operation_queue.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi;
using namespace hiisi::actors;

namespace {

struct fixture {
  operation_queue queue;

  void push(uint64_t number, operation_kind kind) {
    queue.push({number, kind, nullptr});
  }
  void begin(operation_kind kind) {
    push(1, kind);
    BOOST_TEST_REQUIRE(queue.begin_next() != nullptr);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(operation_queue, fixture)

BOOST_AUTO_TEST_CASE(one_is_under_way_and_the_others_wait) {
  push(1, operation_kind::start);
  push(2, operation_kind::stop);
  BOOST_TEST(queue.current() == nullptr);
  BOOST_TEST_REQUIRE(queue.begin_next() != nullptr);
  BOOST_TEST(queue.current()->operation == 1u);
  BOOST_TEST(queue.begin_next() == nullptr);
  BOOST_TEST(queue.waiting() == 1u);
  queue.finish(7, {});
  BOOST_TEST(queue.current() == nullptr);
  BOOST_TEST_REQUIRE(queue.begin_next() != nullptr);
  BOOST_TEST(queue.current()->operation == 2u);
}

BOOST_AUTO_TEST_CASE(what_has_ended_is_told_once_and_in_order) {
  begin(operation_kind::start);
  queue.finish(7, {});
  push(2, operation_kind::stop);
  queue.begin_next();
  queue.finish(7, protocol::make_error(protocol::errc::internal, "no"));
  const auto done = queue.take_done();
  BOOST_TEST_REQUIRE(done.size() == 2u);
  BOOST_TEST(done[0].id == 7u);
  BOOST_TEST(done[0].operation == 1u);
  BOOST_TEST(done[0].outcome.ok());
  BOOST_TEST(done[1].operation == 2u);
  BOOST_TEST(!done[1].outcome.ok());
  BOOST_TEST(queue.take_done().empty());
}

BOOST_AUTO_TEST_CASE(what_was_asked_for_says_what_the_process_is_to_do) {
  BOOST_TEST(!queue.ending_asked());
  BOOST_TEST(!queue.start_asked());
  begin(operation_kind::start);
  BOOST_TEST(!queue.ending_asked());
  BOOST_TEST(queue.start_asked());
  queue.finish(7, {});
  begin(operation_kind::restart);
  BOOST_TEST(queue.ending_asked());
  BOOST_TEST(queue.start_asked());
  BOOST_TEST(queue.restarting());
  for (auto kind : {operation_kind::stop, operation_kind::remove,
                    operation_kind::suspend}) {
    queue.finish(7, {});
    begin(kind);
    BOOST_TEST(queue.ending_asked());
    BOOST_TEST(!queue.start_asked());
    BOOST_TEST(!queue.restarting());
  }
}

BOOST_AUTO_TEST_CASE(with_the_process_goes_what_waits_for_it) {
  begin(operation_kind::remove);
  push(2, operation_kind::start);
  queue.drop_waiting();
  queue.finish(7, {});
  BOOST_TEST(queue.begin_next() == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
