// Responses to JSON; decode_response.cpp has the way back.
#include "protocol/codec.hpp"
#include "protocol/codec_observe.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/quoting.hpp"
#include "protocol/rfc3339.hpp"
#include "protocol/signals.hpp"
#include "protocol/usage_json.hpp"

#include <algorithm>
#include <array>

namespace hiisi::protocol {

namespace {

// The status of an end as the first Hiisi writes it: what is no exit status
// goes as text.
struct old_status {
  std::optional<int> exited;
  std::string failed;
};

old_status old_status_of(const status_entry& entry) {
  const auto& end = entry.last_exit;
  auto unknown = [&](std::string_view what) {
    return old_status{std::nullopt,
                      std::string{what}
                          + (entry.full
                                 ? " (status unknown)"
                                 : " (status shown to its owner alone)")};
  };
  auto known = end && end->how != exit_info::kind::unknown;
  if (entry.state == process_state::stopped) {
    if (!known)
      return unknown("stopped");
    // As a shell counts: 128 and the signal.
    auto by_signal = end->how == exit_info::kind::signaled;
    return {end->value + (by_signal ? 128 : 0), {}};
  }
  if (entry.state == process_state::failed && !entry.reason.empty())
    return {std::nullopt, entry.reason};
  if (known && end->how == exit_info::kind::signaled)
    return {std::nullopt, "killed by " + signal_name(end->value)
                              + (end->core_dumped ? " (core dumped)" : "")};
  if (entry.state == process_state::failed)
    return {std::nullopt, "failed"};
  if (!known)
    return unknown("exited");
  return {end->value, {}};
}

bool is_up(process_state state) {
  return state == process_state::starting || state == process_state::running
         || state == process_state::backoff || state == process_state::stopping;
}

// An error on one line, for clients that know text alone.
std::string one_line(const error& reason) {
  return reason.hint.empty() ? reason.message
                             : reason.message + ": " + reason.hint;
}

class response_encoder {
public:
  response_encoder(const response& what, uint32_t version)
      : ours_(version >= 2), out_(expected_bytes(what)) {
    std::visit([this](const auto& data) { write(data); }, what.what);
    if (ours_) {
      out_.raw(R"(,"hiisi":{"protocol":)").number(protocol_version).raw("}");
      if (what.more)
        out_.raw(R"(,"more":true)");
    }
    out_.raw("}");
  }

  std::string take() && { return std::move(out_).take(); }

private:
  static size_t expected_bytes(const response& what) {
    // What an entry takes beside its texts, rounded up.
    constexpr size_t entry_bytes = 640;
    if (auto* list = std::get_if<status_list>(&what.what))
      return 256 + list->entries.size() * entry_bytes;
    if (auto* list = std::get_if<port_list>(&what.what))
      return 256 + list->entries.size() * 128;
    return 256;
  }

  void write(const process_started& started) {
    out_.raw(R"({"Ok":{"ProcessStarted":{"id":)").number(started.id);
    if (ours_)
      out_.raw(R"(,"name":)").text(started.name);
    out_.raw("}}");
  }

  void write(const process_stopped&) { out_.raw(R"({"Ok":"ProcessStopped")"); }

  void write(const process_removed&) {
    out_.raw(ours_ ? R"({"Ok":"ProcessRemoved")" : R"({"Ok":"ProcessStopped")");
  }

  void write(const status_list& list) {
    out_.raw(R"({"Ok":{"Status":)");
    out_.array(list.entries, [this](const auto& entry) { write(entry); });
    out_.raw("}");
  }

