#include "actors/os/hook_files.hpp"

#include "actors/os/atomic_file.hpp"
#include "actors/os/file.hpp"
#include "fault/crash_point.hpp"

#include <charconv>

#include <unistd.h>

namespace hiisi::os {

namespace {

constexpr std::string_view hooks_suffix = ".json";
/// Twenty hooks with an environment each.
constexpr size_t max_file_bytes = 64 * 1024 * 1024;

} // namespace

protocol::result<hook_files::loaded> hook_files::load() const {
  if (auto made = make_directory(directory_, 0700, {::geteuid(), ::getegid()});
      !made)
    return std::move(made).failure();
  std::ignore = remove_leftovers(directory_);
  auto names = list_directory(directory_);
  if (!names)
    return std::move(names).failure();
  loaded out;
  for (const auto& name : *names) {
    uint32_t uid = 0;
    const auto* end = name.data() + name.size() - hooks_suffix.size();
    if (!name.ends_with(hooks_suffix)
        || std::from_chars(name.data(), end, uid).ptr != end)
      continue;
    const auto path = directory_ + "/" + name;
    const auto text = read_file(path, max_file_bytes);
    auto hooks = text ? core::read_hooks(*text)
                      : protocol::result<core::kept_hooks>{text.failure()};
    if (hooks)
      out.by_uid.emplace(uid, *std::move(hooks));
    else
      out.damaged.emplace(
          uid, protocol::make_error(protocol::errc::storage_failed,
                                    path + ": " + hooks.failure().message,
                                    "mend or remove it, then start hiidet "
                                    "anew"));
  }
  return out;
}

protocol::result<void> hook_files::save(uint32_t uid,
                                        const core::kept_hooks& what) const {
  auto written = write_file(directory_ + "/" + std::to_string(uid)
                                + std::string{hooks_suffix},
                            core::write_hooks(what), 0600, durability::durable);
  HIISI_CRASH_POINT("hooks.saved");
  return written;
}

} // namespace hiisi::os
