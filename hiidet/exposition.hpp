#pragma once

#include "actors/core/latency_histogram.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hiisi::hiidet {

/// Writes metrics in Prometheus's text format, version 0.0.4. One family at a
/// time is held, so that a page of thousands of processes takes little more
/// memory than its text.
class exposition {
public:
  enum class kind { counter, gauge, histogram };
  /// A label's name and its value, which may be any bytes: what is not UTF-8
  /// becomes U+FFFD, since Prometheus refuses a whole page for one such value.
  using label = std::pair<const char*, std::string_view>;
  using labels = std::initializer_list<label>;

  /// Labels as the format writes them, without the braces: for what has a value
  /// in many families, whose labels need be escaped but once.
  struct written_labels {
    std::string text;
  };

  /// `expected_bytes` is room for the text.
  explicit exposition(size_t expected_bytes);
  ~exposition();

  /// Begins a family; what is added from now on belongs to it. One to which
  /// nothing is added is left out. `help` holds no backslash and no newline,
  /// which the library does not escape there.
  void family(const char* name, const char* help, kind what);
  void add(double value, labels of = {});
  void add(const core::latency_histogram::reading& value, labels of = {});

  [[nodiscard]] static written_labels write_labels(labels of);
  void add(double value, const written_labels& of) { add(value, of, {}); }
  /// With one more label, whose value needs no escaping. A family takes labels
  /// that are written and others, but not both.
  void add(double value, const written_labels& of, label more);

  [[nodiscard]] std::string take() &&;

private:
  struct parts;

  void write();

  std::unique_ptr<parts> parts_;
};

} // namespace hiisi::hiidet
