#include "hiisi/logs.hpp"
#include "hiisi/text.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

namespace hiisi::cli {

namespace {

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
