#include "protocol/rfc3339.hpp"

#include <chrono>

namespace hiisi::protocol {

namespace {

using namespace std::chrono;

// Writes `value` with leading zeros into out[0] to out[digits - 1].
void put(char* out, unsigned digits, unsigned value) noexcept {
  while (digits-- > 0) {
    out[digits] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// A text that is read from the front; once something does not fit, it fails
// for good.
struct scanner {
  std::string_view rest;
  bool good = true;

  int digits(size_t count) noexcept {
    if (rest.size() < count)
      return fail();
    int value = 0;
    for (auto c : rest.substr(0, count)) {
      if (c < '0' || c > '9')
        return fail();
      value = value * 10 + (c - '0');
    }
    rest.remove_prefix(count);
    return value;
  }

  // Takes one of these characters and says which.
  char one_of(std::string_view choices) noexcept {
    if (rest.empty() || choices.find(rest.front()) == choices.npos) {
      fail();
      return 0;
    }
    auto found = rest.front();
    rest.remove_prefix(1);
    return found;
  }

  // Decimals, cut to nanoseconds; at least one.
  int64_t fraction() noexcept {
    int64_t value = 0;
    size_t count = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      if (count < 9)
        value = value * 10 + (rest.front() - '0');
      ++count;
      rest.remove_prefix(1);
    }
    if (count == 0)
      fail();
    for (; count < 9; ++count)
      value *= 10;
    return value;
  }

  int fail() noexcept {
    good = false;
    return 0;
  }
};

} // namespace

void write_rfc3339(char* out, wall_time when) noexcept {
  auto day = floor<days>(when);
  year_month_day date{day};
  auto since = static_cast<uint64_t>((when - day).count());
  auto second = static_cast<unsigned>(since / 1'000'000'000);
  put(out, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  out[4] = '-';
  put(out + 5, 2, static_cast<unsigned>(date.month()));
  out[7] = '-';
  put(out + 8, 2, static_cast<unsigned>(date.day()));
  out[10] = 'T';
  put(out + 11, 2, second / 3600);
  out[13] = ':';
  put(out + 14, 2, second / 60 % 60);
  out[16] = ':';
  put(out + 17, 2, second % 60);
  out[19] = '.';
  put(out + 20, 9, static_cast<unsigned>(since % 1'000'000'000));
  out[29] = 'Z';
}

std::string format_rfc3339(wall_time when) {
  std::string out(rfc3339_bytes, '\0');
  write_rfc3339(out.data(), when);
  return out;
}

std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept {
  scanner in{text};
  auto y = in.digits(4);
  in.one_of("-");
  auto m = in.digits(2);
  in.one_of("-");
  auto d = in.digits(2);
  in.one_of("Tt ");
  auto hour = in.digits(2);
  in.one_of(":");
  auto minute = in.digits(2);
  in.one_of(":");
  auto second = in.digits(2);
  int64_t nanos = 0;
  if (in.good && in.rest.starts_with('.')) {
    in.rest.remove_prefix(1);
    nanos = in.fraction();
  }
  auto zone = in.one_of("Zz+-");
  minutes offset{0};
  if (zone == '+' || zone == '-') {
    auto offset_hour = in.digits(2);
    in.one_of(":");
    auto offset_minute = in.digits(2);
    if (offset_hour > 23 || offset_minute > 59)
      return std::nullopt;
    offset = hours{offset_hour} + minutes{offset_minute};
    if (zone == '-')
      offset = -offset;
  }
  year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                      day{static_cast<unsigned>(d)}};
  // A leap second (60) is taken as the first second of the next minute.
  if (!in.good || !in.rest.empty() || !date.ok() || hour > 23 || minute > 59
      || second > 60)
    return std::nullopt;
  auto whole = sys_days{date}.time_since_epoch() + hours{hour} + minutes{minute}
               + seconds{second} - offset;
  constexpr int64_t bound = INT64_MAX / 1'000'000'000 - 1;
  auto count = duration_cast<seconds>(whole).count();
  if (count > bound || count < -bound)
    return std::nullopt;
  return wall_time{nanoseconds{count * 1'000'000'000 + nanos}};
}

} // namespace hiisi::protocol
