#include "hiidet/descriptor_shares.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace hiisi::hiidet {

namespace {

constexpr size_t usual_reserve = 256;

/// Enough for thousands of processes, four for each.
constexpr size_t most_kept = 32'768;

} // namespace

descriptor_shares share_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return {usual_reserve, 0, usual_reserve};
  descriptor_shares out;
  out.reserve = std::min<size_t>(usual_reserve, limit.rlim_cur / 2);
  const auto left = limit.rlim_cur - out.reserve;
  out.kept_files = std::min(left / 4, most_kept);
  out.connections = left - out.kept_files;
  return out;
}

} // namespace hiisi::hiidet
