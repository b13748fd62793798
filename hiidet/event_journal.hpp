#pragma once

#include "protocol/event.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hiisi::hiidet {

/// An event as the journal takes it: "NAME=value" each, with the message that
/// `journalctl` shows first. A newline in a value stays within its field.
[[nodiscard]] std::vector<std::string>
journal_fields(const protocol::event& what);

/// What passes events on to systemd's journal; empty where this daemon does not
/// run under systemd (its standard error is not the journal), since elsewhere
/// they would be lost without a word.
[[nodiscard]] std::function<void(const protocol::event&)> event_journal();

} // namespace hiisi::hiidet
