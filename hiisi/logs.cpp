#include "hiisi/logs.hpp"

#include "hiisi/read_at.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::cli {

lines_begin last_lines_begin(int fd, off_t begin, off_t end, uint64_t lines) {
  if (lines == 0)
    return {end, 0};
  std::array<char, block_bytes> block;
  uint64_t seen = 0;
  const off_t size = end;
  while (end > begin) {
    const auto from
        = std::max<off_t>(begin, end - static_cast<off_t>(block_bytes));
    const auto wanted = static_cast<size_t>(end - from);
    const auto got = read_at(fd, block.data(), wanted, from);
    if (got <= 0)
      return {from, 0};
    for (auto i = got; i-- > 0;) {
      const off_t at = from + i;
      if (block[static_cast<size_t>(i)] != '\n' || at == size - 1)
        continue;
      if (++seen == lines)
        return {at + 1, 0};
    }
    end = from;
  }
  return {begin, lines - seen};
}

} // namespace hiisi::cli
