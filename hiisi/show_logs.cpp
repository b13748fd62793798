#include "hiisi/follow.hpp"
#include "hiisi/logs.hpp"
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

void print_json(const context& around, std::span<log_tail> logs) {
  std::vector<stream_lines> streams;
  for (log_tail& log : logs) {
    std::string text;
    log.read_on([&](std::string_view bytes) {
      text += bytes;
      return true;
    });
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

} // namespace

exit_status perform(const context& around, const logs_verb& what) {
  return ask_for<protocol::log_paths>(
      around, protocol::logs_request{what.what},
      [&](protocol::log_paths paths) {
        std::vector<log_tail> logs;
        if (what.standard_output)
          logs.emplace_back("stdout", paths.standard_output);
        if (what.standard_error)
          logs.emplace_back("stderr", paths.standard_error);
        for (log_tail& log : logs) {
          log.open_current();
          log.seek_last_lines(what.lines);
        }
        bool readable = std::ranges::any_of(
            logs, [](const log_tail& log) { return log.problem().empty(); });
        if (around.global.json)
          print_json(around, logs);
        for (const log_tail& log : logs)
          if (!log.problem().empty())
            around.err << "hiisi: " << printable(log.path()) << ": "
                       << log.problem()
                       << (what.follow ? ", waiting for it" : "") << std::endl;
        if (around.global.json)
          return readable ? exit_status::done : exit_status::refused;

        around.out.flush();
        bool guard = around.how.width.has_value();
        log_output output{around.out_fd, logs.size() > 1, guard};
        if (what.follow) {
          auto followed = follow_logs(logs, output);
          return followed
                     ? exit_status::done
                     : fail(around, followed.failure(), exit_status::refused);
        }
        for (log_tail& log : logs)
          if (!log.read_on([&](std::string_view bytes) {
                return output.write(log, bytes);
              }))
            return cannot_write(around, output.error());
        return readable ? exit_status::done : exit_status::refused;
      });
}

} // namespace hiisi::cli
