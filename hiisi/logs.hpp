#pragma once

#include "hiisi/descriptor.hpp"
#include "hiisi/line_filter.hpp"
#include "hiisi/terminal_guard.hpp"
#include "logs/directory.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace hiisi::cli {

/// Where the last lines of something begin.
struct lines_begin {
  /// An offset in bytes.
  off_t at = 0;
  /// How many lines are missing, which lie before it.
  uint64_t missing = 0;
};

/// Where the last `lines` lines of the part of a file between `begin` and `end`
/// begin. A newline at the very end ends the last line and starts none. Reads
/// backwards in blocks, so that lines may be of any length.
[[nodiscard]] lines_begin last_lines_begin(int fd, off_t begin, off_t end,
                                           uint64_t lines);

/// One output stream of a process, read on from a place in it: its segments,
/// which lie compressed beside the live file, and then that, as one. The caller
/// reads them with his own rights.
class log_tail {
public:
  /// `title` is "stdout" or "stderr".
  log_tail(std::string title, std::string path)
      : title_(std::move(title)), path_(std::move(path)) {}

  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Opens the file that the path now names, unless it is open already. True
  /// if another one is open than before, from its start; the one before is
  /// closed then. The first one is read from the start of its first segment.
  /// Errors are left in problem().
  bool open_current();

  /// Goes to where the last `lines` lines of the log begin.
  void seek_last_lines(uint64_t lines);

  /// Goes to the first part of the log that was written to since then. Which
  /// lines of it that were is for a line_filter to say.
  void seek_since(protocol::wall_time since);

  /// Has only lines handed on that pass.
  void filter_by(line_filter filter) { filter_ = std::move(filter); }

  /// Hands on what lies between here and the end that the log has now. A live
  /// file that became shorter than it was read is read from its start, and what
  /// has become a segment meanwhile is read from that. False when `sink` took
  /// no more.
  bool read_on(const log_sink& sink);

  /// Nothing more is read: hands on what was held back as it may be half a
  /// line. Without a filter that is nothing.
  bool finish(const log_sink& sink);

  /// Why there is nothing to read; empty when there is.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  /// Segments that are damaged and were left out, for people.
  [[nodiscard]] const std::vector<std::string>& damage() const noexcept {
    return damage_;
  }

  /// Whether the open file belongs to somebody else, who may have put things
  /// into it that are meant for the reader's terminal.
  [[nodiscard]] bool is_foreign() const;

  /// The open file, or -1.
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

private:
  [[nodiscard]] std::string name() const;
  void find_begin();
  bool read_pending(const log_sink& sink);
  bool read_segment(const logs::segment& one, uint64_t skip,
                    const log_sink& sink);
  bool read_new_segments(const log_sink& sink);
  bool read_all(const log_sink& sink);

  std::string title_;
  std::string path_;
  std::optional<logs::directory> directory_;
  descriptor file_;
  /// Where the live file is read on.
  off_t offset_ = 0;
  /// Segments that come before that, and how much of the first is left out.
  std::vector<logs::segment> pending_;
  uint64_t skip_ = 0;
  /// The last segment that was read, or passed over.
  uint64_t last_number_ = 0;
  std::optional<line_filter> filter_;
  std::vector<std::string> damage_;
  std::string problem_ = "not opened";
};

/// What of a log is kept from the reader's terminal.
enum class guarding : uint8_t {
  /// Nothing: bytes go on as they are.
  none,
  /// All that drives it, but for the colours of one's own files: whoever could
  /// write into another's could hide text by them.
  all_but_colors,
  /// All that drives it, colours included.
  all,
};

/// Writes parts of several logs to one descriptor.
class log_output {
public:
  /// With `headings`, a line such as "==> stdout <==" stands where the source
  /// changes.
  log_output(int fd, bool headings, guarding guard)
      : fd_(fd), headings_(headings), guard_(guard) {}

  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// False when the descriptor takes no more; error() is the errno then.
  bool write(const log_tail& source, std::string_view bytes);

  /// Nothing follows for now: writes what was held back as it may be a part
  /// of a character.
  bool finish();

  [[nodiscard]] int error() const noexcept { return error_; }

private:
  bool put(std::string_view bytes);

  int fd_;
  bool headings_;
  guarding guard_;
  terminal_guard terminal_;
  int error_ = 0;
  std::string current_;
  char last_byte_ = '\n';
};

} // namespace hiisi::cli
