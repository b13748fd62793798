#pragma once

#include "actors/messages/common.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/request.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <memory>
#include <string>

// What the session takes.

namespace hiisi::actors {

/// From the broker: one frame has come in.
struct frame_received {
  std::string body;
};
/// From the broker: the connection is gone; nothing can be sent any more.
struct connection_lost {};
/// To the request_decoder: a body that takes its time to read.
struct decode_body {
  caf::actor session;
  uint64_t sequence = 0;
  std::string body;
};
/// To the session: what request `sequence` turned out to be.
struct body_decoded {
  uint64_t sequence = 0;
  protocol::result<std::shared_ptr<protocol::request>> what{nullptr};
  /// In which version it is to be answered.
  uint32_t version = 0;
};
/// To the request_decoder: much memory is not used any more.
struct memory_freed {};
/// From the broker: someone who had requests to answer has failed, so what is
/// not answered in a while never will be. To the broker, from the
/// host_supervisor: the same for every session.
struct someone_failed {};
/// INTERNAL: give up what has been waiting since before the failure.
struct deadline {
  uint64_t sequence = 0;
};
/// From anybody with a ticket: the answer to request `sequence`.
struct answer {
  uint64_t sequence = 0;
  std::shared_ptr<protocol::payload> what;
};
/// From the user_directory.
struct identified {
  /// As asked: by uid, or by login name where that is not empty.
  uint32_t uid = 0;
  std::string name;
  protocol::result<identity_ptr> who{identity_ptr{}};
};

/// From whoever answers a request in parts (events that are followed): one
/// part, which goes out as a frame. Whoever sent it waits for `stream_more`
/// before the next one, so that a slow reader holds no more than one part.
struct answer_part {
  uint64_t sequence = 0;
  std::shared_ptr<protocol::payload> what;
  bool last = false;
};
/// From the broker: the client has taken all that was written.
struct output_taken {};
/// INTERNAL: send the answers that are ready by now.
struct send_answers {};

} // namespace hiisi::actors
