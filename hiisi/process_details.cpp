#include "hiisi/process_details.hpp"

#include "hiisi/logs.hpp"
#include "hiisi/render_status.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <tuple>

namespace hiisi::cli {

namespace {

constexpr size_t lines_shown = 5;
constexpr size_t bytes_looked_at = 16 * 1024;
constexpr uint64_t events_looked_at = 20;
constexpr ptrdiff_t ends_shown = 3;

/// The latest ends among the latest events; an older daemon knows none.
std::vector<protocol::event> ask_ends(const context& around, client& connection,
                                      uint32_t id) {
  protocol::events_request request;
  request.what = protocol::target{id};
  request.last = events_looked_at;
  std::vector<protocol::event> ends;
  std::ignore = connection.stream(
      make_request(around, std::move(request)), [&](protocol::payload part) {
        auto* list = std::get_if<protocol::event_list>(&part);
        if (!list)
          return false;
        for (auto& event : list->entries)
          if (event.what == protocol::event_kind::exit && event.exit)
            ends.push_back(std::move(event));
        return true;
      });
  if (std::ssize(ends) > ends_shown)
    ends.erase(ends.begin(), ends.end() - ends_shown);
  return ends;
}

} // namespace

bool came_to_grief(const protocol::status_entry& entry) noexcept {
  using kind = protocol::exit_info::kind;
  switch (entry.state) {
  case protocol::process_state::failed:
  case protocol::process_state::backoff:
    return true;
  case protocol::process_state::exited:
    return entry.last_exit
           && (entry.last_exit->how == kind::signaled
               || (entry.last_exit->how == kind::exited
                   && entry.last_exit->value != 0));
  default:
    return false;
  }
}

std::vector<std::string> last_lines(const std::string& path, size_t lines) {
  log_tail log{"stderr", path};
  if (!log.open_current())
    return {};
  log.seek_last_lines(lines);
  std::string text;
  bool cut = false;
  log.read_on([&](std::string_view bytes) {
    text += bytes;
    if (text.size() > bytes_looked_at) {
      text.erase(0, text.size() - bytes_looked_at);
      cut = true;
    }
    return true;
  });
  if (text.ends_with('\n'))
    text.pop_back();
  else if (text.empty())
    return {};
  std::vector<std::string> found;
  std::string_view rest = text;
  while (found.size() < lines) {
    // The newline before the line; the text's begin if there is none.
    size_t before = rest.rfind('\n');
    if (before == std::string_view::npos) {
      found.push_back((cut ? "…" : "") + std::string{rest});
      break;
    }
    found.emplace_back(rest.substr(before + 1));
    rest = rest.substr(0, before);
  }
  std::ranges::reverse(found);
  return found;
}

process_details ask_details(const context& around, client& connection,
                            const protocol::status_entry& entry) {
  process_details details;
  if (is_up(entry.state))
    details.up_since = std::chrono::floor<std::chrono::nanoseconds>(
        std::chrono::system_clock::now() - entry.uptime);
  if (!entry.full)
    return details;
  auto answer = connection.ask(
      make_request(around, protocol::logs_request{protocol::target{entry.id}}));
  if (!answer)
    return details;
  auto* paths = std::get_if<protocol::log_paths>(&*answer);
  if (!paths)
    return details;
  details.stderr_tail = last_lines(paths->standard_error, lines_shown);
  // What came to grief says so on standard error.
  if (!came_to_grief(entry))
    details.stdout_tail = last_lines(paths->standard_output, lines_shown);
  details.logs = std::move(*paths);
  details.ends = ask_ends(around, connection, entry.id);
  return details;
}

} // namespace hiisi::cli
