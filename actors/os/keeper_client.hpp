#pragma once

#include "actors/os/fd.hpp"
#include "protocol/keeper_wire.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace hiisi::os {

/// Sockets of a process, in the order of its ports; null for none. Whoever
/// passes them on lets others have them, too.
using sockets_ptr = std::shared_ptr<const std::vector<fd>>;

/// One connection to hiisi-keeper, and the gates of the children that it has
/// forked for us. connect(), then run() on a thread of the owner's; after run()
/// has returned, the owner may connect() and run() again. It says nothing by
/// itself: the `hello` is the owner's to send.
class keeper_client {
public:
  explicit keeper_client(std::string socket_path);

  /// What came in, with the descriptors that rode along.
  using listener
      = std::function<void(const keeper_wire::message&, sockets_ptr)>;

  keeper_client(const keeper_client&) = delete;
  keeper_client& operator=(const keeper_client&) = delete;
  /// run() must have returned.
  ~keeper_client() = default;

  /// Connects, in place of an earlier connection, whose unsent messages are
  /// dropped. Not while run() runs. Errors: `unavailable` when no keeper
  /// listens, `not_permitted`, `invalid_argument` for a path that is too long.
  [[nodiscard]] protocol::result<void> connect();

  /// Sends a message, with descriptors riding along where there are any. May
  /// be called from any thread and never blocks: what the socket does not take
  /// now, run() sends later, in order. Without a connection the message is
  /// dropped: after a loss the greeting tells what the keeper holds.
  void send(const keeper_wire::message& message, sockets_ptr attached = {});

  /// Sends a `spawn` with this launch block and a gate, whose other end stays
  /// here until the child's is closed: then `started` or `start_failed` is
  /// told, or nothing where the child died without a word. Always before the
  /// child's end is.
  void spawn(const keeper_wire::message& message, fd launch_block);

  /// Opens the gate of `id`; nothing happens where it is not shut any more.
  void release(uint32_t id);

  /// Reads messages until the connection is lost or stop() is called, and
  /// calls `on_message` for each, `on_lost` after a loss (not after stop()).
  /// Gates that are still shut are then given up, which ends the children.
  void run(const listener& on_message, const std::function<void()>& on_lost);

  /// Makes run() return, now or, if it is not running, at its next call. From
  /// any thread, also from `on_message`.
  void stop();

  /// How many messages wait for the socket to take them. From any thread.
  [[nodiscard]] size_t queued();

private:
  struct outgoing {
    keeper_wire::message message;
    sockets_ptr attached;
  };
  struct gate {
    uint32_t run = 0;
    fd end;
  };

  /// Sends from the backlog what the socket takes. With `mutex_` held.
  void flush();
  void wake();
  /// False at the end of the connection.
  bool read_messages(const listener& on_message);
  /// Tells what the child has said, all of it, and closes the gate.
  void close_gate(uint32_t id, const listener& on_message);

  std::string path_;
  fd wake_;
  fd epoll_;
  std::mutex mutex_;
  // What is below is guarded by mutex_; socket_ is replaced only while run()
  // does not run.
  fd socket_;
  std::deque<outgoing> backlog_;
  /// What run() waits for besides news: EPOLLOUT, or nothing.
  uint32_t awaited_room_ = 0;
  std::unordered_map<uint32_t, gate> gates_;
  bool stopping_ = false;
};

} // namespace hiisi::os
