#pragma once

#include "hiisi/descriptor.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace hiisi::cli {

/// Where the last `lines` lines of a file of `size` bytes begin (an offset in
/// bytes). A newline at the very end ends the last line and starts none. Reads
/// backwards in blocks, so that lines may be of any length.
[[nodiscard]] off_t last_lines_begin(int fd, off_t size, uint64_t lines);

/// Takes bytes of a log; false when no more can be taken.
using log_sink = std::function<bool(std::string_view bytes)>;

/// One output file of a process, read on from a place in it. The caller reads
/// it with his own rights.
class log_tail {
public:
  /// `title` is "stdout" or "stderr".
  log_tail(std::string title, std::string path)
      : title_(std::move(title)), path_(std::move(path)) {}

  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Opens the file that the path now names, unless it is open already. True
  /// if another one is open than before, from its start; the one before is
  /// closed then. Errors are left in problem().
  bool open_current();

  /// Goes to where the last `lines` lines of the file begin.
  void seek_last_lines(uint64_t lines);

  /// Hands on what lies between here and the end that the file has now. A file
  /// that became shorter than it was read is read from its start. False when
  /// `sink` took no more.
  bool read_on(const log_sink& sink);

  /// Why there is nothing to read; empty when there is.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  /// Whether the open file belongs to somebody else, who may have put things
  /// into it that are meant for the reader's terminal.
  [[nodiscard]] bool is_foreign() const;

  /// The open file, or -1.
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

private:
  std::string title_;
  std::string path_;
  descriptor file_;
  off_t offset_ = 0;
  std::string problem_ = "not opened";
};

/// Writes parts of several logs to one descriptor.
class log_output {
public:
  /// With `headings`, a line such as "==> stdout <==" stands where the source
  /// changes. With `guard`, control characters of foreign files are escaped.
  log_output(int fd, bool headings, bool guard)
      : fd_(fd), headings_(headings), guard_(guard) {}

  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// False when the descriptor takes no more; error() is the errno then.
  bool write(const log_tail& source, std::string_view bytes);

  [[nodiscard]] int error() const noexcept { return error_; }

private:
  bool put(std::string_view bytes);

  int fd_;
  bool headings_;
  bool guard_;
  int error_ = 0;
  std::string current_;
  char last_byte_ = '\n';
};

} // namespace hiisi::cli
