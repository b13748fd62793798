#include "actors/os/kept_files.hpp"

#include <utility>

namespace hiisi::os {

void kept_files::begin_pass(bool keep) noexcept {
  keeps_ = keep;
  ++pass_;
}

void kept_files::end_pass() {
  not_kept_.reset();
  if (!std::exchange(keeps_, false))
    return;
  std::erase_if(files_, [this](const auto& one) {
    return one.second.pass != pass_ || !one.second.file;
  });
}

fd& kept_files::of(kind what, uint32_t number) {
  const auto key = static_cast<uint64_t>(what) << 32 | number;
  auto found = files_.find(key);
  if (found == files_.end() && keeps_ && files_.size() < most_)
    found = files_.try_emplace(key).first;
  if (found == files_.end()) {
    not_kept_.reset();
    return not_kept_;
  }
  if (keeps_)
    found->second.pass = pass_;
  return found->second.file;
}

} // namespace hiisi::os
