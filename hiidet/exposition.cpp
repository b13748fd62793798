#include "hiidet/exposition.hpp"

#include "protocol/utf8.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <charconv>
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

/// Appends what the library writes of the families.
void serialize(const std::vector<prometheus::MetricFamily>& families,
               std::string& to) {
  string_sink sink{to};
  std::ostream out{&sink};
  prometheus::TextSerializer{}.Serialize(out, families);
}

void set(std::vector<prometheus::ClientMetric::Label>& to,
         exposition::labels of) {
  to.resize(of.size());
  auto next = to.begin();
  for (const auto& [name, value] : of) {
    next->name = name;
    if (protocol::find_invalid_utf8(value))
      next->value = protocol::to_valid_utf8(value);
    else
      next->value = value;
    ++next;
  }
}

/// Whole numbers without an exponent, which a person reads more easily.
void append(std::string& to, double value) {
  constexpr double exact = 1e15;
  std::array<char, 32> room{};
  const auto whole
      = value > -exact && value < exact
        && static_cast<double>(static_cast<int64_t>(value)) == value;
  const auto [end, problem]
      = whole ? std::to_chars(room.begin(), room.end(),
                              static_cast<int64_t>(value))
              : std::to_chars(room.begin(), room.end(), value);
  to.append(room.begin(), end);
}

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
  /// Nothing of the family is in the text yet, not even its name.
  bool fresh = true;

  prometheus::ClientMetric& next(labels of) {
    auto& metric = family.front().metric.emplace_back();
    set(metric.label, of);
    return metric;
  }

  /// The family's head, and the metrics that it has.
  void write() {
    serialize(family, text);
    family.front().metric.clear();
    fresh = false;
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
  parts_->fresh = true;
}

void exposition::add(double value, labels of) {
  auto& metric = parts_->next(of);
  metric.counter.value = value;
  metric.gauge.value = value;
}

void exposition::add(const core::latency_histogram::reading& value, labels of) {
  using core::latency_histogram;
  auto& histogram = parts_->next(of).histogram;
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

exposition::written_labels exposition::write_labels(labels of) {
  std::vector<prometheus::MetricFamily> one{1};
  set(one.front().metric.emplace_back().label, of);
  std::string text;
  serialize(one, text);
  const auto begin = text.find('{') + 1;
  return {text.substr(begin, text.rfind('}') - begin)};
}

// The library takes about a microsecond for a label, and a thousand processes
// have some fifty thousand: it writes those of each once, and the family's
// head.
void exposition::add(double value, const written_labels& of, label more) {
  if (parts_->fresh)
    parts_->write();
  auto& text = parts_->text;
  text.append(parts_->family.front().name).append("{").append(of.text);
  if (more.first != nullptr)
    text.append(",")
        .append(more.first)
        .append("=\"")
        .append(more.second)
        .append("\"");
  text.append("} ");
  append(text, value);
  text.push_back('\n');
}

void exposition::write() {
  if (!parts_->family.front().metric.empty())
    parts_->write();
}

std::string exposition::take() && {
  write();
  return std::move(parts_->text);
}

} // namespace hiisi::hiidet
