#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hiisi::bench {

/// What a figure is to reach.
struct target {
  enum class kind {
    none,
    /// Below `value` times the floor.
    ratio,
    /// Below `value`, or not above it where it is zero.
    absolute,
  };
  kind how = kind::none;
  double value = 0;
};

/// One line of the table.
struct figure {
  std::string what;
  std::string unit;
  /// How many samples the medians are of.
  size_t samples = 1;
  double floor = 0;
  /// Absent when the floor is measured alone.
  std::optional<double> hiisi;
  target aim{};
};

/// Prints the line as soon as it is known, for a run takes minutes.
void print(const figure& line);

/// Prints the head of the table.
void print_head();

/// Prints what was measured on: processor, kernel, memory, file system, user.
void print_machine(const std::string& directory);

} // namespace hiisi::bench
