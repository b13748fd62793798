#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::test {

/// Something that is nobody's to touch but its owner's: a directory that they
/// alone may enter, with a file that they alone may read. Whatever an attack
/// does, what it looks like stays the same.
class canary {
public:
  explicit canary(std::string path, uint32_t uid = 0) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    std::ofstream(file()) << "root:*:19000:0:99999:7:::\n";
    if (::chmod(file().c_str(), 0600) != 0 || ::chmod(path_.c_str(), 0700) != 0
        || ::chown(file().c_str(), uid, uid) != 0
        || ::chown(path_.c_str(), uid, uid) != 0)
      throw std::runtime_error("cannot make " + path_);
    before_ = look();
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file() const { return path_ + "/shadow"; }
  /// Whether nothing was written, made, removed or given away.
  [[nodiscard]] bool unharmed() const { return look() == before_; }

private:
  /// What each thing is called, is, belongs to and holds.
  [[nodiscard]] std::vector<std::string> look() const {
    std::vector<std::string> all{describe(path_)};
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(path_))
      all.push_back(describe(entry.path().string()));
    return all;
  }
  static std::string describe(const std::string& path) {
    struct stat is {};
    if (::lstat(path.c_str(), &is) != 0)
      return path + " is gone";
    auto text = path;
    for (const auto number :
         {static_cast<uint64_t>(is.st_ino), static_cast<uint64_t>(is.st_mode),
          static_cast<uint64_t>(is.st_uid), static_cast<uint64_t>(is.st_gid),
          static_cast<uint64_t>(is.st_nlink),
          static_cast<uint64_t>(is.st_mtim.tv_sec),
          static_cast<uint64_t>(is.st_mtim.tv_nsec)})
      text += " " + std::to_string(number);
    if (S_ISREG(is.st_mode)) {
      std::ifstream in(path, std::ios::binary);
      text.append(std::istreambuf_iterator<char>(in), {});
    }
    return text;
  }

  std::string path_;
  std::vector<std::string> before_;
};

} // namespace hiisi::test
