#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/text.hpp"
#include "actors/core/ron/writer.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <bit>
#include <random>

using namespace hiisi::core::ron;

namespace {

constexpr uint64_t first_seed = 20240611;

/// Makes values of every kind, with a liking for what is hard to write.
class generator {
public:
  explicit generator(uint64_t seed) : engine_(seed) {}

  size_t below(size_t bound) { return engine_() % bound; }

  /// A value that holds others, as a file does.
  value make_document(size_t depth) {
    return below(2) ? value::structure(fields(depth))
                    : value::list(items(depth));
  }

  value make(size_t depth) {
    // As often a composite as a scalar, so that trees grow.
    bool composite = depth > 0 && below(2) == 0;
    switch (composite ? 7 + below(5) : below(7)) {
    case 0:
      return below(2) ? value() : value::variant(name());
    case 1:
      return below(2) == 0;
    case 2:
      return integer();
    case 3:
      return std::bit_cast<double>(below(3) ? engine_() : engine_() >> 12);
    case 4:
      return value::character(scalar());
    case 5:
      return value::string(text());
    case 6:
      return value::bytes(octets());
    case 7:
      return below(3) ? value::some(make(depth - 1)) : value::none();
    case 8:
      return value::list(items(depth));
    case 9:
      return value::map(entries(depth));
    case 10:
      return value::tuple(items(depth), below(2) ? name() : "");
    default:
      return value::structure(fields(depth), below(2) ? name() : "");
    }
  }

private:
  whole_number integer() {
    auto bits = engine_() >> below(64);
    return below(2) ? whole_number(bits)
                    : whole_number(static_cast<int64_t>(bits));
  }

  char32_t scalar() {
    constexpr char32_t ends[] = {0x7f, 0xa0, 0x7ff, 0x2fff, 0xffff, 0x10ffff};
    return static_cast<char32_t>(below(ends[below(std::size(ends))] + 1));
  }

  std::string text() {
    std::string result;
    for (auto left = below(below(8) ? 8 : 80); left > 0; --left)
      append_utf8(result, *value::character(scalar()).if_character());
    return result;
  }

  std::string octets() {
    std::string result;
    for (auto left = below(8); left > 0; --left)
      result += static_cast<char>(below(256));
    return result;
  }

  std::string name() {
    constexpr std::string_view names[]
        = {"a", "Name", "_",  "Some", "None", "true", "false", "inf", "NaN",
           "r", "b",    "br", "type", "1",    "a-b",  ".",     "+1",  "-"};
    auto result = std::string(names[below(std::size(names))]);
    if (below(4) == 0)
      result += std::to_string(below(100));
    return result;
  }

  std::vector<value> items(size_t depth) {
    std::vector<value> result(below(5));
    for (auto& item : result)
      item = make(depth - 1);
    return result;
  }

  std::vector<entry> entries(size_t depth) {
    std::vector<entry> result(below(5));
    for (auto& item : result)
      item = {make(depth - 1), make(depth - 1)};
    return result;
  }

  std::vector<field> fields(size_t depth) {
    std::vector<field> result;
    for (auto left = below(5); left > 0; --left) {
      auto next = name();
      bool taken = std::any_of(result.begin(), result.end(),
                               [&](const auto& f) { return f.name == next; });
      if (!taken)
        result.push_back({std::move(next), make(depth - 1)});
    }
    return result;
  }

  std::mt19937_64 engine_;
};

/// Whether what is written like this is read back as it was.
bool returns(const value& content, const write_options& options) {
  auto text = write(content, options);
  auto result = read(text);
  if (!result)
    BOOST_TEST_MESSAGE(result.failure().message);
  if (!result || *result != content)
    BOOST_TEST_MESSAGE(text);
  return result && *result == content;
}

/// Changes some bytes, cuts, or doubles a piece.
std::string mutate(std::string text, generator& random) {
  constexpr std::string_view liked = "()[]{}\"'\\#,:rb/*-+.e_0xuN\n\xff\x80";
  for (auto left = 1 + random.below(3); left > 0 && !text.empty(); --left) {
    auto at = random.below(text.size());
    switch (random.below(5)) {
    case 0:
      text[at] = static_cast<char>(random.below(256));
      break;
    case 1:
      text[at] = liked[random.below(liked.size())];
      break;
    case 2:
      text.insert(at, 1, liked[random.below(liked.size())]);
      break;
    case 3:
      text.resize(at);
      break;
    default:
      text.insert(random.below(text.size()), text.substr(at, random.below(20)));
    }
  }
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ron_property)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back_equal) {
  for (uint64_t seed = first_seed; seed < first_seed + 6000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      auto content = generator(seed).make_document(5);
      BOOST_TEST_REQUIRE(returns(content, {}));
      BOOST_TEST_REQUIRE(returns(content, {.compact = true}));
      BOOST_TEST_REQUIRE(returns(content, {.indent = 0, .width = 0}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_text_never_crashes_and_is_named_or_whole) {
  size_t refused = 0;
  for (uint64_t seed = first_seed; seed < first_seed + 20000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      generator random(seed);
      auto content = random.make_document(3);
      auto text = mutate(write(content, {.compact = seed % 2 == 0}), random);
      auto result = read(text);
      if (result) {
        BOOST_TEST_REQUIRE(returns(*result, {}));
      } else {
        ++refused;
        // "LINE:COLUMN: what is wrong"
        auto message = result.failure().message;
        BOOST_TEST_REQUIRE(message.find_first_not_of("0123456789")
                           == message.find(':'));
        BOOST_TEST_REQUIRE(message.find(": ") < message.size() - 2);
      }
    }
  }
  // Both branches were taken.
  BOOST_TEST(refused > 1000U);
  BOOST_TEST(refused < 19000U);
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_text_is_refused) {
  const std::string text
      = "A(a: [1, 2.5, 'c', \"s\\u{41}\", b\"\\x00\", r#\"r\"#], b: {Some(1): "
        "None}, /* c */ c: (1, B))";
  BOOST_TEST_REQUIRE(read(text).ok());
  // "A" alone is a value.
  for (size_t length = 2; length < text.size(); ++length)
    BOOST_TEST_REQUIRE(!read(text.substr(0, length)).ok(),
                       "accepted " << text.substr(0, length));
}

BOOST_AUTO_TEST_SUITE_END()
