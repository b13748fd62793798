#include "logs/directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

namespace hiisi::logs {

using protocol::errc;
using protocol::result;

protocol::error failed(std::string_view what, const std::string& where,
                       int number) {
  return protocol::make_error(
      number == ENOENT ? errc::not_found : errc::unavailable,
      std::string{what} + " " + where + ": " + std::strerror(number),
      number == ENOSPC || number == EDQUOT
          ? "make room on that file system; nothing of the log is lost"
          : "");
}

result<directory> directory::open(const std::string& path) {
  descriptor fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd)
    return failed("open", path, errno);
  return directory{std::move(fd), path};
}

result<void> directory::lock() {
  while (::flock(fd_.get(), LOCK_EX) != 0)
    if (errno != EINTR)
      return failed("lock", path_, errno);
  return {};
}

std::vector<std::string> directory::names() const {
  std::vector<std::string> out;
  // A descriptor of its own, since reading moves it along.
  const int own = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0)
    return out;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(own),
                                                   ::closedir};
  if (!stream) {
    ::close(own);
    return out;
  }
  while (const auto* entry = ::readdir(stream.get()))
    out.emplace_back(entry->d_name);
  return out;
}

void directory::list() {
  listed_ = names();
  std::ranges::sort(*listed_);
}

std::vector<std::string> directory::names_of(std::string_view log) const {
  const auto begin = std::string{log} + ".";
  if (!listed_) {
    auto all = names();
    std::erase_if(all, [&](const auto& n) { return !n.starts_with(begin); });
    return all;
  }
  std::vector<std::string> out;
  for (auto i = std::ranges::lower_bound(*listed_, begin);
       i != listed_->end() && i->starts_with(begin); ++i)
    out.push_back(*i);
  return out;
}

std::vector<segment> directory::segments_of(std::string_view log) const {
  std::vector<segment> out;
  for (const auto& name : names_of(log))
    if (auto found = segment_of(log, name))
      out.push_back(*found);
  std::ranges::sort(out, {}, &segment::number);
  return out;
}

std::vector<std::string> directory::unfinished(std::string_view log) const {
  std::vector<std::string> out;
  for (auto& name : names_of(log))
    for (const auto suffix : {unfinished_suffix, truncating_suffix})
      if (std::string_view{name}.ends_with(suffix)
          && segment_of(log, std::string_view{name}.substr(
                                 0, name.size() - suffix.size()))) {
        out.push_back(std::move(name));
        break;
      }
  return out;
}

} // namespace hiisi::logs
