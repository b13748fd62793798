#include "hiidet/event_journal.hpp"

#include <systemd/sd-journal.h>

#include <cstdlib>

#include <sys/uio.h>

namespace hiisi::hiidet {

namespace {

using protocol::event;
using protocol::event_cause;
using protocol::event_kind;
using protocol::exit_info;

/// One for all events, so that `journalctl MESSAGE_ID=...` finds them.
constexpr const char* message_id = "6d5b8e0c1f2a4c7e9b3d5f7081a2b3c4";

/// As syslog counts: 4 is a warning, 5 a notice, 6 information.
int priority_of(const event& what) {
  switch (what.what) {
  case event_kind::give_up:
  case event_kind::start_failed:
    return 4;
  case event_kind::refusal:
  case event_kind::hook:
  case event_kind::backoff:
    return 5;
  case event_kind::exit:
    return what.exit && what.exit->how == exit_info::kind::exited
                   && what.exit->value == 0
               ? 6
               : 5;
  default:
    return 6;
  }
}

std::string exit_of(const exit_info& end) {
  switch (end.how) {
  case exit_info::kind::exited:
    return "status " + std::to_string(end.value);
  case exit_info::kind::signaled:
    return "signal " + std::to_string(end.value)
           + (end.out_of_memory ? ", out of memory" : "");
  case exit_info::kind::unknown:
    break;
  }
  return "status unknown";
}

std::string message_of(const event& what) {
  std::string out{to_string(what.what)};
  if (what.id != 0)
    out += " of process " + std::to_string(what.id) + " (" + what.name + ")";
  if (what.port)
    out += " " + std::to_string(*what.port);
  if (!what.user.empty())
    out += ", " + what.user + "'s";
  if (what.exit)
    out += ": " + exit_of(*what.exit);
  if (!what.text.empty())
    out += ": " + what.text;
  return out;
}

} // namespace

std::vector<std::string> journal_fields(const event& what) {
  std::vector<std::string> fields = {
      "MESSAGE=" + message_of(what),
      std::string{"MESSAGE_ID="} + message_id,
      "PRIORITY=" + std::to_string(priority_of(what)),
      "SYSLOG_IDENTIFIER=hiidet",
      "HIISI_EVENT=" + std::string{to_string(what.what)},
      "HIISI_NUMBER=" + std::to_string(what.number),
      "HIISI_BY=" + std::string{to_string(what.by.who)},
  };
  const auto add = [&](const char* name, const auto& value) {
    if constexpr (requires { std::to_string(value); })
      fields.push_back(std::string{name} + "=" + std::to_string(value));
    else
      fields.push_back(std::string{name} + "=" + value);
  };
  if (what.uid) {
    add("HIISI_UID", *what.uid);
    add("HIISI_USER", what.user);
  }
  if (what.id != 0) {
    add("HIISI_ID", what.id);
    add("HIISI_NAME", what.name);
  }
  if (what.run != 0)
    add("HIISI_RUN", what.run);
  if (what.by.who == event_cause::kind::user) {
    add("HIISI_BY_UID", what.by.uid);
    add("HIISI_BY_USER", what.by.user);
    add("HIISI_BY_PID", what.by.pid);
  }
  if (what.exit) {
    add("HIISI_EXIT", std::string{to_string(what.exit->how)});
    add("HIISI_EXIT_VALUE", what.exit->value);
    add("HIISI_CORE_DUMPED", what.exit->core_dumped ? 1 : 0);
  }
  if (what.used) {
    add("HIISI_CPU_USER_US", what.used->user.count());
    add("HIISI_CPU_SYSTEM_US", what.used->system.count());
    add("HIISI_MAX_RSS_BYTES", what.used->max_rss);
  }
  if (what.delay)
    add("HIISI_DELAY_MS", what.delay->count());
  if (what.port)
    add("HIISI_PORT", *what.port);
  return fields;
}

std::function<void(const event&)> event_journal() {
  if (std::getenv("JOURNAL_STREAM") == nullptr)
    return {};
  return [](const event& what) {
    auto fields = journal_fields(what);
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (auto& field : fields)
      parts.push_back({field.data(), field.size()});
    // What the journal does not take stands in our own log all the same.
    ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
  };
}

} // namespace hiisi::hiidet
