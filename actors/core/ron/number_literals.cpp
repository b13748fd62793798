#include "actors/core/ron/literals.hpp"
#include "actors/core/ron/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace hiisi::core::ron {

namespace {

struct integer_suffix {
  std::string_view name;
  whole_number least;
  whole_number greatest;
};

template <class T>
constexpr integer_suffix suffix_of(std::string_view name) {
  return {name, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

constexpr whole_number least_number = std::numeric_limits<int64_t>::min();
constexpr whole_number greatest_number = std::numeric_limits<uint64_t>::max();

// Of i128 and u128 as much is read as a whole_number holds.
constexpr std::array<integer_suffix, 10> integer_suffixes = {
    suffix_of<int8_t>("i8"),
    suffix_of<int16_t>("i16"),
    suffix_of<int32_t>("i32"),
    suffix_of<int64_t>("i64"),
    {"i128", least_number, greatest_number},
    suffix_of<uint8_t>("u8"),
    suffix_of<uint16_t>("u16"),
    suffix_of<uint32_t>("u32"),
    suffix_of<uint64_t>("u64"),
    {"u128", 0U, greatest_number},
};

/// A number's text in pieces, and where it stood.
struct literal {
  position at;
  std::string_view whole;
  bool negative = false;
  // Without sign and, once it is known, without base.
  std::string_view digits;
};

bool fail_malformed(scanner& in, const literal& text) {
  return in.fail(text.at, quoted(text.whole) + " is not a number");
}

/// The length of the run of digits and underscores, 0 if it begins otherwise
/// than with a digit.
size_t run_length(std::string_view text, int base) noexcept {
  auto is_one = [&](char c) {
    auto digit = hex_value(c);
    return digit >= 0 && digit < base;
  };
  if (text.empty() || !is_one(text.front()))
    return 0;
  size_t end = 1;
  while (end < text.size() && (is_one(text[end]) || text[end] == '_'))
    ++end;
  return end;
}

bool read_integer(scanner& in, const literal& text, int base, value& out) {
  auto run = run_length(text.digits, base);
  auto suffix_name = text.digits.substr(run);
  const auto* suffix = std::find_if(
      integer_suffixes.begin(), integer_suffixes.end(),
      [&](const auto& each) { return each.name == suffix_name; });
  if (run == 0 || (!suffix_name.empty() && suffix == integer_suffixes.end()))
    return fail_malformed(in, text);
  uint64_t magnitude = 0;
  bool fits = true;
  for (auto c : text.digits.substr(0, run)) {
    if (c == '_')
      continue;
    auto digit = static_cast<uint64_t>(hex_value(c));
    fits = fits
           && !__builtin_mul_overflow(magnitude, static_cast<uint64_t>(base),
                                      &magnitude)
           && !__builtin_add_overflow(magnitude, digit, &magnitude);
  }
  auto least = least_number;
  auto greatest = greatest_number;
  if (!suffix_name.empty()) {
    least = suffix->least;
    greatest = suffix->greatest;
  }
  if (fits) {
    auto number = whole_number::from_magnitude(text.negative, magnitude);
    if (number && *number >= least && *number <= greatest) {
      out = value(*number);
      return true;
    }
  }
  return in.fail(text.at,
                 quoted(text.whole)
                     + " is out of range; expected a whole number from "
                     + to_string(least) + " to " + to_string(greatest));
}

/// Which power of ten the number begins with, so that one can tell a number
/// that is too large from one that is too small.
int64_t decimal_exponent(std::string_view text) {
  int64_t exponent = 0;
  if (auto e = text.find('e'); e != text.npos) {
    auto digits = text.substr(e + 1);
    bool negative = digits.starts_with('-');
    if (digits.starts_with('-') || digits.starts_with('+'))
      digits.remove_prefix(1);
    for (auto c : digits)
      exponent = std::min<int64_t>(exponent * 10 + (c - '0'), int64_t{1} << 40);
    exponent = negative ? -exponent : exponent;
    text = text.substr(0, e);
  }
  auto point = std::min(text.find('.'), text.size());
  auto first = std::min(text.find_first_not_of(".0"), text.size());
  return exponent + static_cast<int64_t>(point) - static_cast<int64_t>(first);
}

/// From decimal digits without underscores. Too small a number is zero, as in
/// Rust; too large a one is nothing, where Rust silently makes it infinite.
template <class T>
std::optional<double> convert(const std::string& text) {
  T number = 0;
  const auto* end = text.data() + text.size();
  auto [last, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) {
    if (decimal_exponent(text) > 0)
      return std::nullopt;
    return 0.0;
  }
  if (error != std::errc() || last != end || std::isinf(number))
    return std::nullopt;
  return number;
}

bool read_float(scanner& in, const literal& text, value& out) {
  auto rest = text.digits;
  std::string plain;
  auto take_run = [&] {
    auto run = run_length(rest, 10);
    std::copy_if(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(run),
                 std::back_inserter(plain), is_digit);
    rest.remove_prefix(run);
    return run > 0;
  };
  bool whole = take_run();
  bool fraction = false;
  if (rest.starts_with('.')) {
    plain += whole ? "." : "0.";
    rest.remove_prefix(1);
    fraction = take_run();
    if (!fraction)
      plain += '0';
  }
  if (!whole && !fraction)
    return fail_malformed(in, text);
  if (rest.starts_with('e') || rest.starts_with('E')) {
    plain += 'e';
    rest.remove_prefix(1);
    if (rest.starts_with('-') || rest.starts_with('+')) {
      plain += rest.front();
      rest.remove_prefix(1);
    }
    // Here underscores may lead.
    rest.remove_prefix(std::min(rest.find_first_not_of('_'), rest.size()));
    if (!take_run())
      return fail_malformed(in, text);
  }
  bool single = rest == "f32";
  if (!rest.empty() && !single && rest != "f64")
    return fail_malformed(in, text);
  auto number = single ? convert<float>(plain) : convert<double>(plain);
  if (!number)
    return in.fail(text.at, quoted(text.whole)
                                + " is out of range; write inf for infinity");
  out = value(text.negative ? -*number : *number);
  return true;
}

/// Everything that could belong to a number, so that `12ab` is refused whole.
size_t literal_length(const scanner& in) noexcept {
  size_t end = in.peek() == '+' || in.peek() == '-' ? 1 : 0;
  bool based = in.peek(end) == '0' && is_name_start(in.peek(end + 1))
               && in.peek(end + 1) != 'e' && in.peek(end + 1) != 'E';
  for (;; ++end) {
    auto c = in.peek(end);
    bool exponent_sign
        = (c == '+' || c == '-') && end > 0 && !based
          && (in.peek(end - 1) == 'e' || in.peek(end - 1) == 'E');
    if (!is_name_rest(c) && c != '.' && !exponent_sign)
      return end;
  }
}

} // namespace

bool looking_at_number(const scanner& in) noexcept {
  auto c = in.peek();
  if (is_digit(c) || c == '.' || c == '+' || c == '-')
    return true;
  auto name = in.rest().substr(0, in.name_length());
  return name == "inf" || name == "NaN";
}

bool read_number(scanner& in, value& out) {
  literal text;
  text.at = in.at();
  text.whole = in.take(literal_length(in));
  text.digits = text.whole;
  text.negative = text.whole.starts_with('-');
  if (text.negative || text.whole.starts_with('+'))
    text.digits.remove_prefix(1);
  if (text.digits == "inf") {
    auto infinity = std::numeric_limits<double>::infinity();
    out = value(text.negative ? -infinity : infinity);
    return true;
  }
  if (text.digits == "NaN") {
    out = value(std::numeric_limits<double>::quiet_NaN());
    return true;
  }
  int base = text.digits.starts_with("0x")   ? 16
             : text.digits.starts_with("0o") ? 8
             : text.digits.starts_with("0b") ? 2
                                             : 10;
  if (base != 10) {
    text.digits.remove_prefix(2);
    return read_integer(in, text, base, out);
  }
  // Only a float has any of these: `1i32` has none, `1f32` has.
  bool floating = text.digits.find_first_of(".eEf") != text.digits.npos;
  return floating ? read_float(in, text, out)
                  : read_integer(in, text, base, out);
}

} // namespace hiisi::core::ron
