#pragma once

#include <string>
#include <vector>

namespace hiisi::test {

/// A system call that changes what is on a disk, as it was made.
struct recorded_call {
  enum class kind { create, write, sync_file, sync_directory, rename, remove };
  kind what;
  /// The last part of the file's path, of the directory's for sync_directory.
  std::string name;
  /// What was written, or what it is called from then on.
  std::string text;
};

/// Records the calls of this program from its beginning to its end, by way of
/// the linker's --wrap. Writes are made `write_bytes` at a time.
class call_recorder {
public:
  explicit call_recorder(size_t write_bytes);
  ~call_recorder();
  call_recorder(const call_recorder&) = delete;
  call_recorder& operator=(const call_recorder&) = delete;

  [[nodiscard]] const std::vector<recorded_call>& calls() const;
};

} // namespace hiisi::test
