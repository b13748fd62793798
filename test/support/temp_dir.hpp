#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <stdlib.h>
#include <sys/stat.h>

namespace hiisi::test {

/// A directory of a test's own, removed with all that is in it at the end. Its
/// path is short enough for Unix sockets, and every user may pass through it.
class temp_dir {
public:
  temp_dir() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base && *base ? base : "/tmp") + "/hxt-XXXXXX";
    if (!::mkdtemp(path_.data()) || ::chmod(path_.c_str(), 0755) != 0)
      throw std::system_error(errno, std::generic_category(), path_);
  }
  ~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// The path of something in it.
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

private:
  std::string path_;
};

} // namespace hiisi::test
