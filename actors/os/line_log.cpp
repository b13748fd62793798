#include "actors/os/line_log.hpp"

#include "actors/os/damaged_file.hpp"
#include "actors/os/file.hpp"
#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::result;

namespace {

constexpr std::string_view log_suffix = ".jsonl";
/// How much is looked at in one go for the last newline of a torn file.
constexpr size_t look_back = 4096;

/// The generation in a file's name, if it is a file of the log `name`.
std::optional<uint64_t> generation_of(std::string_view file,
                                      std::string_view name) {
  if (!file.starts_with(name) || !file.ends_with(log_suffix)
      || file.size() <= name.size() + 1 + log_suffix.size()
      || file[name.size()] != '.')
    return std::nullopt;
  file.remove_prefix(name.size() + 1);
  file.remove_suffix(log_suffix.size());
  uint64_t number = 0;
  const auto* end = file.data() + file.size();
  const auto read = std::from_chars(file.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number == 0
      || file.front() == '0')
    return std::nullopt;
  return number;
}

/// Reads up to `room` bytes at `offset`, fewer only at the end of the file.
/// Negative with errno.
ssize_t read_at(int file, char* to, size_t room, uint64_t offset) {
  size_t have = 0;
  while (have < room) {
    const auto got
        = ::pread(file, to + have, room - have,
                  static_cast<off_t>(offset + static_cast<uint64_t>(have)));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return got;
    if (got == 0)
      break;
    have += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(have);
}

/// Where the last whole line of the first `size` bytes ends; negative with
/// errno.
int64_t end_of_lines(int file, uint64_t size) {
  char bytes[look_back];
  while (size > 0) {
    const auto part = std::min<uint64_t>(size, look_back);
    const auto got = read_at(file, bytes, part, size - part);
    if (got < 0)
      return -1;
    const std::string_view seen{bytes, static_cast<size_t>(got)};
    if (const auto at = seen.rfind('\n'); at != seen.npos)
      return static_cast<int64_t>(size - part + at + 1);
    size -= part;
  }
  return 0;
}

} // namespace

result<line_log> line_log::open(line_log_settings settings) {
  settings.files = std::max<size_t>(settings.files, 1);
  line_log log{std::move(settings)};
  auto names = list_directory(log.settings_.directory);
  if (!names)
    return protocol::make_error(errc::storage_failed, names.failure().message);
  for (const auto& file : *names)
    if (auto number = generation_of(file, log.settings_.name))
      log.generations_.push_back(*number);
  std::sort(log.generations_.begin(), log.generations_.end());
  if (log.generations_.empty())
    log.generations_.push_back(1);
  if (auto opened = log.open_current(); !opened)
    return std::move(opened).failure();
  log.drop_oldest();
  return log;
}

std::string line_log::path_of(uint64_t generation) const {
  return settings_.directory + "/" + settings_.name + "."
         + std::to_string(generation) + std::string{log_suffix};
}

/// Opens the newest file and cuts off what is no whole line.
result<void> line_log::open_current() {
  const auto path = path_of(generations_.back());
  current_.reset(::open(path.c_str(),
                        O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                        0600));
  if (!current_)
    return sys_error(errc::storage_failed, errno, "open", path);
  HIISI_CRASH_POINT("lines.opened");
  struct stat found {};
  if (::fstat(current_.get(), &found) != 0)
    return sys_error(errc::storage_failed, errno, "stat", path);
  const auto whole
      = end_of_lines(current_.get(), static_cast<uint64_t>(found.st_size));
  if (whole < 0)
    return sys_error(errc::storage_failed, errno, "read", path);
  // What no line of a log begins is not the rest of a write that was cut off.
  char first = '{';
  if (whole == 0 && read_at(current_.get(), &first, 1, 0) >= 0
      && first != '{') {
    if (auto aside = set_aside(path); !aside)
      return std::move(aside).failure();
    return open_current();
  }
  if (whole < found.st_size && ::ftruncate(current_.get(), whole) != 0)
    return sys_error(errc::storage_failed, errno, "truncate", path);
  HIISI_CRASH_POINT("lines.cut");
  size_ = static_cast<uint64_t>(whole);
  return {};
}

result<void> line_log::begin(uint64_t generation) {
  // Synced before it is left, so that only the newest can be torn.
  std::ignore = sync();
  HIISI_CRASH_POINT("lines.left");
  generations_.push_back(generation);
  if (auto opened = open_current(); !opened) {
    generations_.pop_back();
    std::ignore = open_current();
    return opened;
  }
  drop_oldest();
  return {};
}

void line_log::drop_oldest() {
  while (generations_.size() > settings_.files) {
    // One that cannot be removed is passed over now and met at the next start.
    std::ignore = remove_file(path_of(generations_.front()));
    HIISI_CRASH_POINT("lines.dropped");
    generations_.erase(generations_.begin());
  }
}

result<void> line_log::append(std::string_view lines) {
  while (!lines.empty()) {
    // As many whole lines as fit into this file.
    const auto room = settings_.file_bytes > size_
                          ? settings_.file_bytes - size_
                          : uint64_t{0};
    auto fitting = lines.size();
    if (fitting > room) {
      const auto last = lines.substr(0, room).rfind('\n');
      fitting = last == lines.npos ? 0 : last + 1;
    }
    if (fitting == 0 && size_ > 0) {
      if (auto next = begin(generations_.back() + 1); !next)
        return next;
      continue;
    }
    if (fitting == 0) // A line longer than a file has one for itself.
      fitting = std::min(lines.find('\n'), lines.size() - 1) + 1;
    if (auto written = write(lines.substr(0, fitting)); !written)
      return written;
    lines.remove_prefix(fitting);
  }
  return {};
}

result<void> line_log::write(std::string_view lines) {
  size_t done = 0;
  while (done < lines.size()) {
    const auto wrote
        = ::write(current_.get(), lines.data() + done, lines.size() - done);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0) {
      auto why = sys_error(errc::storage_failed, errno, "write",
                           path_of(generations_.back()));
      // Freeing room never needs any.
      std::ignore = ::ftruncate(current_.get(), static_cast<off_t>(size_)) == 0;
      return why;
    }
    done += static_cast<size_t>(wrote);
    HIISI_CRASH_POINT("lines.written");
  }
  size_ += lines.size();
  return {};
}

