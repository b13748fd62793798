// Responses to JSON; decode_response.cpp has the way back.
#include "protocol/codec.hpp"
#include "protocol/codec_observe.hpp"
#include "protocol/finding_json.hpp"
#include "protocol/frame.hpp"
#include "protocol/json_pieces.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/port_json.hpp"
#include "protocol/quota_json.hpp"
#include "protocol/quoting.hpp"
#include "protocol/signals.hpp"
#include "protocol/usage_json.hpp"

#include <algorithm>

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
  response_encoder(std::string begun, const response& what, uint32_t version)
      : ours_(version >= 2), out_(std::move(begun), expected_bytes(what)) {
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
    size_t bytes = 256;
    if (auto* list = std::get_if<status_list>(&what.what))
      for (const auto& entry : list->entries)
        bytes += rough_size(entry);
    if (auto* list = std::get_if<port_list>(&what.what))
      bytes += list->entries.size() * 192;
    return bytes;
  }

  void write(const process_started& started) {
    out_.raw(R"({"Ok":{"ProcessStarted":{"id":)").number(started.id);
    if (ours_) {
      out_.raw(R"(,"name":)").text(started.name);
      write_ports(started.ports);
    }
    out_.raw("}}");
  }

  void write_ports(const std::vector<process_port>& ports) {
    if (ports.empty())
      return;
    out_.raw(R"(,"ports":)");
    out_.array(ports, [this](const process_port& one) {
      out_.raw(R"({"port":)").number(one.port);
      if (!one.label.empty())
        out_.raw(R"(,"label":)").text(one.label);
      if (one.udp)
        out_.raw(R"(,"udp":true)");
      if (one.named)
        out_.raw(R"(,"named":true)");
      if (one.unused_since) {
        out_.raw(R"(,"unused_since":)");
        write_time(out_, *one.unused_since);
      }
      out_.raw("}");
    });
  }

  void write(const process_stopped&) { out_.raw(R"({"Ok":"ProcessStopped")"); }

  void write(const process_removed& removed) {
    const auto number = [this](uint16_t port) { out_.number(port); };
    if (!ours_) {
      out_.raw(R"({"Ok":"ProcessStopped")");
    } else if (removed == process_removed{}) {
      out_.raw(R"({"Ok":"ProcessRemoved")");
    } else {
      out_.raw(R"({"Ok":{"ProcessRemoved":{"freed_ports":)");
      out_.array(removed.freed_ports, number);
      out_.raw(R"(,"kept_ports":)");
      out_.array(removed.kept_ports, number);
      out_.raw("}}");
    }
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
    out_.raw(R"(,"cmd":)");
    write_command(entry.argv);
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

  /// As shell_join() has it, which nearly always changes nothing.
  void write_command(const std::vector<std::string>& argv) {
    if (argv.empty() || argv.front().find('=') != std::string::npos
        || !std::all_of(argv.begin(), argv.end(), is_plain)) {
      out_.text(shell_join(argv));
      return;
    }
    std::string_view before = "\"";
    for (const auto& word : argv) {
      out_.raw(before).raw(word);
      before = " ";
    }
    out_.raw("\"");
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
      if (end.out_of_memory)
        out_.raw(R"(,"out_of_memory":true)");
      if (end.memory_max)
        out_.raw(R"(,"memory_max":)").number(*end.memory_max);
      out_.raw("}");
    }
    if (!entry.reason.empty())
      out_.raw(R"(,"reason":)").text(entry.reason);
    if (entry.next_restart)
      out_.raw(R"(,"next_restart_ns":)").number(entry.next_restart->count());
    write_ports(entry.ports);
    if (entry.held)
      out_.raw(R"(,"held":true)");
    if (entry.timestamps)
      out_.raw(R"(,"timestamps":true)");
    if (entry.terminal)
      out_.raw(R"(,"terminal":true)");
    if (!entry.usage.empty()) {
      out_.raw(R"(,"usage":)");
      write_usage(out_, entry.usage.front());
    }
  }

  void write(wall_time when) { write_time(out_, when); }

  void write(const log_paths& logs) {
    out_.raw(R"({"Ok":{"Logs":{"stdout":)").text(logs.standard_output);
    out_.raw(R"(,"stderr":)").text(logs.standard_error).raw("}}");
  }

  void write(const port_allocated& allocated) {
    out_.raw(R"({"Ok":{"PortAllocated":{"port":)").number(allocated.port);
    if (ours_ && !allocated.more.empty()) {
      out_.raw(R"(,"more":)");
      out_.array(allocated.more, [this](uint16_t port) { out_.number(port); });
    }
    out_.raw("}}");
  }

  void write(const port_freed&) { out_.raw(R"({"Ok":"PortFreed")"); }

  void write(const port_list& list) {
    out_.raw(R"({"Ok":)");
    write_port_list(out_, list, ours_);
  }

  void write(const port_report& report) {
    write_new([&] { write_port_report(out_, report); });
  }
  void write(const port_suggestions& all) {
    write_new([&] { write_port_suggestions(out_, all); });
  }
  void write(const port_changed& changed) {
    write_new([&] { write_port_changed(out_, changed); });
  }
  void write(const port_collection& what) {
    write_new([&] { write_port_collection(out_, what); });
  }

  void write(const event_list& what) { write_ours(what); }
  void write(const hook_list& what) { write_ours(what); }
  void write(const hook_added& what) { write_ours(what); }
  void write(const hook_removed& what) { write_ours(what); }
  void write(const debug_report& what) { write_ours(what); }
  void write(const quota_report& what) { write_ours(what); }
  void write(const doctor_report& what) { write_ours(what); }

  template <class Answer>
  void write_ours(const Answer& what) {
    if (ours_)
      write_answer(out_, what);
    else
      write(make_error(errc::internal, "this command needs a newer client"));
  }

  void write(const version_info& info) {
    write_new([&] {
      out_.raw(R"({"Version":{"version":)").text(info.version);
      out_.raw(R"(,"protocol":)").number(info.protocol);
      out_.raw(R"(,"pid":)").number(info.pid);
      out_.raw(R"(,"uid":)").number(info.uid);
      out_.raw(R"(,"system":)").boolean(info.system).raw("}}");
    });
  }

  /// What no shape of the first Hiisi's comes near.
  template <class Write>
  void write_new(Write write_data) {
    if (!ours_) {
      write(make_error(errc::unknown_command,
                       "this command needs a newer client"));
      return;
    }
    out_.raw(R"({"Ok":)");
    write_data();
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
  return response_encoder{{}, what, version}.take();
}

void append_frame(std::string& out, const response& what, uint32_t version) {
  const auto begin = begin_frame(out);
  out = response_encoder{std::move(out), what, version}.take();
  if (end_frame(out, begin))
    return;
  out.resize(begin);
  append_frame(out,
               {make_error(errc::limit_exceeded,
                           "the answer is longer than a frame may be",
                           "ask for one process at a time"),
                false},
               version);
}

size_t rough_size(const status_entry& entry) noexcept {
  // What is in every entry takes up to 370 bytes.
  size_t bytes = 400 + entry.user.size() + entry.name.size() + entry.cwd.size()
                 + entry.reason.size();
  for (const auto& word : entry.argv)
    bytes += 2 * word.size() + 6; // Once in cmd, once in argv.
  return bytes;
}

} // namespace hiisi::protocol
