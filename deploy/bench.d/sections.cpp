#include "deploy/bench.d/sections.hpp"

#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/processes.hpp"
#include "deploy/bench.d/table.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>

namespace hiisi::bench {

namespace {

using std::chrono::milliseconds;

/// The two under measurement, or the floor alone.
using pair = std::vector<std::unique_ptr<subject>>;

pair make_pair(const run_settings& settings) {
  pair both;
  both.push_back(make_floor(settings.where));
  if (!settings.floor_only)
    both.push_back(make_hiisi(settings.where));
  return both;
}

launch first(const run_settings& settings, const record_fifo& fifo,
             uint32_t tag, bool restart) {
  return {{settings.where.programs + "/bench_first", fifo.path(),
           std::to_string(tag)},
          restart};
}

/// Samples of the floor and of Hiisi, side by side.
struct samples {
  std::vector<double> of[2];

  void show(std::string what, std::string unit, target aim = {}) {
    figure line{std::move(what),   std::move(unit), of[0].size(),
                summary_of(of[0]), std::nullopt,    aim};
    if (!of[1].empty())
      line.hiisi = summary_of(of[1]);
    print(line);
  }
};

constexpr target below_ratio(double value) {
  return {target::kind::ratio, value};
}

constexpr target below(double value) {
  return {target::kind::absolute, value};
}

/// Starts `count` children at once, not to be restarted. Returns when the last
/// of them was at its first instruction, in ms from the first request on.
double storm(const run_settings& settings, subject& one, record_fifo& fifo,
             size_t count, std::vector<uint32_t>& ids) {
  std::vector<launch> all;
  for (size_t i = 0; i < count; ++i)
    all.push_back(first(settings, fifo, static_cast<uint32_t>(i), false));
  auto begin = now();
  one.send_starts(all);
  auto records = fifo.take(count, &one.connection());
  ids = one.await_starts(count);
  auto last = std::max_element(
      records.begin(), records.end(),
      [](const auto& a, const auto& b) { return a.at < b.at; });
  return in_ms(last->at - begin);
}

/// Memory of the supervisors without their children.
struct memory_samples {
  samples used;
  /// PSS could not be read.
  bool resident_instead = false;

  void take(pair& both) {
    for (size_t i = 0; i < both.size(); ++i) {
      auto now = usage_of(both[i]->processes());
      used.of[i].push_back(now.pss_mib);
      resident_instead = resident_instead || now.resident_instead;
    }
  }

  void show(size_t count, target aim = {}) {
    used.show("memory (" + std::string{resident_instead ? "RSS" : "PSS"} + "), "
                  + std::to_string(count) + " processes",
              "MiB", aim);
  }
};

/// Status of all, over the socket and by command line.
struct status_samples {
  samples over_socket, by_command;

  void take(pair& both, size_t processes, size_t queries, size_t commands) {
    for (size_t n = 0; n < queries; ++n)
      for (size_t i = 0; i < both.size(); ++i)
        over_socket.of[i].push_back(both[i]->status(processes));
    for (size_t n = 0; n < commands; ++n)
      for (size_t i = 0; i < both.size(); ++i)
        by_command.of[i].push_back(time_of(both[i]->status_command()));
  }

