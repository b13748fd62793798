#include "deploy/bench.d/table.hpp"

#include "deploy/bench.d/measure.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <thread>

#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace hiisi::bench {

namespace {

/// Three significant digits: what a median of some dozen samples is worth.
std::string number(double value) {
  std::array<char, 32> text{};
  auto digits = value >= 100 || value == 0 ? 0
                : value >= 10              ? 1
                : value >= 1               ? 2
                                           : 3;
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string aim_text(const target& aim) {
  switch (aim.how) {
  case target::kind::ratio:
    return "< " + number(aim.value) + " x";
  case target::kind::absolute:
    return aim.value == 0 ? "0" : "< " + number(aim.value);
  case target::kind::none:
    break;
  }
  return "";
}

std::string verdict(const figure& line) {
  if (!line.hiisi || line.aim.how == target::kind::none)
    return "";
  const auto hiisi = line.hiisi->median;
  auto reached = line.aim.how == target::kind::ratio
                     ? hiisi < line.aim.value * line.floor.median
                 : line.aim.value == 0 ? hiisi == 0
                                       : hiisi < line.aim.value;
  return reached ? "reached" : "MISSED";
}

/// The first line of `path` that begins with `key`, from behind its colon.
std::string line_of(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key))
      return line.substr(line.find_first_not_of(" \t", line.find(':') + 1));
  return "unknown";
}

std::string file_system(const std::string& directory) {
  struct statfs info {};
  if (::statfs(directory.c_str(), &info) != 0)
    return "unknown";
  switch (info.f_type) {
  case 0xEF53:
    return "ext4";
  case 0x58465342:
    return "xfs";
  case 0x9123683E:
    return "btrfs";
  case 0x01021994:
    return "tmpfs";
  case 0x794C7630:
    return "overlayfs";
  default:
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "type %#lx",
                  static_cast<unsigned long>(info.f_type));
    return text.data();
  }
}

} // namespace

summary summary_of(std::vector<double> samples) {
  if (samples.empty())
    give_up("a measurement gave no values");
  std::sort(samples.begin(), samples.end());
  const auto count = samples.size();
  const auto middle = count / 2;
  const auto most = count < 100 ? count - 1 : (count * 99 + 99) / 100 - 1;
  return {count % 2 == 1 ? samples[middle]
                         : (samples[middle - 1] + samples[middle]) / 2,
          samples.front(), samples[most]};
}

void print_head() {
  std::printf("%-46s %-5s %4s %9s %-15s %9s %-15s %6s  %s\n", "what", "unit",
              "N", "floor", "(range)", "hiisi", "(range)", "ratio", "target");
}

void print(const figure& line) {
  const auto range = [&line](const summary& of) {
    return line.samples > 1 && of.least != of.most
               ? "(" + number(of.least) + ".." + number(of.most) + ")"
               : std::string{};
  };
  std::string hiisi = "-", hiisi_range, ratio = "-";
  if (line.hiisi) {
    hiisi = number(line.hiisi->median);
    hiisi_range = range(*line.hiisi);
    if (line.floor.median > 0)
      ratio = number(line.hiisi->median / line.floor.median);
  }
  std::printf("%-46s %-5s %4zu %9s %-15s %9s %-15s %6s  %-8s %s\n",
              line.what.c_str(), line.unit.c_str(), line.samples,
              number(line.floor.median).c_str(), range(line.floor).c_str(),
              hiisi.c_str(), hiisi_range.c_str(), ratio.c_str(),
              aim_text(line.aim).c_str(), verdict(line).c_str());
  std::fflush(stdout);
}

void print_machine(const std::string& logs, const std::string& runtime) {
  utsname host{};
  ::uname(&host);
  std::printf("machine: %s, %u cores, %s, Linux %s %s, logs on %s, "
              "runtime directory on %s, as %s\n",
              line_of("/proc/cpuinfo", "model name").c_str(),
              std::thread::hardware_concurrency(),
              line_of("/proc/meminfo", "MemTotal").c_str(), host.release,
              host.machine, file_system(logs).c_str(),
              file_system(runtime).c_str(),
              ::geteuid() == 0 ? "root" : "an ordinary user");
  std::fflush(stdout);
}

} // namespace hiisi::bench