  void write(const status_entry& entry) {
    auto up = std::max(entry.uptime, std::chrono::nanoseconds{0}).count();
    out_.raw(R"({"id":)").number(entry.id);
    out_.raw(R"(,"user":)").text(entry.user);
    out_.raw(R"(,"uptime":{"secs":)").number(up / 1'000'000'000);
    out_.raw(R"(,"nanos":)").number(up % 1'000'000'000);
    out_.raw(R"(},"cwd":)").text(entry.cwd);
    out_.raw(R"(,"cmd":)").text(shell_join(entry.argv));
    out_.raw(R"(,"status":)");
    if (is_up(entry.state)) {
      out_.raw(R"("Running")");
    } else if (auto old = old_status_of(entry); old.exited) {
      out_.raw(R"({"Exited":)").number(*old.exited).raw("}");
    } else {
      out_.raw(R"({"Failed":)").text(old.failed).raw("}");
    }
    if (ours_)
      write_our_part(entry);
    out_.raw("}");
  }

  void write_our_part(const status_entry& entry) {
    out_.raw(R"(,"name":)").text(entry.name);
    out_.raw(R"(,"uid":)").number(entry.uid);
    out_.raw(R"(,"state":")").raw(to_string(entry.state));
    out_.raw(R"(","argv":)");
    out_.array(entry.argv, [this](const auto& word) { out_.text(word); });
    out_.raw(R"(,"full":)").boolean(entry.full);
    out_.raw(R"(,"policy":")").raw(to_string(entry.policy));
    out_.raw(R"(","restarts":)").number(entry.restarts);
    out_.raw(R"(,"pid":)").number(entry.pid);
    out_.raw(R"(,"created":)");
    write(entry.created);
    if (entry.last_exit) {
      const auto& end = *entry.last_exit;
      out_.raw(R"(,"last_exit":{"kind":")").raw(to_string(end.how));
      out_.raw(R"(","value":)").number(end.value);
      out_.raw(R"(,"core_dumped":)").boolean(end.core_dumped);
      out_.raw(R"(,"at":)");
      write(end.at);
      out_.raw("}");
    }
    if (!entry.reason.empty())
      out_.raw(R"(,"reason":)").text(entry.reason);
    if (entry.next_restart)
      out_.raw(R"(,"next_restart_ns":)").number(entry.next_restart->count());
    if (!entry.usage.empty()) {
      out_.raw(R"(,"usage":)");
      write_usage(out_, entry.usage.front());
    }
  }

  void write(wall_time when) {
    std::array<char, rfc3339_bytes> text;
    write_rfc3339(text.data(), when);
    out_.raw("\"").raw({text.data(), text.size()}).raw("\"");
  }

  void write(const log_paths& logs) {
    out_.raw(R"({"Ok":{"Logs":{"stdout":)").text(logs.standard_output);
    out_.raw(R"(,"stderr":)").text(logs.standard_error).raw("}}");
  }

  void write(const port_allocated& allocated) {
    out_.raw(R"({"Ok":{"PortAllocated":{"port":)").number(allocated.port);
    out_.raw("}}");
  }

  void write(const port_freed&) { out_.raw(R"({"Ok":"PortFreed")"); }

  void write(const port_list& list) {
    out_.raw(R"({"Ok":{"PortList":)");
    out_.array(list.entries, [this](const port_entry& entry) {
      out_.raw(R"({"port":)").number(entry.port);
      out_.raw(R"(,"user":)").text(entry.user);
      out_.raw(R"(,"active":)").boolean(entry.active);
      out_.raw(R"(,"allocated_at":)");
      write(entry.allocated_at);
      out_.raw("}");
    });
    out_.raw("}");
  }

  void write(const event_list& what) { write_ours(what); }
  void write(const hook_list& what) { write_ours(what); }
  void write(const hook_added& what) { write_ours(what); }
  void write(const hook_removed& what) { write_ours(what); }
  void write(const debug_report& what) { write_ours(what); }

  template <class Answer>
  void write_ours(const Answer& what) {
    if (ours_)
      write_answer(out_, what);
    else
      write(make_error(errc::internal, "this command needs a newer client"));
  }

  void write(const version_info& info) {
    if (!ours_) {
      // No shape of the first Hiisi's comes near.
      write(make_error(errc::unknown_command,
                       "this command needs a newer client"));
      return;
    }
    out_.raw(R"({"Ok":{"Version":{"version":)").text(info.version);
    out_.raw(R"(,"protocol":)").number(info.protocol);
    out_.raw(R"(,"pid":)").number(info.pid);
    out_.raw(R"(,"uid":)").number(info.uid);
    out_.raw(R"(,"system":)").boolean(info.system).raw("}}");
  }

  void write(const error& reason) {
    out_.raw(R"({"Error":)").text(one_line(reason));
    if (!ours_)
      return;
    out_.raw(R"(,"error":{"code":")").raw(to_string(reason.code));
    out_.raw(R"(","message":)").text(reason.message);
    out_.raw(R"(,"hint":)").text(reason.hint).raw("}");
  }

  bool ours_;
  json_writer out_;
};

} // namespace

std::string encode(const response& what, uint32_t version) {
  return response_encoder{what, version}.take();
}

} // namespace hiisi::protocol
