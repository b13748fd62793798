// What parses a user's text takes time in proportion to its length, whatever
// the text is. Attack A30 of test/attacks.tsv.
#include "protocol/codec.hpp"
#include "protocol/quoting.hpp"
#include "protocol/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>

using namespace hiisi::protocol;

namespace {

#ifdef HIISI_SANITIZED
constexpr double slower = 20;
constexpr int tries = 1;
#else
constexpr double slower = 1;
constexpr int tries = 3;
#endif

constexpr size_t mebibyte = 1024 * 1024;

std::string repeated(const std::string& text, size_t bytes) {
  std::string all;
  while (all.size() < bytes)
    all += text;
  return all;
}

/// Each numbered, so that no two are the same.
std::string numbered(const std::string& before, const std::string& after,
                     size_t bytes) {
  std::string all;
  for (size_t i = 0; all.size() < bytes; ++i)
    all += (i == 0 ? "" : ",") + before + std::to_string(i) + after;
  return all;
}

/// Processor time of this thread, in milliseconds, at best.
double cost_of(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < tries; ++i) {
    timespec before{}, after{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    work();
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    best = std::min(
        best, static_cast<double>(after.tv_sec - before.tv_sec) * 1e3
                  + static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e6);
  }
  return best;
}

std::string run(const std::string& keys) {
  return R"({"hiisi":{"protocol":2},"user":"","cmd":{"Run":{)" + keys + "}}}";
}

void check_decoding(const std::string& what,
                    const std::function<std::string(size_t)>& body) {
  const auto small = body(mebibyte / 8);
  const auto large = body(mebibyte);
  const auto first = cost_of([&] { (void)decode_request(small); });
  const auto second = cost_of([&] { (void)decode_request(large); });
  BOOST_TEST_MESSAGE(what << ": " << first << " ms for an eighth, " << second
                          << " ms for 1 MiB");
  // A quadratic parser takes 64 times as long for eight times as much.
  BOOST_TEST(second < 200 * slower, what);
  BOOST_TEST(second < 24 * std::max(first, 0.5), what);
}

} // namespace

BOOST_AUTO_TEST_SUITE(parse_cost)

BOOST_AUTO_TEST_CASE(requests_cost_in_proportion_to_their_length) {
  const std::string rest = R"(,"cwd":"/","env":{})";
  check_decoding("escapes", [&](size_t n) {
    return run(R"("argv":[")" + repeated("\\u0001\\\\", n) + "\"]" + rest);
  });
  check_decoding("arguments", [&](size_t n) {
    return run("\"argv\":[" + numbered("\"", "\"", n) + "]" + rest);
  });
  check_decoding("a command of many words", [&](size_t n) {
    return run("\"cmd\":\"" + repeated("a ", n) + "\",\"restart\":false"
               + rest);
  });
  check_decoding("blanks in a command", [&](size_t n) {
    return run("\"cmd\":\"a" + repeated(" \\t", n) + "b\",\"restart\":false"
               + rest);
  });
  check_decoding("variables", [&](size_t n) {
    return run(R"("argv":["x"],"cwd":"/","env":{)"
               + numbered("\"A", "\":\"\"", n) + "}");
  });
  check_decoding("one key again and again", [&](size_t n) {
    return run(R"("argv":["x"],"cwd":"/","env":{"A":"")"
               + repeated(R"(,"A":"")", n) + "}");
  });
  check_decoding("unknown keys", [&](size_t n) {
    return run(R"("argv":["x"],"cwd":"/","env":{},)"
               + numbered("\"k", "\":[]", n));
  });
  check_decoding("brackets", [](size_t n) { return repeated("[", n); });
  check_decoding("digits", [](size_t n) { return repeated("1", n); });
  check_decoding("a name", [&](size_t n) {
    return run(R"("argv":["x"],"name":")" + repeated("-", n) + "\"" + rest);
  });
  check_decoding("not UTF-8", [](size_t n) { return repeated("\xf0\x9f", n); });
  check_decoding("quotation marks in what is no JSON", [](size_t n) {
    return "{" + repeated(R"("hiisi":{"protocol":)", n);
  });
}

BOOST_AUTO_TEST_CASE(what_is_shown_costs_in_proportion_to_its_length) {
  for (const auto* part : {"'", "a'", "\\", " ", "\xc3\xa4", "\xff"}) {
    const auto text = repeated(part, mebibyte);
    BOOST_TEST(cost_of([&] { (void)excerpt(text); }) < 20 * slower, part);
    BOOST_TEST(cost_of([&] { (void)shell_quote(text); }) < 100 * slower, part);
    BOOST_TEST(cost_of([&] { (void)split_words(text); }) < 200 * slower, part);
  }
}

BOOST_AUTO_TEST_SUITE_END()
