#include "hiidet/log.hpp"

#include "protocol/utf8.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace hiisi::hiidet {

namespace {

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance;
  return instance;
}

spdlog::level::level_enum translate(log_level level) {
  switch (level) {
  case log_level::debug:
    return spdlog::level::debug;
  case log_level::info:
    return spdlog::level::info;
  case log_level::warning:
    return spdlog::level::warn;
  case log_level::error:
    break;
  }
  return spdlog::level::err;
}

/// The journal's priorities, as sd-daemon.h has them.
std::string_view priority(log_level level) {
  switch (level) {
  case log_level::debug:
    return "<7>";
  case log_level::info:
    return "<6>";
  case log_level::warning:
    return "<4>";
  case log_level::error:
    break;
  }
  return "<3>";
}

bool to_journal() {
  static const bool yes = std::getenv("JOURNAL_STREAM") != nullptr;
  return yes;
}

} // namespace

void start_log(log_level least) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  logger() = std::make_shared<spdlog::logger>("hiidet", std::move(sink));
  logger()->set_pattern(to_journal() ? "%v" : "%Y-%m-%d %H:%M:%S hiidet: %v");
  set_log_level(least);
}

void set_log_level(log_level least) {
  logger()->set_level(translate(least));
  logger()->flush_on(spdlog::level::debug);
}

void log(log_level level, std::string_view message) {
  if (!logger())
    start_log(log_level::info);
  std::string line;
  if (to_journal())
    line = priority(level);
  else if (level >= log_level::warning)
    line = level == log_level::error ? "error: " : "warning: ";
  // What users have named cannot begin a line, nor drive who reads it.
  line += protocol::without_controls(message);
  logger()->log(translate(level), "{}", line);
}

} // namespace hiisi::hiidet
