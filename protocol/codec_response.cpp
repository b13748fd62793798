// Responses to JSON; decode_response.cpp has the way back.
#include "protocol/codec.hpp"
#include "protocol/codec_observe.hpp"
#include "protocol/finding_json.hpp"
#include "protocol/frame.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/port_json.hpp"
#include "protocol/quota_json.hpp"
#include "protocol/status_json.hpp"

namespace hiisi::protocol {

namespace {

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
    if (auto* list = std::get_if<written_status_list>(&what.what))
      for (const auto& row : list->rows)
        bytes += rough_size(row);
    if (auto* list = std::get_if<port_list>(&what.what))
      bytes += list->entries.size() * 192;
    return bytes;
  }

  void write(const process_started& started) {
    out_.raw(R"({"Ok":{"ProcessStarted":{"id":)").number(started.id);
    if (ours_) {
      out_.raw(R"(,"name":)").text(started.name);
      write_process_ports(out_, started.ports);
    }
    out_.raw("}}");
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
    out_.array(list.entries, [this](const status_entry& entry) {
      write_status_entry(out_, entry, ours_);
    });
    out_.raw("}");
  }

  void write(const written_status_list& list) {
    write_new([&] {
      out_.raw(R"({"Status":)");
      out_.array(list.rows, [this](const written_status_list::row& row) {
        write_status_row(out_, row);
      });
      out_.raw("}");
    });
  }

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

} // namespace hiisi::protocol
