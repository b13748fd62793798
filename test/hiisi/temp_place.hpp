#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace hiisi::test {

/// A directory of a test's own, removed with all that is in it.
class temp_place {
public:
  temp_place() {
    std::string name
        = (std::filesystem::temp_directory_path() / "hiisi-test-XXXXXX")
              .string();
    if (::mkdtemp(name.data()) == nullptr)
      std::abort();
    path_ = name;
  }
  temp_place(const temp_place&) = delete;
  temp_place& operator=(const temp_place&) = delete;
  ~temp_place() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
};

inline void write_file(const std::string& path, const std::string& text,
                       std::ios::openmode how = std::ios::trunc) {
  std::ofstream{path, std::ios::binary | std::ios::out | how} << text;
}

/// Asks again and again, for at most five seconds.
template <class Condition>
bool soon(Condition condition) {
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

} // namespace hiisi::test
