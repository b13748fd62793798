#include "actors/os/record_files.hpp"

#include "actors/core/record_text.hpp"
#include "actors/os/atomic_file.hpp"
#include "actors/os/damaged_file.hpp"
#include "actors/os/file.hpp"
#include "fault/crash_point.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace hiisi::os {

namespace {

using protocol::errc;
using protocol::result;

/// A record holds one environment and one command line, which the protocol
/// bounds to a frame; escapes may double them.
constexpr size_t max_record_bytes = 64 * 1024 * 1024;

/// The id in a file name of the form "<id>.ron".
std::optional<uint32_t> id_of(std::string_view name) {
  constexpr std::string_view ending = ".ron";
  if (!name.ends_with(ending))
    return std::nullopt;
  name.remove_suffix(ending.size());
  uint32_t id = 0;
  const auto [end, error]
      = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc{} || end != name.data() + name.size())
    return std::nullopt;
  return id;
}

/// Reads every "<id>.ron" of a directory by `read`; what cannot be read goes
/// into `damaged`.
template <class Record, class Read>
result<void>
read_all(const std::string& directory, Read read, std::vector<Record>& records,
         std::vector<protocol::error>& damaged, std::string_view consequence) {
  auto names = list_directory(directory);
  if (!names)
    return std::move(names).failure();
  for (const auto& name : *names) {
    if (!id_of(name))
      continue;
    const auto path = directory + "/" + name;
    auto text = read_file(path, max_record_bytes);
    if (!text) {
      damaged.push_back(std::move(text).failure());
      damaged.back().message += consequence;
      continue;
    }
    auto record = read(*text, path);
    if (record)
      records.push_back(*std::move(record));
    else {
      damaged.push_back(std::move(record).failure());
      damaged.back().message += consequence;
    }
  }
  return {};
}

} // namespace

record_files::record_files(std::string state_directory,
                           std::string runtime_directory)
    : processes_(state_directory + "/processes"),
      live_(std::move(runtime_directory) + "/live"),
      next_id_path_(std::move(state_directory) + "/next_id") {}

std::string record_files::record_path(uint32_t id) const {
  return processes_ + "/" + std::to_string(id) + ".ron";
}

std::string record_files::live_path(uint32_t id) const {
  return live_ + "/" + std::to_string(id) + ".ron";
}

result<core::stored_records> record_files::load() {
  core::stored_records found;
  for (const auto& directory : {processes_, live_}) {
    auto made = make_directory(directory, 0700, {::geteuid(), ::getegid()});
    if (!made)
      return std::move(made).failure();
    if (auto removed = remove_leftovers(directory); !removed)
      return std::move(removed).failure();
  }
  // Of the record before, which mostly is of the same user.
  protocol::shared_environment env;
  const auto read_one = [&](std::string_view text, std::string_view path) {
    auto record = core::read_record(text, path, env);
    if (record)
      env = record->spec->env;
    // Whoever edited the file by hand may have moved things about.
    if (record && text.starts_with(core::write_record_head(*record)))
      laid_out_[record->spec->id] = record->spec;
    return record;
  };
  if (auto read = read_all(
          processes_, read_one, found.records, found.damaged,
          " (the file is left as it is, and its process is not managed)");
      !read)
    return std::move(read).failure();
  if (auto read
      = read_all(live_, core::read_live_record, found.live, found.damaged,
                 " (only the keeper knows its process now)");
      !read)
    return std::move(read).failure();
  // The names count, not what is in them: the id of a record that cannot be
  // read is in use all the same.
  if (auto names = list_directory(processes_))
    for (const auto& name : *names)
      if (auto id = id_of(name))
        ids_.insert(*id);
  if (auto next = load_next_id(); next)
    kept_next_id_ = *next;
  else
    found.damaged.push_back(std::move(next).failure());
  found.next_id = kept_next_id_;
  if (!ids_.empty())
    found.next_id = std::max(found.next_id, *ids_.rbegin() + 1);
  return found;
}

/// 1 where there is none yet. One that cannot be read is set aside; ids then go
/// on behind those on record.
result<uint32_t> record_files::load_next_id() const {
  auto text = read_file(next_id_path_, 64);
  if (!text && text.failure().code == errc::not_found)
    return uint32_t{1};
  if (!text)
    return std::move(text).failure();
  uint32_t next = 0;
  const auto* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, next);
  if (read.ec == std::errc{} && std::string_view{read.ptr, end} == "\n")
    return next;
  return set_aside(next_id_path_,
                   protocol::make_error(errc::storage_failed,
                                        next_id_path_ + ":1:1: not a number"));
}

result<void> record_files::save(const core::process_record& record) {
  const auto id = record.spec->id;
  auto path = record_path(id);
  auto& laid_out = laid_out_[id];
  const auto written
      = laid_out == record.spec
            ? write_block(path, core::write_record_head(record), 0600)
            : write_file(path, core::write_record(record), 0600,
                         durability::ordered);
  if (!written)
    return written;
  HIISI_CRASH_POINT("record.saved");
  laid_out = record.spec;
  ids_.insert(id);
  changed(std::move(path));
  return {};
}

result<void> record_files::remove(uint32_t id) {
  if (!ids_.empty() && *ids_.rbegin() == id)
    if (auto kept = keep_next_id(id + 1); !kept)
      return kept;
  auto path = record_path(id);
  if (auto gone = remove_file(path); !gone)
    return gone;
  HIISI_CRASH_POINT("record.removed");
  ids_.erase(id);
  laid_out_.erase(id);
  changed(std::move(path));
  return remove_file(live_path(id));
}

result<void> record_files::keep_next_id(uint32_t next) {
  if (next <= kept_next_id_)
    return {};
  auto written = write_file(next_id_path_, std::to_string(next) + "\n", 0600,
                            durability::ordered);
  if (!written)
    return written;
  HIISI_CRASH_POINT("record.next_id_kept");
  kept_next_id_ = next;
  changed(next_id_path_);
  return {};
}

result<void> record_files::save_live(const core::live_record& record) {
  auto written = write_block(live_path(record.id),
                             core::write_live_record(record), 0600);
  HIISI_CRASH_POINT("record.live_saved");
  return written;
}

bool record_files::live_in_memory() const {
  struct statfs found {};
  return ::statfs(live_.c_str(), &found) == 0 && found.f_type == TMPFS_MAGIC;
}

void record_files::changed(std::string path) {
  const std::lock_guard lock{mutex_};
  unsynced_.push_back(std::move(path));
}

result<void> record_files::sync() {
  std::vector<std::string> paths;
  {
    const std::lock_guard lock{mutex_};
    paths.swap(unsynced_);
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return sync_files(paths);
}

} // namespace hiisi::os
