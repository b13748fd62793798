/// Measures Hiisi beside a bare C program (floor.c), in one run, and prints a
/// table. Started by deploy/bench, which builds everything first.
/// Usage: hiisi_bench SCRATCH LOGS [--floor] [--quick] [--ports]

#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/sections.hpp"
#include "deploy/bench.d/table.hpp"

#include <string>

#include <unistd.h>

int main(int argc, char** argv) {
  using namespace hiisi::bench;
  run_settings settings;
  auto ports_only = false;
  for (int i = 3; i < argc; ++i) {
    std::string option = argv[i];
    if (option == "--floor") {
      settings.floor_only = true;
    } else if (option == "--quick") {
      settings.samples = 10;
      settings.rounds = 1;
      settings.output_bytes = 100'000'000;
    } else if (option == "--ports") {
      ports_only = true;
    } else {
      give_up("unknown option " + option);
    }
  }
  if (argc < 3)
    give_up("usage: hiisi_bench SCRATCH LOGS [--floor] [--quick] [--ports]");
  settings.where.programs = HIISI_BIN_DIR;
  settings.where.scratch = argv[1];
  settings.where.logs = argv[2];
  settings.where.prefix = "bench" + std::to_string(::getpid());

  print_machine(settings.where.logs);
  print_head();
  if (ports_only) {
    measure_ports(settings);
    return 0;
  }
  measure_latencies(settings);
  measure_a_hundred(settings);
  measure_storm(settings, 200, false);
  measure_storm(settings, 1000, true);
  measure_output(settings);
  measure_ports(settings);
}
