/// Measures Hiisi beside a bare C program (floor.c), in one run, and prints a
/// table. Started by deploy/bench, which builds everything first and says what
/// the options mean.
/// Usage: hiisi_bench SCRATCH RUNTIME LOGS [OPTION]...

#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/sections.hpp"
#include "deploy/bench.d/table.hpp"

#include <csignal>
#include <string>
#include <string_view>

#include <unistd.h>

namespace {

using namespace hiisi::bench;

struct section {
  std::string_view name;
  void (*measure)(const run_settings&);
};

constexpr section sections[] = {
    {"latency", measure_latencies},
    {"hundred", measure_a_hundred},
    {"storm200", [](const auto& s) { measure_storm(s, 200, false); }},
    {"storm", [](const auto& s) { measure_storm(s, 1000, true); }},
    {"output", measure_output},
    {"ports", measure_ports},
    {"metrics", measure_metrics},
    {"recovery", measure_recovery},
};

} // namespace

int main(int argc, char** argv) {
  run_settings settings;
  std::string only;
  for (int i = 4; i < argc; ++i) {
    std::string option = argv[i];
    if (option == "--floor") {
      settings.floor_only = true;
    } else if (option == "--quick") {
      settings.samples = 16;
      settings.rounds = 1;
      settings.idle_windows = 1;
      settings.output_bytes = 100'000'000;
    } else if (option == "--only" && i + 1 < argc) {
      only = argv[++i];
    } else {
      give_up("unknown option " + option);
    }
  }
  if (argc < 4)
    give_up("usage: hiisi_bench SCRATCH RUNTIME LOGS [OPTION]...");
  settings.where.programs = HIISI_BIN_DIR;
  settings.where.scratch = argv[1];
  settings.where.runtime = argv[2];
  settings.where.logs = argv[3];
  settings.where.prefix = "bench" + std::to_string(::getpid());

  // Whoever reads only the first lines must not keep us from ending what we
  // have started.
  ::signal(SIGPIPE, SIG_IGN);
  print_machine(settings.where.logs, settings.where.runtime);
  print_head();
  auto measured = false;
  for (const auto& one : sections) {
    if (!only.empty() && one.name != only)
      continue;
    one.measure(settings);
    measured = true;
  }
  if (!measured)
    give_up("there is no section " + only);
}
