#include "hiisi/logs.hpp"
#include "hiisi/read_at.hpp"
#include "logs/live_file.hpp"
#include "logs/segment_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

/// Hands on the bytes of a segment; false where it is damaged or `take` takes
/// no more.
template <class Take>
protocol::result<void> each_block(const logs::directory& where,
                                  const std::string& file, Take take) {
  auto reader = logs::segment_reader::open(where, file);
  if (!reader)
    return reader.failure();
  while (true) {
    auto bytes = reader->read();
    if (!bytes)
      return bytes.failure();
    if (bytes->empty() || !take(*bytes))
      return {};
  }
}

/// The newlines of a segment, and whether it ends with one.
struct line_count {
  uint64_t newlines = 0;
  bool ends_line = false;
};

line_count count_lines(const logs::directory& where, const std::string& file) {
  line_count out;
  // What is damaged counts as far as it can be read.
  std::ignore = each_block(where, file, [&](std::string_view bytes) {
    out.newlines += static_cast<uint64_t>(std::ranges::count(bytes, '\n'));
    out.ends_line = bytes.back() == '\n';
    return true;
  });
  return out;
}

/// Behind the newline of that number, from 1.
uint64_t behind_newline(const logs::directory& where, const std::string& file,
                        uint64_t number) {
  uint64_t at = 0;
  std::ignore = each_block(where, file, [&](std::string_view bytes) {
    for (const auto c : bytes) {
      ++at;
      if (c == '\n' && --number == 0)
        return false;
    }
    return true;
  });
  return at;
}

protocol::wall_time last_change(const struct stat& is) {
  return protocol::wall_time{std::chrono::seconds{is.st_mtim.tv_sec}
                             + std::chrono::nanoseconds{is.st_mtim.tv_nsec}};
}

} // namespace

std::string log_tail::name() const {
  return std::filesystem::path{path_}.filename().string();
}

bool log_tail::open_current() {
  struct stat at_path {};
  if (::stat(path_.c_str(), &at_path) != 0) {
    if (!file_)
      problem_ = std::strerror(errno);
    return false;
  }
  struct stat have {};
  if (file_ && ::fstat(file_.get(), &have) == 0 && have.st_ino == at_path.st_ino
      && have.st_dev == at_path.st_dev)
    return false;
  // Not blocking: a FIFO in its place must not hold the reader up.
  descriptor next{
      ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!next || ::fstat(next.get(), &have) != 0 || !S_ISREG(have.st_mode)) {
    if (!file_)
      problem_ = next ? "not a regular file" : std::strerror(errno);
    return false;
  }
  const auto is_first = !file_;
  file_ = std::move(next);
  offset_ = 0;
  problem_.clear();
  if (is_first)
    find_begin();
  return true;
}

void log_tail::find_begin() {
  auto where = logs::directory::open(
      std::filesystem::path{path_}.parent_path().string());
  if (!where)
    return; // Then there are no segments to be read either.
  directory_ = *std::move(where);
  pending_ = directory_->segments_of(name());
  if (pending_.empty())
    return;
  last_number_ = pending_.back().number;
  offset_ = static_cast<off_t>(
      logs::goes_on_at(file_.get(), *directory_, name(), pending_.back()));
}

