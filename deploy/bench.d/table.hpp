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

/// What is shown of a number of samples.
struct summary {
  double median = 0;
  double least = 0;
  /// Of a hundred samples and more the 99th percentile, for one hiccup of the
  /// machine says nothing; of fewer the greatest.
  double most = 0;
};

/// Of at least one sample; ends the program where there is none.
[[nodiscard]] summary summary_of(std::vector<double> samples);

/// One line of the table.
struct figure {
  std::string what;
  std::string unit;
  /// How many samples each summary is of.
  size_t samples = 1;
  summary floor{};
  /// Absent when the floor is measured alone.
  std::optional<summary> hiisi;
  target aim{};
};

/// Prints the line as soon as it is known, for a run takes minutes.
void print(const figure& line);

/// Prints the head of the table.
void print_head();

/// Prints what was measured on: processor, kernel, memory, the file systems of
/// the logs and of the runtime directory, user.
void print_machine(const std::string& logs, const std::string& runtime);

} // namespace hiisi::bench
