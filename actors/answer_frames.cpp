#include "actors/answer_frames.hpp"

#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"

#include <utility>

namespace hiisi::actors {

namespace {

size_t rough_size(const protocol::status_entry& entry) {
  size_t bytes = 400 + entry.cwd.size() + entry.reason.size();
  for (const auto& word : entry.argv)
    bytes += 2 * word.size() + 3; // Once in cmd, once in argv.
  return bytes;
}

} // namespace

std::string frame_of(protocol::response what, uint32_t version) {
  auto body = protocol::encode(what, version);
  if (body.size() > protocol::max_frame_bytes)
    body = protocol::encode(
        {protocol::make_error(protocol::errc::limit_exceeded,
                              "the answer is longer than a frame may be",
                              "ask for one process at a time"),
         false},
        version);
  return protocol::frame(body);
}

std::string frames_of(protocol::payload&& what, uint32_t version) {
  auto* list = std::get_if<protocol::status_list>(&what);
  if (!list || version < 2)
    return frame_of({std::move(what), false}, version);
  std::string out;
  protocol::status_list part;
  size_t bytes = 0;
  for (auto& entry : list->entries) {
    const auto size = rough_size(entry);
    if (!part.entries.empty() && bytes + size > protocol::stream_frame_bytes) {
      out += frame_of({std::move(part), true}, version);
      part.entries.clear();
      bytes = 0;
    }
    bytes += size;
    part.entries.push_back(std::move(entry));
  }
  return out + frame_of({std::move(part), false}, version);
}

} // namespace hiisi::actors
