#include "hiidet/exposition.hpp"

#include "protocol/utf8.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <chrono>
#include <limits>
#include <ostream>
#include <streambuf>
#include <vector>

namespace hiisi::hiidet {

namespace {

using seconds = std::chrono::duration<double>;

/// Lets a stream write at the end of a string, where a stringstream would hold
/// the text twice. What is written comes in pieces of a few bytes, so they are
/// gathered first.
class string_sink : public std::streambuf {
public:
  explicit string_sink(std::string& to) : to_(to) { empty(); }
  ~string_sink() override { pass_on(); }
  string_sink(const string_sink&) = delete;
  string_sink& operator=(const string_sink&) = delete;

protected:
  int_type overflow(int_type c) override {
    pass_on();
    if (!traits_type::eq_int_type(c, traits_type::eof()))
      sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }

private:
  void empty() { setp(gathered_.data(), gathered_.data() + gathered_.size()); }
  void pass_on() {
    to_.append(pbase(), static_cast<size_t>(pptr() - pbase()));
    empty();
  }

  std::string& to_;
  std::array<char, 4096> gathered_;
};

prometheus::MetricType type_of(exposition::kind what) {
  switch (what) {
  case exposition::kind::counter:
    return prometheus::MetricType::Counter;
  case exposition::kind::gauge:
    return prometheus::MetricType::Gauge;
  case exposition::kind::histogram:
    break;
  }
  return prometheus::MetricType::Histogram;
}

} // namespace

struct exposition::parts {
  std::string text;
  std::vector<prometheus::MetricFamily> family{1};
  /// How many of the family's metrics are in use: their strings are kept for
  /// the next family, which mostly has the same labels.
  size_t used = 0;
  std::vector<prometheus::ClientMetric> spare;

  prometheus::ClientMetric& next(labels of) {
    auto& metrics = family.front().metric;
    if (used == metrics.size()) {
      if (spare.empty()) {
        metrics.emplace_back();
      } else {
        metrics.push_back(std::move(spare.back()));
        spare.pop_back();
      }
    }
    auto& metric = metrics[used++];
    metric.label.resize(of.size());
    auto to = metric.label.begin();
    for (const auto& [name, value] : of) {
      to->name = name;
      if (protocol::find_invalid_utf8(value))
        to->value = protocol::to_valid_utf8(value);
      else
        to->value = value;
      ++to;
    }
    return metric;
  }
};

exposition::exposition(size_t expected_bytes)
    : parts_(std::make_unique<parts>()) {
  parts_->text.reserve(expected_bytes);
}

exposition::~exposition() = default;

void exposition::family(const char* name, const char* help, kind what) {
  write();
  auto& family = parts_->family.front();
  family.name = name;
  family.help = help;
  family.type = type_of(what);
}

void exposition::add(double value, labels of) {
  auto& metric = parts_->next(of);
  metric.counter.value = value;
  metric.gauge.value = value;
}

void exposition::add(const core::latency_histogram::reading& value, labels of) {
  using core::latency_histogram;
  auto& histogram = parts_->next(of).histogram;
  histogram.bucket.clear();
  uint64_t count = 0;
  for (size_t i = 0; i < value.buckets.size(); ++i) {
    count += value.buckets[i];
    const auto bound = i < latency_histogram::bounds.size()
                           ? seconds{latency_histogram::bounds[i]}.count()
                           : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({count, bound});
  }
  histogram.sample_count = count;
  histogram.sample_sum = seconds{value.sum}.count();
}

void exposition::write() {
  auto& metrics = parts_->family.front().metric;
  if (parts_->used == 0)
    return;
  while (metrics.size() > parts_->used) {
    parts_->spare.push_back(std::move(metrics.back()));
    metrics.pop_back();
  }
  string_sink sink{parts_->text};
  std::ostream out{&sink};
  prometheus::TextSerializer{}.Serialize(out, parts_->family);
  parts_->used = 0;
}

std::string exposition::take() && {
  write();
  return std::move(parts_->text);
}

} // namespace hiisi::hiidet