  void show(size_t processes, target aim) {
    auto suffix = ", " + std::to_string(processes) + " processes";
    over_socket.show("status over the socket" + suffix, "ms", aim);
    by_command.show("status by command line" + suffix, "ms");
  }
};

/// Checks that all of the output is there, and removes it: the next sample
/// writes as much again.
void check_size(const std::string& path, uint64_t expected) {
  std::error_code failed;
  auto size = std::filesystem::file_size(path, failed);
  if (failed || size != expected)
    give_up(path + " does not hold the whole output");
  std::filesystem::remove(path, failed);
}

} // namespace

void measure_latencies(const run_settings& settings) {
  auto both = make_pair(settings);
  record_fifo fifo(settings.where.scratch + "/first.fifo");
  std::vector<uint32_t> ids[2];
  std::vector<bench_record> children[2];
  samples start, crash;
  // The first five are not counted: caches warm up.
  for (uint32_t n = 0; n < settings.samples + 5; ++n)
    for (size_t i = 0; i < both.size(); ++i) {
      auto begin = now();
      both[i]->send_starts({first(settings, fifo, n, true)});
      auto record = fifo.take(1).front();
      ids[i].push_back(both[i]->await_starts(1).front());
      children[i].push_back(record);
      if (n >= 5)
        start.of[i].push_back(in_ms(record.at - begin));
      sleep_for(milliseconds{5});
    }
  start.show("request to first instruction, over the socket", "ms",
             below_ratio(1.8));

  sleep_for(milliseconds{1200});
  for (size_t n = 5; n < settings.samples + 5; ++n)
    for (size_t i = 0; i < both.size(); ++i) {
      auto begin = now();
      ::kill(children[i][n].pid, SIGKILL);
      auto replacement = fifo.take(1).front();
      if (replacement.tag != children[i][n].tag)
        give_up("another child came back than the one that was killed");
      crash.of[i].push_back(in_ms(replacement.at - begin));
      sleep_for(milliseconds{5});
    }
  crash.show("crash to the replacement's first instruction", "ms",
             below_ratio(2));
  for (size_t i = 0; i < both.size(); ++i)
    both[i]->stop(ids[i]);
}

void measure_a_hundred(const run_settings& settings) {
  constexpr size_t count = 100;
  auto both = make_pair(settings);
  sleep_for(milliseconds{500});
  memory_samples without, with;
  without.take(both);
  without.show(0);
  record_fifo fifo(settings.where.scratch + "/hundred.fifo");
  std::vector<uint32_t> ids[2];
  for (size_t i = 0; i < both.size(); ++i)
    (void)storm(settings, *both[i], fifo, count, ids[i]);
  status_samples status;
  status.take(both, count, 2 * settings.samples, settings.samples / 8);
  status.show(count, below(0.3));
  sleep_for(milliseconds{1500});
  with.take(both);
  with.show(count, below(14));

  samples ticks, wake_ups;
  for (size_t n = 0; n < settings.idle_windows; ++n) {
    usage before[2];
    for (size_t i = 0; i < both.size(); ++i)
      before[i] = usage_of(both[i]->processes());
    sleep_for(milliseconds{10'000});
    for (size_t i = 0; i < both.size(); ++i) {
      auto after = usage_of(both[i]->processes());
      ticks.of[i].push_back(static_cast<double>(after.ticks - before[i].ticks));
      wake_ups.of[i].push_back(
          static_cast<double>(after.wake_ups - before[i].wake_ups));
    }
  }
  ticks.show("CPU in 10 idle s, 100 processes", "ticks", below(0));
  wake_ups.show("wake-ups in 10 idle s, 100 processes", "", below(0));
  for (size_t i = 0; i < both.size(); ++i)
    both[i]->stop(ids[i]);
}

void measure_storm(const run_settings& settings, size_t count, bool settled) {
  samples starts, stops;
  memory_samples memory;
  status_samples status;
  for (size_t round = 0; round < settings.rounds; ++round) {
    auto both = make_pair(settings);
    record_fifo fifo(settings.where.scratch + "/storm.fifo");
    std::vector<uint32_t> ids[2];
    sleep_for(milliseconds{300});
    for (size_t i = 0; i < both.size(); ++i) {
      starts.of[i].push_back(storm(settings, *both[i], fifo, count, ids[i]));
      // What was written without a sync is synced, and the disk is at rest.
      sleep_for(milliseconds{500});
    }
    if (settled) {
      sleep_for(milliseconds{1500});
      status.take(both, count, 50, 5);
      sleep_for(milliseconds{1500});
      memory.take(both);
    }
    for (size_t i = 0; i < both.size(); ++i) {
      auto begin = now();
      both[i]->stop(ids[i]);
      stops.of[i].push_back(in_ms(now() - begin));
      sleep_for(milliseconds{300});
    }
  }
  const auto number = std::to_string(count);
  const auto aim = settled ? below_ratio(2) : target{};
  starts.show(number + " started at once, all running", "ms", aim);
  stops.show(number + " stopped at once", "ms", aim);
  if (settled) {
    status.show(count, below(2));
    memory.show(count, below(20));
  }
}

void measure_output(const run_settings& settings) {
  auto both = make_pair(settings);
  record_fifo fifo(settings.where.scratch + "/output.fifo");
  samples times;
  for (uint32_t round = 0; round < settings.rounds; ++round)
    for (size_t i = 0; i < both.size(); ++i) {
      both[i]->send_starts(
          {{{settings.where.programs + "/bench_writer", fifo.path(),
             std::to_string(round), std::to_string(settings.output_bytes)},
            false}});
      auto id = both[i]->await_starts(1).front();
      auto begin_and_end = fifo.take(2);
      times.of[i].push_back(in_ms(begin_and_end[1].at - begin_and_end[0].at)
                            / 1000);
      check_size(both[i]->output_file(id), settings.output_bytes);
    }
  times.show(std::to_string(settings.output_bytes / 1'000'000)
                 + " MB of output, floor: straight to a file",
             "s", below_ratio(1.15));
}

} // namespace hiisi::bench
