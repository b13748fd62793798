#include "protocol/frame.hpp"
#include "protocol/limits.hpp"
#include "test/protocol/counted_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <vector>

using namespace hiisi::protocol;
using namespace std::string_literals;
using hiisi::test::live_bytes;

BOOST_AUTO_TEST_SUITE(frame_decoding)

BOOST_AUTO_TEST_CASE(a_frame_is_its_big_endian_length_and_its_body) {
  BOOST_TEST(frame("abc") == "\0\0\0\3abc"s);
  BOOST_TEST(frame("") == "\0\0\0\0"s);
  BOOST_TEST(frame(std::string(300, 'x')).substr(0, 4) == "\0\0\1\x2c"s);
}

BOOST_AUTO_TEST_CASE(any_chunking_gives_the_same_bodies) {
  std::mt19937 random{20240601};
  auto below = [&](size_t n) { return random() % n; };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> bodies;
    std::string stream;
    for (size_t i = 0, n = below(12); i < n; ++i) {
      auto size = below(4) == 0 ? below(3000) : below(6);
      std::string body(size, '\0');
      for (auto& c : body)
        c = static_cast<char>(random());
      stream += frame(body);
      bodies.push_back(std::move(body));
    }
    frame_decoder decoder;
    std::vector<std::string> got;
    auto largest = 1 + below(round % 2 ? 5 : 4000);
    for (size_t at = 0; at < stream.size();) {
      auto size = std::min(below(largest + 1), stream.size() - at);
      decoder.feed({stream.data() + at, size});
      at += size;
      // Sometimes bodies pile up before anyone takes them.
      if (below(3) != 0)
        while (auto body = decoder.next())
          got.push_back(std::move(*body));
    }
    while (auto body = decoder.next())
      got.push_back(std::move(*body));
    BOOST_REQUIRE((got == bodies));
    BOOST_REQUIRE(!decoder.partial());
    BOOST_REQUIRE_EQUAL(decoder.buffered(), 0u);
    BOOST_REQUIRE(!decoder.oversize());
  }
}

BOOST_AUTO_TEST_CASE(an_empty_frame_comes_out_as_an_empty_body) {
  frame_decoder decoder;
  decoder.feed("\0\0\0\0\0\0\0\0"s);
  BOOST_TEST((decoder.next() == ""s));
  BOOST_TEST((decoder.next() == ""s));
  BOOST_TEST(!decoder.next());
}

BOOST_AUTO_TEST_CASE(a_stream_that_stops_inside_a_frame_is_partial) {
  auto stream = frame("abc");
  for (size_t size = 0; size < stream.size(); ++size) {
    frame_decoder decoder;
    decoder.feed({stream.data(), size});
    BOOST_TEST(!decoder.next());
    BOOST_TEST(decoder.partial() == (size > 0));
    BOOST_TEST(decoder.buffered() == size);
  }
}

BOOST_AUTO_TEST_CASE(the_largest_body_passes) {
  std::string body(max_frame_bytes, 'x');
  frame_decoder decoder;
  decoder.feed(frame(body));
  auto got = decoder.next();
  BOOST_TEST((got == body));
  BOOST_TEST(!decoder.oversize());
}

BOOST_AUTO_TEST_CASE(one_byte_more_is_refused) {
  frame_decoder decoder;
  decoder.feed("\x01\0\0\x01"s);
  BOOST_TEST(!decoder.next());
  BOOST_TEST(decoder.oversize().value() == max_frame_bytes + 1);
}

BOOST_AUTO_TEST_CASE(an_announced_length_costs_no_memory) {
  // The longest that is allowed, the longest that can be said, and what comes
  // after the latter.
  auto before = live_bytes();
  frame_decoder allowed;
  allowed.feed("\x01\0\0\0{"s);
  BOOST_TEST(!allowed.next());
  frame_decoder refused;
  refused.feed("\xff\xff\xff\xff"s);
  BOOST_TEST(refused.oversize().value() == 0xffffffffu);
  for (int i = 0; i < 1000; ++i)
    refused.feed(std::string(1000, 'x'));
  BOOST_TEST(refused.buffered() == 0u);
  BOOST_TEST(refused.partial());
  BOOST_TEST(!refused.next());
  BOOST_TEST(live_bytes() - before < 1000u);
}

BOOST_AUTO_TEST_CASE(memory_grows_with_the_bytes_received) {
  auto before = live_bytes();
  frame_decoder decoder;
  decoder.feed("\x01\0\0\0"s);
  for (int i = 0; i < 100; ++i)
    decoder.feed(std::string(1000, 'x'));
  BOOST_TEST(decoder.buffered() == 100004u);
  BOOST_TEST(live_bytes() - before < 250000u);
}

BOOST_AUTO_TEST_CASE(a_large_frame_leaves_no_memory_behind) {
  auto before = live_bytes();
  frame_decoder decoder;
  decoder.feed(frame(std::string(1'000'000, 'x')));
  BOOST_TEST(decoder.next().has_value());
  BOOST_TEST(live_bytes() - before < 100000u);
}

BOOST_AUTO_TEST_CASE(frames_before_one_that_is_too_long_still_come_out) {
  frame_decoder decoder;
  decoder.feed(frame("one") + frame("two") + "\xff\0\0\0junk"s);
  BOOST_TEST(!decoder.oversize());
  BOOST_TEST((decoder.next() == "one"s));
  BOOST_TEST((decoder.next() == "two"s));
  BOOST_TEST(!decoder.next());
  BOOST_TEST(decoder.oversize().value() == 0xff000000u);
}

BOOST_AUTO_TEST_CASE(a_long_stream_does_not_pile_up) {
  // Never at a frame's end, so that the buffer is never quite empty.
  auto one = frame(std::string(100, 'x'));
  auto shifted = one.substr(50) + one.substr(0, 50);
  auto before = live_bytes();
  frame_decoder decoder;
  decoder.feed(one.substr(0, 50));
  for (int i = 0; i < 20000; ++i) {
    decoder.feed(shifted);
    BOOST_REQUIRE(decoder.next());
  }
  BOOST_TEST(decoder.buffered() == 50u);
  BOOST_TEST(live_bytes() - before < 1000u);
}

BOOST_AUTO_TEST_SUITE_END()
