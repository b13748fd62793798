#include "protocol/frame.hpp"

#include "protocol/limits.hpp"

#include <cassert>
#include <tuple>

namespace hiisi::protocol {

namespace {

constexpr size_t header_bytes = 4;

// An empty buffer larger than this goes back to the allocator, so that one
// large frame does not stay in memory for as long as its connection lives.
constexpr size_t kept_capacity = 64 * 1024;

uint32_t length_at(std::string_view buffer, size_t at) {
  uint32_t length = 0;
  for (size_t i = 0; i < header_bytes; ++i)
    length = (length << 8) | static_cast<unsigned char>(buffer[at + i]);
  return length;
}

} // namespace

std::string frame(std::string_view body) {
  assert(body.size() <= max_frame_bytes);
  std::string out;
  out.reserve(header_bytes + body.size());
  const auto begin = begin_frame(out);
  out += body;
  std::ignore = end_frame(out, begin);
  return out;
}

size_t begin_frame(std::string& out) {
  out.append(header_bytes, '\0');
  return out.size() - header_bytes;
}

bool end_frame(std::string& out, size_t begin) noexcept {
  const auto length = out.size() - begin - header_bytes;
  for (size_t i = 0; i < header_bytes; ++i)
    out[begin + i] = static_cast<char>((length >> (24 - 8 * i)) & 0xff);
  return length <= max_frame_bytes;
}

void frame_decoder::feed(std::string_view bytes) {
  if (oversize_)
    return;
  // Moving the rest to the front only once it is no longer than what has been
  // consumed keeps the work in proportion to the bytes received.
  if (begin_ > 0 && begin_ >= buffer_.size() - begin_) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
  inspect_header();
}

std::optional<std::string> frame_decoder::next() {
  if (oversize_ || buffered() < header_bytes)
    return std::nullopt;
  size_t length = length_at(buffer_, begin_);
  if (buffered() - header_bytes < length)
    return std::nullopt;
  auto body = buffer_.substr(begin_ + header_bytes, length);
  begin_ += header_bytes + length;
  if (begin_ == buffer_.size()) {
    begin_ = 0;
    if (buffer_.capacity() > kept_capacity)
      std::string{}.swap(buffer_);
    else
      buffer_.clear();
  }
  inspect_header();
  return body;
}

size_t count_frames(std::string_view bytes) noexcept {
  size_t count = 0;
  for (size_t at = 0; at + header_bytes <= bytes.size(); ++count)
    at += header_bytes + length_at(bytes, at);
  return count;
}

bool frame_decoder::partial() const noexcept {
  if (oversize_)
    return true;
  if (buffered() < header_bytes)
    return buffered() > 0;
  return buffered() - header_bytes < length_at(buffer_, begin_);
}

size_t frame_decoder::buffered() const noexcept {
  return buffer_.size() - begin_;
}

void frame_decoder::inspect_header() {
  if (oversize_ || buffered() < header_bytes)
    return;
  auto length = length_at(buffer_, begin_);
  if (length <= max_frame_bytes)
    return;
  oversize_ = length;
  std::string{}.swap(buffer_);
  begin_ = 0;
}

} // namespace hiisi::protocol
