#include "actors/socket_broker.hpp"

#include "actors/caf_compat.hpp"
#include "actors/connection_admission.hpp"
#include "actors/connection_table.hpp"
#include "actors/core/user_turn.hpp"
#include "actors/observed.hpp"
#include "fault/crash_point.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"

#include <caf/io/broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

namespace hiisi::actors {

namespace {

using caf::io::connection_handle;
using caf::io::receive_policy;
using connection = client_connection;

/// How soon a client that keeps us waiting is looked at. A healthy one has
/// caught up by then, and nothing wakes up after it any more.
constexpr std::chrono::seconds first_sweep{1};
/// How often stalled clients are looked for, while any keeps us waiting.
constexpr std::chrono::seconds sweep_interval{10};
/// A frame that began must be whole, and an answer begun be taken, within this.
constexpr std::chrono::seconds stall_patience{30};

/// A client that leaves so much of its answers unread gets no more of them.
constexpr size_t most_unread = 256 * 1024;
constexpr size_t small_read = 4096;
constexpr size_t large_read = 65536;

class broker_state {
public:
  static inline const char* name = "socket_broker";

  explicit broker_state(caf::io::broker* self) : self_(self) {}

  void init(const doorman_maker& doorman, broker_setup setup) {
    setup_ = std::move(setup);
    setup_.neighbours.broker = self_;
    admission_.emplace(self_, setup_.neighbours, setup_.limits, setup_.policy);
    tell(self_, setup_.neighbours.host, watch_failures{self_});
    auto made = doorman(self_->system().middleman().backend());
    acceptor_ = made->hdl();
    self_->add_doorman(std::move(made));
    self_->set_down_handler([this](caf::down_msg& m) { session_down(m); });
  }

  caf::behavior make_behavior() {
    using namespace caf::io;
    // An exception here would take the whole service down, so each handler
    // ends at most the connection it works for.
    return observed(
        self_, "broker", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](const new_connection_msg& m) {
          guarded(m.handle, [&] { welcome(m.handle); });
        },
        [this](new_data_msg& m) { guarded(m.handle, [&] { receive(m); }); },
        [this](const data_transferred_msg& m) {
          guarded(m.handle, [&] { transferred(m); });
        },
        [this](const connection_closed_msg& m) { forget(m.handle); },
        [this](frames_ready& m) {
          if (const auto handle = connections_.with_serial(m.connection))
            guarded(*handle, [&] { send(*handle, m); });
        },
        [this](sweep&) { look_for_stalled(); },
        [this](someone_failed&) { look_for_unanswered(); },
        [this](limit_connections& m) {
          admission_->shares().reconfigure(m.limits, std::move(m.policy));
        },
        [this](const identified& m) { admission_->learn(m); },
        [this](const count_use& m) { admission_->count(m); },
        [](ping m) { return m; }, [](const acceptor_closed_msg&) {});
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(connections_.size()) + " connections"
           + (paused_ ? ", no more for now" : "");
  }

  core::ron::value whole() const {
    const auto now = self_->clock().now();
    std::vector<core::ron::value> all;
    for (const auto& [handle, c] : connections_.all())
      all.push_back(c.portrait(now));
    return core::ron::struct_builder{"socket_broker"}
        .add("most", setup_.connections)
        .add("per_user", usage().settings().connections_per_user)
        .add("paused", paused_)
        .add("connections", core::ron::value::list(std::move(all)))
        .build();
  }

  core::usage_table& usage() { return admission_->usage(); }
  const core::usage_table& usage() const { return admission_->usage(); }

  template <class Work>
  void guarded(connection_handle handle, Work work) {
    try {
      work();
    } catch (...) {
      drop(handle);
    }
  }

  void welcome(connection_handle handle) {
    const auto peer = setup_.peer(static_cast<int>(handle.id()));
    if (!peer || !admission_->admit(*peer)) {
      setup_.neighbours.tallies->connection_refused();
      turn_away(handle, peer);
      return;
    }
    auto& c = connections_.add(handle, *peer, self_->clock().now());
    setup_.neighbours.tallies->connection_opened(c.uid);
    connections_.give_session(handle,
                              spawn_session(*self_, setup_.neighbours,
                                            setup_.facts, c.serial, *peer));
    self_->monitor(c.session);
    if (connections_.size() >= setup_.connections
        && !std::exchange(paused_, true))
      self_->halt(acceptor_);
    self_->ack_writes(handle, true);
    self_->configure_read(handle, receive_policy::at_most(small_read));
  }