void log_tail::seek_last_lines(uint64_t lines) {
  struct stat is {};
  if (!file_ || ::fstat(file_.get(), &is) != 0)
    return;
  const auto size = std::max(is.st_size, offset_);
  // The newline at the very end starts no line, whichever part it is in.
  auto at_end = size == offset_;
  const auto found = last_lines_begin(file_.get(), offset_, size, lines);
  auto missing = found.missing;
  if (missing == 0) {
    offset_ = found.at;
    pending_.clear();
    return;
  }
  for (auto i = pending_.size(); i-- > 0;) {
    const auto file = file_name(name(), pending_[i]);
    auto there = count_lines(*directory_, file);
    if (std::exchange(at_end, false) && there.ends_line)
      --there.newlines;
    if (there.newlines >= missing) {
      skip_ = behind_newline(*directory_, file, there.newlines - missing + 1);
      pending_.erase(pending_.begin(),
                     pending_.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
    missing -= there.newlines;
  }
}

void log_tail::seek_since(protocol::wall_time since) {
  struct stat is {};
  while (!pending_.empty()) {
    const auto file = file_name(name(), pending_.front());
    if (::fstatat(directory_->fd(), file.c_str(), &is, AT_SYMLINK_NOFOLLOW) == 0
        && last_change(is) >= since)
      return;
    pending_.erase(pending_.begin());
  }
  if (file_ && ::fstat(file_.get(), &is) == 0 && last_change(is) < since)
    offset_ = is.st_size;
}

bool log_tail::read_segment(const logs::segment& one, uint64_t skip,
                            const log_sink& sink) {
  auto taken = true;
  const auto read = each_block(
      *directory_, file_name(name(), one), [&](std::string_view bytes) {
        const auto left_out = std::min<uint64_t>(skip, bytes.size());
        skip -= left_out;
        bytes.remove_prefix(left_out);
        taken = bytes.empty() || sink(bytes);
        return taken;
      });
  // One that was too old to be kept has gone since it was listed.
  if (!read && read.failure().code != protocol::errc::not_found)
    damage_.push_back(read.failure().message);
  return taken;
}

bool log_tail::read_pending(const log_sink& sink) {
  const auto parts = std::exchange(pending_, {});
  auto skip = std::exchange(skip_, 0);
  return std::ranges::all_of(parts, [&](const logs::segment& one) {
    return read_segment(one, std::exchange(skip, 0), sink);
  });
}

bool log_tail::read_new_segments(const log_sink& sink) {
  if (!directory_)
    return true;
  for (const auto& one : directory_->segments_of(name())) {
    if (one.number <= last_number_)
      continue;
    last_number_ = one.number;
    const auto here = static_cast<uint64_t>(offset_);
    if (one.next != 0 && one.next <= here)
      continue; // It was read from the live file.
    if (!read_segment(one, here - std::min(here, one.begin), sink))
      return false;
    offset_ = static_cast<off_t>(one.next);
  }
  return true;
}

bool log_tail::read_all(const log_sink& sink) {
  if (!read_pending(sink))
    return false;
  struct stat is {};
  if (!file_ || ::fstat(file_.get(), &is) != 0)
    return true;
  if (is.st_size < offset_) {
    if (!read_new_segments(sink))
      return false;
    if (is.st_size < offset_) {
      offset_ = 0;
      // After `logs clear` they are counted from 1 again.
      const auto left = directory_ ? directory_->segments_of(name())
                                   : std::vector<logs::segment>{};
      last_number_ = left.empty() ? 0 : left.back().number;
    }
  }
  std::array<char, block_bytes> block;
  while (offset_ < is.st_size) {
    const auto wanted = static_cast<size_t>(
        std::min<off_t>(static_cast<off_t>(block_bytes), is.st_size - offset_));
    const auto got = read_at(file_.get(), block.data(), wanted, offset_);
    if (got <= 0)
      break;
    const auto before = offset_;
    if (!logs::is_whole(file_.get(), static_cast<uint64_t>(before),
                        static_cast<uint64_t>(got))) {
      // It is in a segment by now, unless somebody else has made a hole.
      if (!read_new_segments(sink))
        return false;
      if (offset_ == before)
        offset_ = static_cast<off_t>(
            logs::data_from(file_.get(), static_cast<uint64_t>(before)));
      // A hole further on is no concern of the bytes before it.
      if (offset_ != before)
        continue;
    }
    offset_ += got;
    if (!sink({block.data(), static_cast<size_t>(got)}))
      return false;
  }
  return true;
}

bool log_tail::read_on(const log_sink& sink) {
  if (!filter_)
    return read_all(sink);
  return read_all(
             [&](std::string_view bytes) { return filter_->take(bytes, sink); })
         && filter_->caught_up(sink);
}

bool log_tail::finish(const log_sink& sink) {
  return !filter_ || filter_->finish(sink);
}

bool log_tail::is_foreign() const {
  struct stat is {};
  return file_ && ::fstat(file_.get(), &is) == 0 && is.st_uid != ::geteuid();
}

} // namespace hiisi::cli
