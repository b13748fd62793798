#include "rotate/rotation.hpp"

#include "logs/live_file.hpp"
#include "logs/segment_file.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::rotate {

namespace {

using logs::failed;
using logs::segment;
using protocol::errc;
using protocol::make_error;
using protocol::result;

constexpr size_t block_bytes = 256 * 1024;

/// A log that was written to within so long is one that grows. The daemon
/// comes every 10 s while one does.
constexpr time_t lately = 12;

class rotation {
public:
  rotation(const logs::directory& where, const std::string& log,
           const core::log_limits& limits, core::rotation_report& report)
      : where_(where),
        log_(log),
        limits_(limits),
        report_(report),
        block_(block_bytes) {}

  result<void> run() {
    if (auto opened = open(); !opened || !live_)
      return opened;
    if (auto done = finish_earlier(); !done)
      return done;
    const auto waiting = end_ - std::min(begin_, end_);
    const auto plan = core::plan_rotation(limits_, waiting);
    if (plan.segments > 0)
      if (auto done = makes_holes() ? make_segments(plan) : truncate_instead();
          !done)
        return done;
    drop_old();
    return {};
  }

private:
  [[nodiscard]] std::string path() const { return where_.path() + "/" + log_; }

  result<void> open() {
    live_ = logs::descriptor{
        ::openat(where_.fd(), log_.c_str(),
                 O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (!live_)
      return errno == ENOENT ? result<void>{} : failed("open", path(), errno);
    struct stat is {};
    if (::fstat(live_.get(), &is) != 0)
      return failed("stat", path(), errno);
    if (!S_ISREG(is.st_mode) || is.st_uid != ::geteuid() || is.st_nlink != 1)
      return make_error(errc::not_permitted,
                        path()
                            + " is not rotated: it is no regular file, "
                              "another's, or has several names",
                        "move it away; a new one is made at the next start");
    end_ = static_cast<uint64_t>(is.st_size);
    if (end_ > 0 && is.st_mtime + lately >= std::time(nullptr))
      report_.grew = true;
    return {};
  }

  // -- what a killed run has left ---------------------------------------------

  result<void> finish_earlier() {
    segments_ = where_.segments_of(log_);
    for (const auto& name : where_.unfinished(log_)) {
      const auto whole = name.substr(0, name.rfind('.'));
      // It was not written to its end, or the live file still has all of it.
      if (name.ends_with(logs::unfinished_suffix)
          || logs::holds_bytes_of(
              live_.get(), logs::segment_of(log_, whole)->begin, where_, name))
        ::unlinkat(where_.fd(), name.c_str(), 0);
      else if (auto done = rename(name, whole); !done)
        return done;
      else
        segments_.push_back(*logs::segment_of(log_, whole));
    }
    std::ranges::sort(segments_, {}, &segment::number);
    const auto last = last_segment();
    begin_ = logs::goes_on_at(live_.get(), where_, log_, last);
    if (last && last->next != 0 && begin_ == last->next)
      return make_hole();
    return {};
  }

  [[nodiscard]] std::optional<segment> last_segment() const {
    return segments_.empty() ? std::nullopt : std::optional{segments_.back()};
  }

  // -- by holes ---------------------------------------------------------------

  /// Asked far behind the end, where there is nothing to lose.
  [[nodiscard]] bool makes_holes() const {
    constexpr off_t far = off_t{1} << 30;
    return ::fallocate(live_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                       static_cast<off_t>(end_) + far, 1)
               == 0
           || errno != EOPNOTSUPP;
  }

  /// Gives back what is in segments by now.
  result<void> make_hole() {
    const auto hole = logs::hole_before(live_.get(), begin_);
    if (hole == 0 || logs::data_from(live_.get(), 0) >= hole)
      return {};
    if (::fallocate(live_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                    static_cast<off_t>(hole))
        != 0)
      return failed("make a hole in", path(), errno);
    return {};
  }

  result<void> make_segments(const core::rotation_plan& plan) {
    if (plan.skip > 0) {
      // A line that ends right there is left out whole.
      const auto from = line_after(begin_ + plan.skip - 1);
      if (!from)
        return from.failure();
      begin_ = *from;
    }
    while (end_ > begin_ && end_ - begin_ >= limits_.bytes) {
      const auto next = last_line_end(begin_, begin_ + limits_.bytes);
      if (!next)
        return next.failure();
      const segment made{next_number(), begin_, *next};
      if (auto done = write_segment(made); !done)
        return done;
      begin_ = *next;
      // Whoever has truncated the file since has begun anew.
      struct stat is {};
      if (::fstat(live_.get(), &is) != 0
          || static_cast<uint64_t>(is.st_size) < begin_)
        return {};
      if (auto done = make_hole(); !done)
        return done;
    }
    return {};
  }

  result<void> write_segment(const segment& made) {
    const auto name = logs::file_name(log_, made);
    const auto unfinished = name + std::string{logs::unfinished_suffix};
    auto written = write_file(unfinished, made);
    if (written)
      written = rename(unfinished, name);
    if (!written) {
      ::unlinkat(where_.fd(), unfinished.c_str(), 0);
      return written;
    }
    note(made, made.next - made.begin);
    return {};
  }

  result<void> write_file(const std::string& name, const segment& made) {
    auto file = logs::segment_writer::create(where_, name);
    if (!file)
      return file.failure();
    auto copied = copy(*file, made.begin, made.next);
    if (!copied)
      return copied.failure();
    if (*copied != made.next)
      return make_error(errc::unavailable,
                        path() + " was truncated while it was read");
    return file->sync();
  }

  // -- by truncation ----------------------------------------------------------

  /// Makes one segment of all there is. What is written between the last look
  /// and the truncation is lost: nothing else can be done where there are no
  /// holes.
  result<void> truncate_instead() {
    const segment made{next_number(), begin_, 0};
    const auto name = logs::file_name(log_, made);
    const auto unfinished = name + std::string{logs::unfinished_suffix};
    const auto truncating = name + std::string{logs::truncating_suffix};
    auto file = logs::segment_writer::create(where_, unfinished);
    if (!file)
      return file.failure();
    uint64_t have = begin_;
    // What came while the disk was at work is read, too.
    for (int round = 0; round < 2; ++round) {
      auto copied = copy(*file, have, UINT64_MAX);
      auto done = copied ? file->sync() : copied.failure();
      if (!done) {
        ::unlinkat(where_.fd(), unfinished.c_str(), 0);
        return done;
      }
      have = *copied;
    }
    if (auto done = rename(unfinished, truncating); !done)
      return done;
    if (::ftruncate(live_.get(), 0) != 0)
      return failed("truncate", path(), errno);
    ::fsync(live_.get());
    if (auto done = rename(truncating, name); !done)
      return done;
    note(made, have - begin_);
    return {};
  }

  // -- both -------------------------------------------------------------------

  [[nodiscard]] uint64_t next_number() const {
    return segments_.empty() ? 1 : segments_.back().number + 1;
  }

  void note(const segment& made, uint64_t bytes) {
    segments_.push_back(made);
    ++report_.segments;
    report_.bytes += bytes;
  }

  /// Returns how far it came, which is short of `to` where the file ends.
  result<uint64_t> copy(logs::segment_writer& into, uint64_t from,
                        uint64_t to) {
    while (from < to) {
      const auto got = read(from, std::min<uint64_t>(block_bytes, to - from));
      if (!got)
        return got.failure();
      if (got->empty())
        break;
      if (auto done = into.write(*got); !done)
        return done.failure();
      from += got->size();
    }
    return from;
  }

  result<std::string_view> read(uint64_t at, size_t bytes) {
    while (true) {
      const auto got
          = ::pread(live_.get(), block_.data(), bytes, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return failed("read", path(), errno);
      return std::string_view{block_.data(), static_cast<size_t>(got)};
    }
  }

  /// Where the last line before `to` ends. A line that is longer than all of it
  /// is cut: segments are joined by bytes.
  result<uint64_t> last_line_end(uint64_t from, uint64_t to) {
    for (auto end = to; end > from;) {
      const auto begin = end - std::min<uint64_t>(block_bytes, end - from);
      const auto text = read(begin, end - begin);
      if (!text)
        return text.failure();
      if (const auto at = text->rfind('\n'); at != text->npos)
        return begin + at + 1;
      end = begin;
    }
    return to;
  }

  result<uint64_t> line_after(uint64_t at) {
    while (at < end_) {
      const auto text = read(at, block_bytes);
      if (!text)
        return text.failure();
      if (text->empty())
        break;
      if (const auto newline = text->find('\n'); newline != text->npos)
        return at + newline + 1;
      at += text->size();
    }
    return end_;
  }

  result<void> rename(const std::string& from, const std::string& to) {
    if (::renameat(where_.fd(), from.c_str(), where_.fd(), to.c_str()) != 0)
      return failed("rename", where_.path() + "/" + from, errno);
    if (::fsync(where_.fd()) != 0)
      return failed("fsync", where_.path(), errno);
    return {};
  }

  /// The last one stays, whatever is kept: it says where the log goes on.
  void drop_old() {
    const auto surplus = core::surplus_segments(limits_, segments_.size());
    for (size_t i = 0; i < surplus && i + 1 < segments_.size(); ++i)
      ::unlinkat(where_.fd(), logs::file_name(log_, segments_[i]).c_str(), 0);
  }

  const logs::directory& where_;
  const std::string& log_;
  core::log_limits limits_;
  core::rotation_report& report_;
  logs::descriptor live_;
  std::vector<segment> segments_;
  /// What is in no segment yet, in the live file.
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  std::vector<char> block_;
};

} // namespace

result<void> rotate_log(const logs::directory& where, const std::string& log,
                        const core::log_limits& limits,
                        core::rotation_report& report) {
  return rotation{where, log, limits, report}.run();
}

} // namespace hiisi::rotate
