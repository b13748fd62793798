#include "hiisi/client.hpp"
#include "protocol/limits.hpp"
#include "test/hiisi/fake_daemon.hpp"
#include "test/hiisi/temp_place.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

using namespace hiisi;
using namespace hiisi::cli;
using namespace std::chrono_literals;
using test::fake_daemon;

namespace {

struct fixture {
  test::temp_place place;
  std::string path = place / "s";

  client connect() {
    auto connection = connect_to(path, 1s);
    BOOST_TEST_REQUIRE(connection.error == 0);
    return client{std::move(connection.socket)};
  }
};

protocol::request request_of(protocol::command what) {
  return {std::move(what), "ann", 2};
}

protocol::status_list list_of(std::initializer_list<uint32_t> ids) {
  protocol::status_list list;
  for (uint32_t id : ids) {
    protocol::status_entry entry;
    entry.id = id;
    list.entries.push_back(entry);
  }
  return list;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(client_connection, fixture)

BOOST_AUTO_TEST_CASE(answers_keep_the_order_of_the_requests) {
  fake_daemon daemon{path, [](const protocol::request& request) {
                       auto& stop
                           = std::get<protocol::stop_request>(request.what);
                       return fake_daemon::framed(protocol::process_started{
                           std::get<uint32_t>(stop.what), "x"});
                     }};
  std::vector<protocol::request> requests;
  for (uint32_t id = 0; id < 1000; ++id)
    requests.push_back(request_of(protocol::stop_request{id}));
  std::vector<uint32_t> ids;
  auto done = connect().exchange(requests, [&](size_t i, auto answer) {
    BOOST_TEST(i == ids.size());
    ids.push_back(std::get<protocol::process_started>(answer).id);
  });
  BOOST_TEST_REQUIRE(done.ok());
  BOOST_TEST_REQUIRE(ids.size() == 1000u);
  BOOST_TEST(ids[999] == 999u);
}

BOOST_AUTO_TEST_CASE(reads_while_it_writes) {
  // Requests and answers of 6 MB each way: whoever wrote all before reading
  // any would stand still.
  fake_daemon daemon{path, [](const protocol::request&) {
                       return fake_daemon::framed(
                           protocol::log_paths{std::string(100000, 'a'), ""});
                     }};
  protocol::run_request run;
  run.argv = {"x", std::string(100000, 'y')};
  run.cwd = "/";
  std::vector<protocol::request> requests(60, request_of(run));
  size_t answers = 0;
  auto done = connect().exchange(requests, [&](size_t, auto) { ++answers; });
  BOOST_TEST(done.ok());
  BOOST_TEST(answers == 60u);
}

BOOST_AUTO_TEST_CASE(lists_in_several_frames_become_one) {
  fake_daemon daemon{path, [](const protocol::request&) {
                       return fake_daemon::framed(list_of({1, 2}), true)
                              + fake_daemon::framed(list_of({}), true)
                              + fake_daemon::framed(list_of({3}));
                     }};
  auto answer = connect().ask(request_of(protocol::status_request{}));
  BOOST_TEST_REQUIRE(answer.ok());
  auto& list = std::get<protocol::status_list>(*answer);
  BOOST_TEST_REQUIRE(list.entries.size() == 3u);
  BOOST_TEST(list.entries[2].id == 3u);
}

BOOST_AUTO_TEST_CASE(error_in_a_later_frame_is_the_answer) {
  fake_daemon daemon{path, [](const protocol::request&) {
                       return fake_daemon::framed(list_of({1}), true)
                              + fake_daemon::framed(protocol::make_error(
                                  protocol::errc::internal, "broke"));
                     }};
  auto connection = connect();
  auto answer = connection.ask(request_of(protocol::status_request{}));
  BOOST_TEST_REQUIRE(!answer.ok());
  BOOST_TEST(answer.failure().message == "broke");
  BOOST_TEST(!connection.lost());
}

BOOST_AUTO_TEST_CASE(daemon_that_closes_is_told_from_one_that_refuses) {
  size_t calls = 0;
  fake_daemon daemon{path, [&](const protocol::request&) {
                       return ++calls < 3 ? fake_daemon::framed(
                                  protocol::process_stopped{})
                                          : std::string{};
                     }};
  std::vector<protocol::request> requests(
      5, request_of(protocol::stop_request{1u}));
  auto connection = connect();
  size_t answers = 0;
  auto done = connection.exchange(requests, [&](size_t, auto) { ++answers; });
  BOOST_TEST_REQUIRE(!done.ok());
  BOOST_TEST(answers == 2u);
  BOOST_TEST(connection.lost());
  BOOST_TEST(done.failure().message.find("2 of 5") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(connection_that_ends_inside_a_frame_is_lost) {
  fake_daemon daemon{path, [sent = false](const protocol::request&) mutable {
                       if (std::exchange(sent, true))
                         return std::string{};
                       std::string whole = fake_daemon::framed(list_of({1}));
                       return whole.substr(0, whole.size() / 2);
                     }};
  auto connection = connect();
  std::vector<protocol::request> requests(
      2, request_of(protocol::status_request{}));
  BOOST_TEST(!connection.exchange(requests, [](size_t, auto) {}).ok());
  BOOST_TEST(connection.lost());
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error_and_no_crash) {
  for (std::string garbage :
       {protocol::frame("not json"), protocol::frame("{\"Ok\":{\"New\":1}}"),
        protocol::frame(""), std::string{"HTTP/1.1 400 Bad Request\r\n\r\n"}}) {
    test::temp_place own;
    fake_daemon daemon{own / "s",
                       [&](const protocol::request&) { return garbage; }};
    auto connection = connect_to(own / "s", 1s);
    BOOST_TEST_REQUIRE(connection.error == 0);
    auto answer = client{std::move(connection.socket)}.ask(
        request_of(protocol::status_request{}));
    BOOST_TEST(!answer.ok());
  }
}

BOOST_AUTO_TEST_CASE(request_too_long_for_a_frame_is_not_sent) {
  fake_daemon daemon{path, [](const protocol::request&) {
                       return fake_daemon::framed(protocol::process_stopped{});
                     }};
  protocol::run_request run;
  run.argv = {"x"};
  run.cwd = "/";
  run.env = {{"BIG", std::string(protocol::max_frame_bytes, 'x')}};
  auto answer = connect().ask(request_of(run));
  BOOST_TEST_REQUIRE(!answer.ok());
  BOOST_TEST((answer.failure().code == protocol::errc::invalid_argument));
  BOOST_TEST(daemon.requests() == 0u);
}

BOOST_AUTO_TEST_CASE(why_a_connection_cannot_be_had_is_told) {
  BOOST_TEST(connect_to(place / "none", 1s).error == ENOENT);
  BOOST_TEST(connect_to(std::string(200, 'x'), 1s).error == ENAMETOOLONG);
  { fake_daemon daemon{path, {}}; }
  BOOST_TEST(connect_to(path, 1s).error == ECONNREFUSED);
}

BOOST_AUTO_TEST_CASE(a_stream_is_handed_on_part_by_part) {
  const auto part = [](uint64_t number, bool more) {
    protocol::event e;
    e.number = number;
    return fake_daemon::framed(protocol::event_list{{std::move(e)}}, more);
  };
  fake_daemon daemon{path, [&](const protocol::request&) {
                       return part(1, true) + part(2, true) + part(3, false);
                     }};
  std::vector<uint64_t> numbers;
  const auto take = [&](protocol::payload what) {
    numbers.push_back(
        std::get<protocol::event_list>(what).entries.at(0).number);
    return true;
  };
  BOOST_TEST(
      connect().stream(request_of(protocol::events_request{}), take).ok());
  BOOST_TEST((numbers == std::vector<uint64_t>{1, 2, 3}));
  // Whoever has seen enough says so.
  size_t parts = 0;
  BOOST_TEST(connect()
                 .stream(request_of(protocol::events_request{}),
                         [&](protocol::payload) { return ++parts < 2; })
                 .ok());
  BOOST_TEST(parts == 2u);
}

BOOST_AUTO_TEST_CASE(a_stream_may_end_in_an_error) {
  fake_daemon daemon{path, [](const protocol::request&) {
                       return fake_daemon::framed(protocol::event_list{}, true)
                              + fake_daemon::framed(protocol::make_error(
                                  protocol::errc::not_permitted, "not yours"));
                     }};
  auto done = connect().stream(request_of(protocol::events_request{}),
                               [](protocol::payload) { return true; });
  BOOST_TEST_REQUIRE(!done.ok());
  BOOST_TEST(done.failure().message == "not yours");
}

BOOST_AUTO_TEST_SUITE_END()
