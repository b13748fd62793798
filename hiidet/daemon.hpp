#pragma once

#include "actors/os/directories.hpp"
#include "actors/os/fd.hpp"
#include "actors/os/unix_listener.hpp"
#include "hiidet/configuration.hpp"
#include "hiidet/doctor_facts.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace hiisi::hiidet {

/// The actors, put together: from here on the daemon works by itself.
class daemon {
public:
  /// Reads what is on disk and starts every actor. Returns once the keeper has
  /// said what it holds and clients are being served. `http_socket` is one to
  /// serve HTTP at that listens already, if it is any; `source` is where
  /// `settings` are from. Errors:
  /// `storage_failed` (the state directory cannot be read), `unavailable` (no
  /// keeper answers).
  static protocol::result<std::unique_ptr<daemon>>
  start(const os::places& where, const configuration& settings,
        const os::unix_listener& listener, std::string version,
        os::fd http_socket, configuration_source source);

  virtual ~daemon() = default;

  /// Takes what has changed in the configuration, and reads the registry anew.
  virtual void reload(const configuration& settings) = 0;

  /// Puts on record that something has happened which no actor knows of.
  virtual void note(protocol::event what) = 0;

  /// What `hiisi debug config` shows from now on: a JSON object.
  virtual void show(std::string configuration) = 0;

  /// Whether those that must always answer do so within `patience`.
  virtual bool alive(std::chrono::milliseconds patience) = 0;

  /// Has everything that was acknowledged reach the disk, if that takes no
  /// longer than `patience`. The process is to end right after, by _exit:
  /// there is nothing that only an orderly end would save.
  virtual void flush(std::chrono::milliseconds patience) = 0;
};

} // namespace hiisi::hiidet
