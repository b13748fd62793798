#pragma once

#include "hiisi/client.hpp"
#include "hiisi/verbs.hpp"
#include "protocol/event.hpp"
#include "protocol/response.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::cli {

/// What `status ID` shows beside the daemon's entry.
struct process_details {
  /// When it was started, where it is up.
  std::optional<protocol::wall_time> up_since;
  /// Where its output is; nothing where the caller may not know.
  std::optional<protocol::log_paths> logs;
  /// The last lines that it wrote to standard error, and, unless it came to
  /// grief, to standard output. Any bytes, without their newlines.
  std::vector<std::string> stderr_tail;
  std::vector<std::string> stdout_tail;
  /// How it ended before, the latest last.
  std::vector<protocol::event> ends;
};

/// Whether it ended as nobody wanted: it failed, waits to be started again,
/// or ended by itself with a status other than 0 or by a signal.
[[nodiscard]] bool came_to_grief(const protocol::status_entry& entry) noexcept;

/// The last `lines` lines of the file at `path`, read with the caller's own
/// rights. Of a very long file no more than its last 16 KiB are looked at, so
/// that the first line may lack its beginning, which "…" stands for then. None
/// if the file is empty, absent or unreadable.
[[nodiscard]] std::vector<std::string> last_lines(const std::string& path,
                                                  size_t lines);

/// Asks for the details of a process that the caller may see in full. They are
/// an addition: where something goes wrong, they are left out.
[[nodiscard]] process_details ask_details(const context& around,
                                          client& connection,
                                          const protocol::status_entry& entry);

} // namespace hiisi::cli
