#include "hiisi/follow.hpp"
#include "hiisi/logs.hpp"
#include "hiisi/point_in_time.hpp"
#include "hiisi/render_json.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

void print_json(const context& around, std::span<log_tail> logs) {
  std::vector<stream_lines> streams;
  for (log_tail& log : logs) {
    std::string text;
    auto sink = [&](std::string_view bytes) {
      text += bytes;
      return true;
    };
    log.read_on(sink);
    log.finish(sink);
    streams.push_back(
        {log.title(), log.path(), split_lines(text), log.problem()});
  }
  around.out << json_logs(streams);
}

exit_status cannot_write(const context& around, int error) {
  return fail(around,
              make_error(errc::unavailable,
                         std::string{"cannot write: "} + std::strerror(error)),
              exit_status::refused);
}

/// What is shown of each log where `-n` does not say it.
constexpr uint64_t usual_lines = 15;

result<line_wishes> wishes_of(const logs_verb& what) {
  line_wishes wishes;
  wishes.last = what.lines;
  if (what.since) {
    auto since = parse_since(*what.since, std::chrono::system_clock::now());
    if (!since)
      return since.failure();
    wishes.since = *since;
  }
  if (what.pattern) {
    auto pattern = line_pattern::compile(*what.pattern);
    if (!pattern)
      return pattern.failure();
    wishes.pattern = *std::move(pattern);
  }
  return wishes;
}

/// The logs asked for, each where the first line to show begins.
result<std::vector<log_tail>> open_logs(const logs_verb& what,
                                        const protocol::log_paths& paths) {
  auto wishes = wishes_of(what);
  if (!wishes)
    return wishes.failure();
  std::vector<log_tail> logs;
  if (what.standard_output)
    logs.emplace_back("stdout", paths.standard_output);
  if (what.standard_error)
    logs.emplace_back("stderr", paths.standard_error);
  for (log_tail& log : logs) {
    log.open_current();
    if (wishes->since)
      log.seek_since(*wishes->since);
    if (wishes->since || wishes->pattern)
      log.filter_by(line_filter{*wishes});
    else
      log.seek_last_lines(what.lines.value_or(usual_lines));
  }
  return logs;
}

/// A pipe is given all as it is; it is a person's terminal that is guarded.
log_output make_output(const context& around, const logs_verb& what) {
  const auto guard = !around.how.width || what.raw ? guarding::none
                     : around.how.color            ? guarding::all_but_colors
                                                   : guarding::all;
  return {around.out_fd, what.standard_output && what.standard_error, guard};
}

exit_status follow(const context& around, const logs_verb& what,
                   std::span<log_tail> logs) {
  around.out.flush();
  auto output = make_output(around, what);
  auto followed = follow_logs(logs, output);
  return followed ? exit_status::done
                  : fail(around, followed.failure(), exit_status::refused);
}

exit_status print(const context& around, const logs_verb& what,
                  std::span<log_tail> logs) {
  around.out.flush();
  auto output = make_output(around, what);
  for (log_tail& log : logs) {
    auto sink
        = [&](std::string_view bytes) { return output.write(log, bytes); };
    if (!log.read_on(sink) || !log.finish(sink) || !output.finish())
      return cannot_write(around, output.error());
  }
  return exit_status::done;
}

} // namespace

exit_status perform(const context& around, const logs_verb& what) {
  return ask_for<protocol::log_paths>(
      around, protocol::logs_request{what.what},
      [&](protocol::log_paths paths) {
        auto logs = open_logs(what, paths);
        if (!logs)
          return fail(around, logs.failure(), exit_status::usage);
        const bool readable = std::ranges::any_of(
            *logs, [](const log_tail& log) { return log.problem().empty(); });
        if (around.global.json)
          print_json(around, *logs);
        for (const log_tail& log : *logs)
          if (!log.problem().empty())
            around.err << "hiisi: " << printable(log.path()) << ": "
                       << log.problem()
                       << (what.follow ? ", waiting for it" : "") << std::endl;
        const auto status = around.global.json ? exit_status::done
                            : what.follow      ? follow(around, what, *logs)
                                               : print(around, what, *logs);
        for (const log_tail& log : *logs)
          for (const auto& damage : log.damage())
            around.err << "hiisi: " << printable(damage)
                       << " (its lines are left out)" << std::endl;
        return status == exit_status::done && !readable ? exit_status::refused
                                                        : status;
      });
}

} // namespace hiisi::cli
