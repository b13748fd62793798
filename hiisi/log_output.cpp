#include "hiisi/logs.hpp"

#include <cerrno>

#include <unistd.h>

namespace hiisi::cli {

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
    if (!finish())
      return false;
    std::string heading = current_.empty() ? "" : "\n";
    if (last_byte_ != '\n')
      heading += '\n';
    heading += "==> " + source.title() + " <==\n";
    current_ = source.title();
    if (!put(heading))
      return false;
  }
  if (guard_ == guarding::none)
    return put(bytes);
  return put(terminal_.take(bytes, guard_ == guarding::all_but_colors
                                       && !source.is_foreign()));
}

bool log_output::finish() {
  return put(terminal_.finish());
}

} // namespace hiisi::cli
