#include "hiisi/logs.hpp"

#include "hiisi/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

constexpr size_t block_bytes = 64 * 1024;

ssize_t read_at(int fd, char* to, size_t bytes, off_t offset) {
  ssize_t got = ::pread(fd, to, bytes, offset);
  while (got < 0 && errno == EINTR)
    got = ::pread(fd, to, bytes, offset);
  return got;
}

/// Keeps newlines and tabs; every other control character is shown by its
/// number, as are bytes that make no character.
std::string without_controls(std::string_view bytes) {
  std::string shown;
  while (!bytes.empty()) {
    size_t end = std::min(bytes.find_first_of("\n\t"), bytes.size());
    shown += printable(bytes.substr(0, end));
    if (end < bytes.size())
      shown += bytes[end++];
    bytes.remove_prefix(end);
  }
  return shown;
}

} // namespace

off_t last_lines_begin(int fd, off_t size, uint64_t lines) {
  if (lines == 0)
    return size;
  std::array<char, block_bytes> block;
  uint64_t seen = 0;
  off_t end = size;
  while (end > 0) {
    off_t begin = std::max<off_t>(0, end - static_cast<off_t>(block_bytes));
    auto wanted = static_cast<size_t>(end - begin);
    ssize_t got = read_at(fd, block.data(), wanted, begin);
    if (got <= 0)
      return begin;
    for (ssize_t i = got; i-- > 0;) {
      off_t at = begin + i;
      if (block[static_cast<size_t>(i)] != '\n' || at == size - 1)
        continue;
      if (++seen == lines)
        return at + 1;
    }
    end = begin;
  }
  return 0;
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
  file_ = std::move(next);
  offset_ = 0;
  problem_.clear();
  return true;
}

void log_tail::seek_last_lines(uint64_t lines) {
  struct stat is {};
  if (file_ && ::fstat(file_.get(), &is) == 0)
    offset_ = last_lines_begin(file_.get(), is.st_size, lines);
}

bool log_tail::read_on(const log_sink& sink) {
  struct stat is {};
  if (!file_ || ::fstat(file_.get(), &is) != 0)
    return true;
  if (is.st_size < offset_)
    offset_ = 0;
  std::array<char, block_bytes> block;
  while (offset_ < is.st_size) {
    auto wanted = static_cast<size_t>(
        std::min<off_t>(static_cast<off_t>(block_bytes), is.st_size - offset_));
    ssize_t got = read_at(file_.get(), block.data(), wanted, offset_);
    if (got <= 0)
      break;
    offset_ += got;
    if (!sink({block.data(), static_cast<size_t>(got)}))
      return false;
  }
  return true;
}

bool log_tail::is_foreign() const {
  struct stat is {};
  return file_ && ::fstat(file_.get(), &is) == 0 && is.st_uid != ::geteuid();
}

bool log_output::put(std::string_view bytes) {
  if (!bytes.empty())
    last_byte_ = bytes.back();
  while (!bytes.empty()) {
    ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      error_ = errno;
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool log_output::write(const log_tail& source, std::string_view bytes) {
  if (headings_ && current_ != source.title()) {
    std::string heading = current_.empty() ? "" : "\n";
    if (last_byte_ != '\n')
      heading += '\n';
    heading += "==> " + source.title() + " <==\n";
    current_ = source.title();
    if (!put(heading))
      return false;
  }
  if (guard_ && source.is_foreign())
    return put(without_controls(bytes));
  return put(bytes);
}

} // namespace hiisi::cli
