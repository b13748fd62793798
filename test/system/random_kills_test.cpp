// hiidet, its keeper, or both are killed at moments that nobody chooses, while
// processes start and end.
#include "test/support/system_ledger.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace hiisi::test;

namespace {

int number_from(const char* variable, int otherwise) {
  const auto* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

/// Each of the three modes takes its part of fifty.
int kills_asked() {
  return number_from("HIISI_KILLS", 17);
}
int services_asked() {
  return number_from("HIISI_KILLS_SERVICES", 12);
}

enum class victim { daemon, keeper, both };

/// The keeper that its guardian has started, once it has.
int keeper_of(const instance& here) {
  int keeper = 0;
  BOOST_TEST_REQUIRE(
      wait_until([&] { return (keeper = here.keeper()) != 0; }, patience));
  return keeper;
}

class churn {
public:
  explicit churn(unsigned seed) : random_(seed) {}

  int below(int limit) {
    return std::uniform_int_distribution<>(0, limit - 1)(random_);
  }

  /// Something that users do, or that happens to their processes.
  void step(ledger& book) {
    const auto dice = below(100);
    if (dice < 20)
      book.run(below(2) == 0, 1 + below(200));
    else if (dice < 45)
      with_one_of(book.up(false), [&](auto& name) { book.end(name); });
    else if (dice < 55)
      with_one_of(book.up(true), [&](auto& name) { book.kill(name); });
    else if (dice < 65)
      with_one_of(book.up(true), [&](auto& name) { book.restart(name); });
    else if (dice < 75)
      with_one_of(book.up(false), [&](auto& name) { book.stop(name); });
    else if (dice < 90)
      with_one_of(book.finished(), [&](auto& name) { book.remove(name); });
    else if (dice < 95)
      book.allocate_port();
    else
      book.free_port();
  }

private:
  template <class Do>
  void with_one_of(const std::vector<std::string>& names, Do act) {
    if (!names.empty())
      act(names[static_cast<size_t>(below(static_cast<int>(names.size())))]);
  }

  std::mt19937 random_;
};

/// Kills after so many microseconds, while others go on.
class killer {
public:
  killer(const instance& here, victim whom, int keeper,
         std::chrono::microseconds after)
      : thread_([this, &here, whom, keeper, after] {
          std::this_thread::sleep_for(after);
          if (whom != victim::keeper)
            here.signal_daemon(SIGKILL);
          if (whom != victim::daemon)
            send_signal(keeper, SIGKILL);
          done_ = true;
        }) {}
  ~killer() { thread_.join(); }
  killer(const killer&) = delete;
  killer& operator=(const killer&) = delete;

  [[nodiscard]] bool is_done() const { return done_; }

private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

/// Lets life go on while it kills. Nobody answers where there is no daemon any
/// more, and each who asks waits a while for one.
void kill_in_the_midst(const instance& here, victim whom, churn& life,
                       ledger& book) {
  const killer kill(here, whom, keeper_of(here),
                    std::chrono::microseconds{life.below(100'000)});
  for (int i = 0; i < 10 && !(kill.is_done() && whom != victim::keeper); ++i)
    life.step(book);
}

} // namespace

BOOST_AUTO_TEST_SUITE(random_kills)

BOOST_AUTO_TEST_CASE(nothing_is_lost_by_kills_in_the_midst_of_everything) {
  instance here({.config
                 = "limits: (starts_per_minute: None),"
                   "restart: (give_up_after: 1000000, backoff_max_s: 1),"
                   "finished_kept: 1000000,"});
  ledger book(here);
  churn life(20261129);
  for (int i = 0; i < services_asked(); ++i)
    BOOST_TEST_REQUIRE(book.run(i % 2 == 0, 1 + i % 200));
  BOOST_TEST_REQUIRE(book.compare(false).text() == "");
  int killed[3]{};
  findings all;
  for (int round = 0; round < kills_asked(); ++round) {
    const auto whom = static_cast<victim>(life.below(3));
    kill_in_the_midst(here, whom, life, book);
    ++killed[static_cast<int>(whom)];
    if (whom != victim::keeper) {
      here.kill_daemon();
      here.start();
    }
    const auto found = book.compare(whom != victim::daemon);
    all.lost += found.lost;
    all.doubled += found.doubled;
    all.statuses_lost += found.statuses_lost;
    BOOST_TEST_REQUIRE(found.none(), "round " << round << ": " << found.text());
    // As many as before, so that each kill meets the same load.
    while (static_cast<int>(book.up(true).size() + book.up(false).size())
           < services_asked())
      book.run(life.below(2) == 0, 1 + life.below(200));
  }
  BOOST_TEST(book.clear().text() == "");
  BOOST_TEST_MESSAGE("kills: daemon "
                     << killed[0] << ", keeper " << killed[1] << ", both "
                     << killed[2] << "; lost " << all.lost << ", doubled "
                     << all.doubled << ", status lost " << all.statuses_lost
                     << " (of those not in the gap; " << book.statuses_known
                     << " known, " << book.statuses_unknown << " in the gap)");
}

BOOST_AUTO_TEST_SUITE_END()
