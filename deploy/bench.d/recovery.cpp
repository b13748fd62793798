// How soon a daemon that was killed answers again, and what it then says.
#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/sections.hpp"
#include "deploy/bench.d/table.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

namespace hiisi::bench {

void measure_recovery(const run_settings& settings) {
  constexpr size_t count = 500;
  if (settings.floor_only)
    return;
  auto hiisi = make_hiisi(settings.where);
  std::vector<launch> all(count, {{"sleep", "100000"}, true});
  hiisi->send_starts(all);
  const auto ids = hiisi->await_starts(count);
  // Finds out how many frames the answer has.
  (void)hiisi->status(count);
  // What was written without a sync is synced, and the disk is at rest.
  sleep_for(std::chrono::milliseconds{1500});
  std::vector<double> times;
  const auto rounds = std::max<size_t>(settings.rounds, 3) * 3;
  for (size_t round = 0; round < rounds; ++round) {
    times.push_back(hiisi->recover(count));
    sleep_for(std::chrono::milliseconds{500});
  }
  print({"start to the first status after a kill, 500 processes",
         "ms",
         times.size(),
         {},
         summary_of(times),
         {target::kind::absolute, 200}});
  hiisi->stop(ids);
}

} // namespace hiisi::bench
