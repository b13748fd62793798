#include "actors/answer_frames.hpp"

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"

#include <utility>

namespace hiisi::actors {

namespace {

bool fits_one_frame(const protocol::status_list& list) {
  size_t bytes = 0;
  for (const auto& entry : list.entries)
    bytes += protocol::rough_size(entry);
  return bytes <= protocol::stream_frame_bytes;
}

} // namespace

void append_frames(std::string& out, protocol::payload&& what,
                   uint32_t version) {
  auto* list = std::get_if<protocol::status_list>(&what);
  if (!list || version < 2 || fits_one_frame(*list)) {
    protocol::append_frame(out, {std::move(what), false}, version);
    return;
  }
  protocol::status_list part;
  size_t bytes = 0;
  for (auto& entry : list->entries) {
    const auto size = protocol::rough_size(entry);
    if (!part.entries.empty() && bytes + size > protocol::stream_frame_bytes) {
      protocol::append_frame(out, {std::move(part), true}, version);
      part = {};
      bytes = 0;
    }
    bytes += size;
    part.entries.push_back(std::move(entry));
  }
  protocol::append_frame(out, {std::move(part), false}, version);
}

} // namespace hiisi::actors
