#include "actors/answer_frames.hpp"

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace hiisi::actors {

namespace {

/// `parts` are the ones that the list is made of.
template <class List, class Part>
void append_list(std::string& out, List&& list, std::vector<Part> List::*parts,
                 uint32_t version) {
  List frame;
  size_t bytes = 0;
  for (auto& part : list.*parts) {
    const auto size = protocol::rough_size(part);
    if (!(frame.*parts).empty()
        && bytes + size > protocol::stream_frame_bytes) {
      protocol::append_frame(out, {std::move(frame), true}, version);
      frame = {};
      bytes = 0;
    }
    bytes += size;
    (frame.*parts).push_back(std::move(part));
  }
  protocol::append_frame(out, {std::move(frame), false}, version);
}

} // namespace

void append_frames(std::string& out, protocol::payload&& what,
                   uint32_t version) {
  if (auto* list = std::get_if<protocol::status_list>(&what);
      list && version >= 2)
    append_list(out, std::move(*list), &protocol::status_list::entries,
                version);
  else if (auto* written = std::get_if<protocol::written_status_list>(&what))
    append_list(out, std::move(*written), &protocol::written_status_list::rows,
                version);
  else
    protocol::append_frame(out, {std::move(what), false}, version);
}

} // namespace hiisi::actors
