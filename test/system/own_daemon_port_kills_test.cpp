// What was acknowledged of ports is what the registry says, however often the
// daemon is killed in the midst of it.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace hiisi::test;
using hiisi::protocol::frame;

namespace {

constexpr int operations = 10'000;
constexpr int connections = 8;
/// Requests of one connection under way at once.
constexpr int pipelined = 25;
/// The daemon is killed in the midst of each so many rounds.
constexpr int rounds_per_kill = 3;

enum class standing { free, held, unknown };

/// One request: a port to be freed, or to be had, any where none is given.
struct operation {
  bool free = false;
  std::optional<uint16_t> port{};

  [[nodiscard]] std::string body() const {
    const auto number = port ? std::to_string(*port) : "null";
    return request(
        (free ? R"({"PortFree":{"port":)" : R"({"PortAllocate":{"port":)")
        + number + "}}");
  }
};

/// What the acknowledgements add up to.
class ledger {
public:
  /// What may be asked next. In one round no number is asked for twice, so
  /// that the order in which connections are served does not matter.
  operation choose() {
    const auto dice = std::uniform_int_distribution<>(0, 99)(random_);
    // As many of one as of the other, so that the registry stays small.
    if (dice < 50 && !held_.empty())
      return {true, take(held_)};
    if (dice < 65 && !free_.empty())
      return {false, take(free_)};
    return {};
  }
  void begin_round() {
    held_.clear();
    free_.clear();
    for (const auto& [port, how] : ports_)
      (how == standing::held ? held_ : free_).push_back(port);
    std::ranges::shuffle(held_, random_);
    std::ranges::shuffle(free_, random_);
  }

  /// Takes an answer, or that there was none.
  void note(const operation& what, const std::optional<std::string>& answer) {
    if (!answer) {
      if (what.port)
        ports_[*what.port] = standing::unknown;
      else
        ++nameless_;
      return;
    }
    ++acknowledged;
    if (what.free) {
      BOOST_TEST_REQUIRE(answer->starts_with(R"({"Ok":"PortFreed")"), *answer);
      ports_[*what.port] = standing::free;
      return;
    }
    constexpr std::string_view given = R"({"Ok":{"PortAllocated":{"port":)";
    BOOST_TEST_REQUIRE(answer->starts_with(given), *answer);
    const auto port
        = static_cast<uint16_t>(std::stoul(answer->substr(given.size())));
    BOOST_TEST_REQUIRE((!what.port || port == *what.port));
    BOOST_TEST_REQUIRE((ports_[port] != standing::held),
                       "port " << port << " was given twice");
    ports_[port] = standing::held;
  }

  /// Holds the registry against it, and takes over what nobody was told.
  void compare(const std::set<uint16_t>& registry) {
    for (auto& [port, how] : ports_) {
      const bool there = registry.contains(port);
      if (how == standing::held)
        BOOST_TEST(there, "port " << port << " was given and is not there");
      if (how == standing::free)
        BOOST_TEST(!there, "port " << port << " was freed and is there");
      how = there ? standing::held : standing::free;
    }
    // What was chosen for somebody who was not told.
    int untold = 0;
    for (const auto port : registry)
      if (ports_.emplace(port, standing::held).second)
        ++untold;
    BOOST_TEST(untold <= nameless_);
    nameless_ = 0;
  }

  int acknowledged = 0;

private:
  static uint16_t take(std::vector<uint16_t>& from) {
    const auto port = from.back();
    from.pop_back();
    return port;
  }

  std::mt19937 random_{20261128};
  std::map<uint16_t, standing> ports_;
  /// What has not been asked for in this round, in no order.
  std::vector<uint16_t> held_;
  std::vector<uint16_t> free_;
  /// Unanswered requests for any port.
  int nameless_ = 0;
};

std::set<uint16_t> registry_of(const instance& here) {
  std::set<uint16_t> ports;
  for (const auto& entry :
       here.hiisi_json(alice(), {"port", "lookup"})["ports"].items())
    if (entry["use"].str() != "unregistered")
      ports.insert(static_cast<uint16_t>(entry["port"].number()));
  return ports;
}

/// Sends a round of requests; kills the daemon after `answers` of them where
/// that is given.
void play_round(instance& here, std::vector<connection>& talks, ledger& book,
                std::optional<int> answers) {
  book.begin_round();
  std::vector<std::vector<operation>> sent(talks.size());
  for (size_t i = 0; i < talks.size(); ++i) {
    std::string bytes;
    for (int n = 0; n < pipelined; ++n)
      bytes += frame(sent[i].emplace_back(book.choose()).body());
    BOOST_TEST_REQUIRE(talks[i].send_raw(bytes));
  }
  int seen = 0;
  for (size_t i = 0; i < talks.size(); ++i)
    for (const auto& what : sent[i]) {
      if (answers && seen++ == *answers)
        here.kill_daemon();
      book.note(what, talks[i].next());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(port_kills)

BOOST_AUTO_TEST_CASE(ten_thousand_acknowledgements_agree_with_the_registry) {
  instance here({.config = "ports: (quota: None),"});
  ledger book;
  std::mt19937 random{28};
  int kills = 0;
  for (int round = 0; book.acknowledged < operations; ++round) {
    std::vector<connection> talks;
    for (int i = 0; i < connections; ++i)
      talks.push_back(here.connect(alice()));
    for (int quiet = 1; quiet < rounds_per_kill; ++quiet)
      play_round(here, talks, book, std::nullopt);
    const auto when = std::uniform_int_distribution<>(0, connections * pipelined
                                                             - 1)(random);
    play_round(here, talks, book, when);
    ++kills;
    here.start();
    book.compare(registry_of(here));
  }
  BOOST_TEST(kills >= 15);
  BOOST_TEST_MESSAGE(book.acknowledged << " acknowledgements, " << kills
                                       << " kills");
}

BOOST_AUTO_TEST_SUITE_END()
