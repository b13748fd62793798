#include "logger/stamper.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace hiisi::logger {

std::string stamp_of(const timespec& time) {
  tm local{};
  ::localtime_r(&time.tv_sec, &local);
  std::array<char, 64> text{};
  const auto minutes = local.tm_gmtoff / 60;
  const auto size = std::snprintf(
      text.data(), text.size(),
      "%04d-%02d-%02dT%02d:%02d:%02d.%03ld%c%02ld:%02ld", local.tm_year + 1900,
      local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min,
      local.tm_sec, time.tv_nsec / 1'000'000, minutes < 0 ? '-' : '+',
      std::labs(minutes) / 60, std::labs(minutes) % 60);
  return {text.data(), static_cast<size_t>(size)};
}

std::string_view stamper::stamp(std::string_view bytes, const timespec& now) {
  out_.clear();
  if (bytes.empty())
    return out_;
  // All that comes in one piece was written at the same time.
  const auto head = stamp_of(now) + " ";
  while (!bytes.empty()) {
    if (!within_line_)
      out_ += head;
    const auto end = bytes.find('\n');
    within_line_ = end == bytes.npos;
    const auto line = bytes.substr(0, within_line_ ? bytes.size() : end + 1);
    out_ += line;
    bytes.remove_prefix(line.size());
  }
  return out_;
}

} // namespace hiisi::logger