  void turn_away(connection_handle handle,
                 const std::optional<os::credentials>& peer) {
    say_last(handle,
             peer ? admission_->shares().too_many_connections(peer->uid)
                  : protocol::make_error(protocol::errc::not_permitted,
                                         "this hiidet does not serve you"));
    self_->close(handle);
  }

  /// In words that every version of the protocol has.
  void say_last(connection_handle handle, protocol::error why) {
    const auto bytes
        = protocol::frame(protocol::encode({std::move(why), false}, 1));
    self_->write(handle, bytes.size(), bytes.data());
    self_->flush(handle);
  }

  void receive(caf::io::new_data_msg& m) {
    auto* found = connections_.find(m.handle);
    if (!found)
      return;
    auto& c = *found;
    const auto before = c.decoder.buffered();
    c.decoder.feed({m.buf.data(), m.buf.size()});
    const auto taken = c.decoder.buffered();
    c.note_held();
    const auto fits = taken <= before || usage().take(c.uid, taken - before);
    if (taken < before)
      usage().give_back(c.uid, before - taken);
    if (!hand_on(m.handle, c))
      return;
    if (!fits) {
      admission_->note_refusal({0, c.uid, 0}, "too many bytes in flight");
      refuse(m.handle, admission_->shares().too_many_bytes(c.uid));
      return;
    }
    const auto large = c.decoder.buffered() > small_read;
    if (large != c.reads_large) {
      c.reads_large = large;
      self_->configure_read(
          m.handle, receive_policy::at_most(large ? large_read : small_read));
    }
    // A chunk that does not fill its buffer is all that the client has sent.
    // To ask for more does not make up for answers that are left unread.
    if (!c.decoder.partial() && c.output == 0)
      c.stalled_since.reset();
    else if (c.decoder.partial()
             && m.buf.size() < (large ? large_read : small_read))
      expect_progress(c);
  }

  /// Hands whole frames to the session, as far as its user's turn goes; the
  /// rest in the next one. False where the connection is over.
  bool hand_on(connection_handle handle, connection& c) {
    auto& now = turns_[c.uid];
    const auto before = c.decoder.buffered();
    size_t handed_on = 0;
    while (!now.over() && c.output < most_unread) {
      auto body = c.decoder.next();
      if (!body)
        break;
      now.spend(body->size());
      handed_on += body->size();
      ++c.frames;
      setup_.neighbours.tallies->frame_received();
      HIISI_CRASH_POINT("request.received");
      tell(self_, c.session, frame_received{std::move(*body)});
    }
    c.requests += handed_on;
    // The headers of frames do not count; what is too long is held no more.
    usage().give_back(c.uid, before - c.decoder.buffered() - handed_on);
    if (c.decoder.oversize()) {
      refuse(handle, protocol::make_error(
                         protocol::errc::bad_frame,
                         "a frame of " + std::to_string(*c.decoder.oversize())
                             + " bytes was announced; at most 16777216 are "
                               "taken"));
      return false;
    }
    if (now.over() && c.has_more() && !std::exchange(c.in_line, true))
      now.wait(c.serial);
    if (now.over())
      ask_for_turn(c.uid, now);
    return true;
  }

  /// The host_supervisor answers when it has come to what was handed on, as the
  /// sessions have, with whom it takes turns.
  void ask_for_turn(uint32_t uid, core::user_turn& now) {
    if (!now.ask())
      return;
    const auto go_on = [this, uid] { begin_turn(uid); };
    ask<ping>(
        self_, setup_.neighbours.host, ping{}, [go_on](ping) { go_on(); },
        go_on);
  }

  void begin_turn(uint32_t uid) {
    auto i = turns_.find(uid);
    if (i == turns_.end())
      return;
    auto& now = i->second;
    now.begin();
    while (const auto serial = now.next()) {
      const auto handle = connections_.with_serial(*serial);
      if (!handle)
        continue;
      guarded(*handle, [&] {
        auto& c = connections_.at(*handle);
        c.in_line = false;
        if (hand_on(*handle, c) && c.decoder.partial())
          expect_progress(c);
      });
    }
    if (now.untouched())
      turns_.erase(uid);
  }

  /// Answers outside of the order of requests, and hangs up: what was asked
  /// before on this connection is not answered any more.
  void refuse(connection_handle handle, protocol::error why) {
    if (connections_.at(handle).output > 0) {
      // It takes no answers, so it would not take this one, and CAF would wait
      // for it with all that is still to be sent.
      drop(handle);
      return;
    }
    say_last(handle, std::move(why));
    forget(handle);
    self_->close(handle);
  }

