#include "actors/request_decoder.hpp"

#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"
#include "actors/os/memory.hpp"
#include "protocol/codec.hpp"
#include "protocol/limits.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <utility>

namespace hiisi::actors {

namespace {

/// What is made of a request is free again about so long after it.
constexpr std::chrono::seconds until_free{1};

class decoder_state {
public:
  static inline const char* name = "request_decoder";

  explicit decoder_state(caf::event_based_actor* self) : self_(self) {}

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return std::to_string(decoded_) + " long requests"; }, {}},
        [this](decode_body& m) {
          ++decoded_;
          body_decoded out{m.sequence, std::shared_ptr<protocol::request>{},
                           protocol::protocol_version};
          auto decoded = protocol::decode_request(m.body);
          if (decoded.ok()) {
            out.version = decoded->version;
            out.what = std::make_shared<protocol::request>(std::move(*decoded));
          } else {
            out.version = protocol::version_of(m.body);
            out.what = std::move(decoded).failure();
          }
          tell(self_, m.session, std::move(out));
          give_back_soon();
        },
        [this](memory_freed) { give_back_soon(); },
        [this](sweep) {
          sweeping_ = false;
          os::give_back_free_memory();
        });
  }

private:
  void give_back_soon() {
    if (!std::exchange(sweeping_, true))
      tell_self_after(self_, until_free, sweep{});
  }

  caf::event_based_actor* self_;
  uint64_t decoded_ = 0;
  bool sweeping_ = false;
};

caf::behavior request_decoder(caf::stateful_actor<decoder_state>* self) {
  return state_of(self).make_behavior();
}

} // namespace

caf::actor spawn_request_decoder(caf::actor_system& system, bool detached) {
  return detached ? system.spawn<caf::detached>(request_decoder)
                  : system.spawn(request_decoder);
}

} // namespace hiisi::actors
