#include "hiisi/duration.hpp"

#include "hiisi/text.hpp"

#include <charconv>
#include <cstdint>
#include <ctime>

namespace hiisi::cli {

namespace {

using std::chrono::seconds;

constexpr int64_t minute = 60;
constexpr int64_t hour = 60 * minute;
constexpr int64_t whole_day = 24 * hour;

std::string two_digits(int64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

} // namespace

std::string describe_duration(std::chrono::nanoseconds how_long) {
  int64_t s = std::chrono::duration_cast<seconds>(how_long).count();
  if (s < 0)
    s = 0;
  if (s >= whole_day)
    return std::to_string(s / whole_day) + "d "
           + std::to_string(s % whole_day / hour) + "h";
  if (s >= hour)
    return std::to_string(s / hour) + "h " + two_digits(s % hour / minute)
           + "m";
  if (s >= minute)
    return std::to_string(s / minute) + "m " + two_digits(s % minute) + "s";
  return std::to_string(s) + "s";
}

std::string describe_wait(std::chrono::nanoseconds how_long) {
  int64_t s = std::chrono::ceil<seconds>(how_long).count();
  if (s < 0)
    s = 0;
  if (s < minute)
    return std::to_string(s) + " s";
  std::string text = std::to_string(s / minute) + " min";
  if (s % minute != 0)
    text += " " + std::to_string(s % minute) + " s";
  return text;
}

std::string describe_time(protocol::wall_time when) {
  auto whole = std::chrono::floor<seconds>(when);
  std::time_t value = whole.time_since_epoch().count();
  std::tm parts{};
  if (localtime_r(&value, &parts) == nullptr)
    return "(beyond the calendar)";
  char text[64];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return std::string(text, length);
}

protocol::result<std::chrono::milliseconds>
parse_seconds(std::string_view option, std::string_view word) {
  auto wrong = [&] {
    return protocol::make_error(protocol::errc::invalid_argument,
                                std::string{option} + " '" + printable(word)
                                    + "' is not a number of seconds",
                                "give seconds from 0 to 86400, with up to "
                                "three decimals: 10 or 0.5");
  };
  std::string_view whole = word.substr(0, word.find('.'));
  std::string fraction;
  if (whole.size() < word.size()) {
    fraction = word.substr(whole.size() + 1);
    if (!all_digits(fraction) || fraction.size() > 3)
      return wrong();
  }
  if (!all_digits(whole))
    return wrong();
  fraction.resize(3, '0');
  int64_t full = 0;
  int64_t thousandths = 0;
  auto read = std::from_chars(whole.data(), whole.data() + whole.size(), full);
  std::from_chars(fraction.data(), fraction.data() + 3, thousandths);
  if (read.ec != std::errc{} || full > whole_day)
    return wrong();
  auto value = std::chrono::milliseconds{full * 1000 + thousandths};
  if (value > std::chrono::seconds{whole_day})
    return wrong();
  return value;
}

} // namespace hiisi::cli