result<void> line_log::sync() {
  while (::fdatasync(current_.get()) != 0)
    if (errno != EINTR)
      return sys_error(errc::storage_failed, errno, "fdatasync",
                       path_of(generations_.back()));
  HIISI_CRASH_POINT("lines.synced");
  return {};
}

result<line_chunk> line_log::read(line_position from, size_t bytes) const {
  auto next = std::lower_bound(generations_.begin(), generations_.end(),
                               from.generation);
  if (next != generations_.end() && *next != from.generation)
    from = {*next, 0};
  for (; next != generations_.end(); from = {from.generation + 1, 0}) {
    from.generation = *next++;
    const auto path = path_of(from.generation);
    const fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT)
      continue; // Removed by hand.
    if (!file)
      return sys_error(errc::storage_failed, errno, "open", path);
    line_chunk chunk;
    for (auto room = std::max<size_t>(bytes, 1);; room *= 2) {
      chunk.lines.resize(room);
      const auto got
          = read_at(file.get(), chunk.lines.data(), room, from.offset);
      if (got < 0)
        return sys_error(errc::storage_failed, errno, "read", path);
      chunk.lines.resize(static_cast<size_t>(got));
      const auto end = chunk.lines.rfind('\n');
      const auto all = chunk.lines.size() < room;
      if (end == chunk.lines.npos && !all)
        continue; // A longer line.
      chunk.lines.resize(end == chunk.lines.npos ? 0 : end + 1);
      break;
    }
    if (chunk.lines.empty())
      continue;
    chunk.next = {from.generation, from.offset + chunk.lines.size()};
    return chunk;
  }
  return line_chunk{{}, end()};
}

void line_log::resize(size_t file_bytes, size_t files) {
  settings_.file_bytes = file_bytes;
  settings_.files = std::max<size_t>(files, 1);
  drop_oldest();
}

} // namespace hiisi::os
