#pragma once

#include "actors/core/record_storage.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace hiisi::os {

/// Records of processes as files: `<state>/processes/<id>.ron`, and
/// `<runtime>/live/<id>.ron` for what is running. `<state>/next_id` keeps ids
/// from being given out twice once the newest process has been removed.
class record_files : public core::record_storage {
public:
  /// Both directories exist. Nothing is read or written yet.
  record_files(std::string state_directory, std::string runtime_directory);

  protocol::result<core::stored_records> load() override;
  protocol::result<void> save(const core::process_record& record) override;
  protocol::result<void> remove(uint32_t id) override;
  /// May be called by many at once, for different processes.
  protocol::result<void> save_live(const core::live_record& record) override;
  protocol::result<void> sync() override;

  /// Whether live records are kept in memory, so that writing one waits for
  /// no disk.
  [[nodiscard]] bool live_in_memory() const;

private:
  [[nodiscard]] std::string record_path(uint32_t id) const;
  [[nodiscard]] std::string live_path(uint32_t id) const;
  [[nodiscard]] protocol::result<uint32_t> load_next_id() const;
  protocol::result<void> keep_next_id(uint32_t next);
  void changed(std::string path);

  std::string processes_;
  std::string live_;
  std::string next_id_path_;
  /// Every id that has a record, to know when the newest one goes.
  std::set<uint32_t> ids_;
  /// The spec that each file was written with in full by now, of which only
  /// the head can change.
  std::map<uint32_t, std::shared_ptr<const core::process_spec>> laid_out_;
  /// What the file next_id holds.
  uint32_t kept_next_id_ = 1;
  /// Files that changed since the last sync(), which another thread calls.
  std::mutex mutex_;
  std::vector<std::string> unsynced_;
};

} // namespace hiisi::os
