#include "actors/event_reader.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace hiisi::actors {

namespace {

constexpr size_t chunk_bytes = 64 * 1024;

/// Calls `visit(line, offset in the chunk)` for each line.
template <class Visit>
void for_each_line(std::string_view lines, Visit visit) {
  for (size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    visit(lines.substr(at, end - at), at);
    at = end + 1;
  }
}

/// Where in one file those lines begin that match.
std::vector<os::line_position> matching(const os::line_log& log,
                                        uint64_t generation,
                                        const core::event_query& query) {
  std::vector<os::line_position> found;
  os::line_position from{generation, 0};
  for (;;) {
    const auto chunk = log.read(from, chunk_bytes);
    if (!chunk || chunk->lines.empty() || chunk->next.generation != generation)
      return found;
    const auto begin = chunk->next.offset - chunk->lines.size();
    for_each_line(chunk->lines, [&](std::string_view line, size_t at) {
      const auto head = core::head_of(line);
      if (head && core::matches(query, *head))
        found.push_back({generation, begin + at});
    });
    from = chunk->next;
  }
}

} // namespace

os::line_position first_of(const os::line_log& log,
                           const core::event_query& query,
                           std::optional<uint64_t> last) {
  const auto& files = log.generations();
  if (last) {
    auto missing = *last;
    for (auto file = files.rbegin(); file != files.rend() && missing > 0;
         ++file) {
      const auto found = matching(log, *file, query);
      if (found.size() >= missing)
        return found[found.size() - missing];
      missing -= found.size();
    }
    return *last == 0 ? log.end() : os::line_position{};
  }
  if (!query.since.empty())
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
      const auto first = log.read({*file, 0}, 1);
      const auto head = first ? core::head_of(first->lines) : std::nullopt;
      if (head && head->time < query.since)
        return {*file, 0};
    }
  return {};
}

uint64_t last_number(const os::line_log& log) {
  const auto chunk = log.read(first_of(log, {}, 1), chunk_bytes);
  uint64_t number = 0;
  if (chunk)
    for_each_line(chunk->lines, [&](std::string_view line, size_t) {
      if (const auto head = core::head_of(line))
        number = std::max(number, head->number);
    });
  return number;
}

protocol::result<event_part> read_events(const os::line_log& log,
                                         os::line_position from,
                                         const core::event_query& query,
                                         size_t part_bytes, size_t look_bytes) {
  event_part part;
  part.next = from;
  size_t found = 0;
  size_t looked = 0;
  while (found < part_bytes && looked < look_bytes) {
    auto chunk = log.read(part.next, chunk_bytes);
    if (!chunk)
      return std::move(chunk).failure();
    part.next = chunk->next;
    if (chunk->lines.empty()) {
      part.at_end = true;
      break;
    }
    looked += chunk->lines.size();
    for_each_line(chunk->lines, [&](std::string_view line, size_t) {
      const auto head = core::head_of(line);
      if (!head || !core::matches(query, *head))
        return;
      if (auto event = protocol::decode_event(line)) {
        found += line.size();
        part.list.entries.push_back(*std::move(event));
      }
    });
  }
  return part;
}

} // namespace hiisi::actors
