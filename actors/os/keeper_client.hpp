#pragma once

#include "actors/os/fd.hpp"
#include "protocol/keeper_wire.hpp"
#include "protocol/result.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <string>

namespace hiisi::os {

/// One connection to hiisi-keeper. connect(), then run() on a thread of the
/// owner's; after run() has returned, the owner may connect() and run()
/// again. It says nothing by itself: the `hello` is the owner's to send.
class keeper_client {
public:
  explicit keeper_client(std::string socket_path);

  keeper_client(const keeper_client&) = delete;
  keeper_client& operator=(const keeper_client&) = delete;
  /// run() must have returned.
  ~keeper_client() = default;

  /// Connects, in place of an earlier connection, whose unsent messages are
  /// dropped. Not while run() runs. Errors: `unavailable` when no keeper
  /// listens, `not_permitted`, `invalid_argument` for a path that is too long.
  [[nodiscard]] protocol::result<void> connect();

  /// Sends a message, with a descriptor riding along where there is one. May
  /// be called from any thread and never blocks: what the socket does not
  /// take now, run() sends later, in order. Without a connection the message
  /// is dropped: after a loss the greeting tells what the keeper holds.
  void send(const keeper_wire::message& message, fd attachment = {});

  /// Reads messages until the connection is lost or stop() is called, and
  /// calls `on_message` for each, `on_lost` after a loss (not after stop()).
  void run(const std::function<void(const keeper_wire::message&)>& on_message,
           const std::function<void()>& on_lost);

  /// Makes run() return, now or, if it is not running, at its next call. From
  /// any thread, also from `on_message`.
  void stop();

  /// How many messages wait for the socket to take them. From any thread.
  [[nodiscard]] size_t queued();

private:
  struct outgoing {
    keeper_wire::message message;
    fd attachment;
  };

  /// Sends from the backlog what the socket takes. With `mutex_` held.
  void flush();
  void wake();
  /// False at the end of the connection.
  bool read_messages(
      const std::function<void(const keeper_wire::message&)>& on_message);

  std::string path_;
  fd wake_;
  std::mutex mutex_;
  // What is below is guarded by mutex_; socket_ is replaced only while run()
  // does not run.
  fd socket_;
  std::deque<outgoing> backlog_;
  bool stopping_ = false;
};

} // namespace hiisi::os