  void send(connection_handle handle, frames_ready& m) {
    auto& c = connections_.at(handle);
    const auto settled = std::min(m.done, c.requests);
    c.requests -= settled;
    usage().give_back(c.uid, settled);
    c.output += m.bytes.size();
    c.note_held();
    const auto fits = usage().take(c.uid, m.bytes.size());
    if (!fits || c.output > usage().settings().output_per_connection) {
      drop(handle);
      return;
    }
    c.wants_more = m.wants_more;
    self_->write(handle, m.bytes.size(), m.bytes.data());
    self_->flush(handle);
    // Where it has yet to take what came before, nothing need be heard of it
    // any more.
    if (c.output > m.bytes.size() || c.output >= most_unread)
      expect_progress(c);
    HIISI_CRASH_POINT("answer.sent");
    setup_.neighbours.tallies->frames_sent(protocol::count_frames(m.bytes));
  }

  void transferred(const caf::io::data_transferred_msg& m) {
    auto* found = connections_.find(m.handle);
    if (!found)
      return;
    auto& c = *found;
    const auto remaining = static_cast<size_t>(m.remaining);
    if (remaining < c.output) {
      usage().give_back(c.uid, c.output - remaining);
      c.output = remaining;
    }
    c.stalled_since.reset();
    if (c.output == 0 && std::exchange(c.wants_more, false))
      tell(self_, c.session, output_taken{});
    if (c.output < most_unread && c.has_more() && !c.in_line
        && !hand_on(m.handle, c))
      return;
    if (c.output > 0 || c.decoder.partial())
      expect_progress(c);
    if (c.has_let_go_of_much())
      give_memory_back();
  }

  void give_memory_back() {
    if (setup_.neighbours.decoder)
      tell(self_, setup_.neighbours.decoder, memory_freed{});
  }

  /// A client that owes us something is looked at again before long. While
  /// none does there is no timer, and nothing wakes up.
  void expect_progress(connection& c) {
    c.expect_progress(self_->clock().now());
    sweep_after(first_sweep);
  }

  void sweep_after(std::chrono::seconds delay) {
    if (std::exchange(sweeping_, true))
      return;
    tell_self_after(self_, delay, sweep{});
  }

  void look_for_stalled() {
    sweeping_ = false;
    for (const auto& handle :
         connections_.stalled_for(stall_patience, self_->clock().now()))
      drop(handle);
    if (connections_.any_stalled())
      sweep_after(sweep_interval);
  }

  /// Requests that were with somebody who failed would wait for ever.
  void look_for_unanswered() {
    for (const auto& [handle, c] : connections_.all())
      if (c.requests > 0)
        tell(self_, c.session, someone_failed{});
  }

  void session_down(const caf::down_msg& m) {
    if (const auto handle = connections_.with_session(m.source))
      drop(*handle);
  }

  /// Ends a connection at once. CAF tells nobody of a close that we asked
  /// for, so everything is cleaned up here.
  void drop(connection_handle handle) {
    setup_.cut(static_cast<int>(handle.id()));
    forget(handle);
    self_->close(handle);
  }

  void forget(connection_handle handle) {
    auto* c = connections_.find(handle);
    if (!c)
      return;
    if (c->used_much_memory())
      give_memory_back();
    usage().give_back(c->uid, c->held());
    usage().disconnect(c->uid);
    setup_.neighbours.tallies->connection_closed(c->uid);
    tell(self_, c->session, connection_lost{});
    connections_.erase(handle);
    if (connections_.size() < setup_.connections
        && std::exchange(paused_, false))
      self_->trigger(acceptor_);
  }

  caf::io::broker* self_;
  broker_setup setup_;
  caf::io::accept_handle acceptor_;
  /// No more are accepted until some have ended.
  bool paused_ = false;
  std::optional<connection_admission> admission_;
  connection_table connections_;
  std::unordered_map<uint32_t, core::user_turn> turns_;
  bool sweeping_ = false;
};

caf::behavior
socket_broker(caf::stateful_actor<broker_state, caf::io::broker>* self,
              const doorman_maker& doorman, broker_setup setup) {
  auto& state = state_of(self);
  state.init(doorman, std::move(setup));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_socket_broker(caf::actor_system& system, doorman_maker doorman,
                               broker_setup setup) {
  return system.middleman().spawn_broker(socket_broker, std::move(doorman),
                                         std::move(setup));
}

} // namespace hiisi::actors
