#include "logs/live_file.hpp"

#include "logs/segment_file.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::logs {

namespace {

uint64_t size_of(int live) noexcept {
  struct stat is {};
  return ::fstat(live, &is) == 0 ? static_cast<uint64_t>(is.st_size) : 0;
}

} // namespace

bool is_whole(int live, uint64_t at, uint64_t bytes) noexcept {
  const auto hole = ::lseek(live, static_cast<off_t>(at), SEEK_HOLE);
  // Where it cannot be asked, there are no holes.
  return hole < 0 ? errno != ENXIO : static_cast<uint64_t>(hole) >= at + bytes;
}

uint64_t data_from(int live, uint64_t at) noexcept {
  const auto data = ::lseek(live, static_cast<off_t>(at), SEEK_DATA);
  if (data >= 0)
    return static_cast<uint64_t>(data);
  return errno == ENXIO ? std::max(at, size_of(live)) : at;
}

uint64_t hole_before(int live, uint64_t at) noexcept {
  struct stat is {};
  if (::fstat(live, &is) != 0 || is.st_blksize <= 0)
    return 0;
  return at - at % static_cast<uint64_t>(is.st_blksize);
}

bool holds_bytes_of(int live, uint64_t at, const directory& where,
                    const std::string& file) {
  auto there = segment_reader::open(where, file);
  if (!there)
    return false;
  std::vector<char> here;
  while (true) {
    const auto bytes = there->read();
    if (!bytes)
      return false;
    if (bytes->empty())
      return true;
    here.resize(bytes->size());
    for (size_t have = 0; have < here.size();) {
      const auto got = ::pread(live, here.data() + have, here.size() - have,
                               static_cast<off_t>(at + have));
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return false;
      have += static_cast<size_t>(got);
    }
    if (!std::ranges::equal(here, *bytes, [](char live_one, char theirs) {
          return live_one == theirs || live_one == '\0';
        }))
      return false;
    at += here.size();
  }
}

uint64_t goes_on_at(int live, const directory& where, std::string_view log,
                    const std::optional<segment>& last) {
  if (!last || last->next == 0 || size_of(live) < last->next)
    return 0;
  const auto hole = hole_before(live, last->next);
  if (hole > 0 && data_from(live, 0) >= hole)
    return last->next;
  return holds_bytes_of(live, last->begin, where, file_name(log, *last))
             ? last->next
             : 0;
}

} // namespace hiisi::logs
