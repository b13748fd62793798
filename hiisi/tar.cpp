#include "hiisi/tar.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <numeric>

namespace hiisi::cli {

namespace {

constexpr size_t block = 512;

/// Writes an octal number of `width` bytes, the last a NUL.
void octal(char* at, size_t width, uint64_t value) {
  for (size_t i = width - 1; i-- > 0; value /= 8)
    at[i] = static_cast<char>('0' + value % 8);
}

} // namespace

void tar_writer::add(std::string_view name, std::string_view contents) {
  // POSIX.1-1988, ustar: name 100, mode 8, uid 8, gid 8, size 12, mtime 12,
  // checksum 8, type 1, link 100, magic 6, version 2, and what we leave empty.
  std::array<char, block> head{};
  name.substr(0, 99).copy(head.data(), 99);
  octal(head.data() + 100, 8, 0600);
  octal(head.data() + 108, 8, 0);
  octal(head.data() + 116, 8, 0);
  octal(head.data() + 124, 12, contents.size());
  octal(head.data() + 136, 12, modified_);
  std::memset(head.data() + 148, ' ', 8);
  head[156] = '0';
  std::memcpy(head.data() + 257,
              "ustar\0"
              "00",
              8);
  const auto sum = std::accumulate(
      head.begin(), head.end(), uint64_t{0},
      [](uint64_t s, char c) { return s + static_cast<unsigned char>(c); });
  octal(head.data() + 148, 7, sum);
  out_.append(head.data(), block).append(contents);
  out_.append((block - contents.size() % block) % block, '\0');
}

std::string tar_writer::finish() && {
  out_.append(2 * block, '\0');
  return std::move(out_);
}

} // namespace hiisi::cli
