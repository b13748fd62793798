// Requests to JSON; decode_request.cpp has the way back.
#include "protocol/codec.hpp"
#include "protocol/codec_observe.hpp"
#include "protocol/finding_json.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/quota_json.hpp"
#include "protocol/quoting.hpp"

#include <type_traits>

namespace hiisi::protocol {

namespace {

std::string spaced(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty())
      out += ' ';
    out += word;
  }
  return out;
}

class request_encoder {
public:
  explicit request_encoder(const request& what)
      : ours_(what.version >= 2), out_(expected_bytes(what)) {
    out_.raw("{");
    // First, so that version_of finds it at once.
    if (ours_)
      out_.raw(R"("hiisi":{"protocol":)").number(what.version).raw("},");
    out_.raw(R"("cmd":)");
    std::visit([this](const auto& command) { write(command); }, what.what);
    out_.raw(R"(,"user":)").text(what.user).raw("}");
  }

  std::string take() && { return std::move(out_).take(); }

private:
  static size_t expected_bytes(const request& what) {
    size_t bytes = 256;
    if (auto* run = std::get_if<run_request>(&what.what)) {
      for (const auto& word : run->argv)
        bytes += 2 * word.size() + 8;
      for (const auto& [key, value] : *run->env)
        bytes += key.size() + value.size() + 8;
    }
    return bytes;
  }

  void write(const run_request& run) {
    auto cmd = spaced(run.argv);
    out_.raw(R"({"Run":{"cmd":)").text(cmd);
    out_.raw(R"(,"cwd":)").text(run.cwd).raw(R"(,"env":{)");
    std::string_view before;
    for (const auto& [key, value] : *run.env) {
      out_.raw(before).text(key).raw(":").text(value);
      before = ",";
    }
    out_.raw(R"(},"restart":)").boolean(run.restart != restart_policy::no);
    // What follows is ours. To a request in the old wire's name only what it
    // could not say is added.
    if (ours_ || split_words(cmd) != run.argv) {
      out_.raw(R"(,"argv":)");
      out_.array(run.argv, [this](const auto& word) { out_.text(word); });
    }
    if (ours_ || run.restart == restart_policy::on_failure)
      out_.raw(R"(,"policy":)").text(to_string(run.restart));
    if (run.name)
      out_.raw(R"(,"name":)").text(*run.name);
    if (run.stop_signal)
      out_.raw(R"(,"stop_signal":)").number(*run.stop_signal);
    if (run.stop_timeout)
      out_.raw(R"(,"stop_timeout_ms":)").number(run.stop_timeout->count());
    if (run.umask)
      out_.raw(R"(,"umask":)").number(*run.umask);
    if (run.log_bytes)
      out_.raw(R"(,"log_bytes":)").number(*run.log_bytes);
    if (run.log_keep)
      out_.raw(R"(,"log_keep":)").number(*run.log_keep);
    if (!run.ports.empty()) {
      out_.raw(R"(,"ports":)");
      out_.array(run.ports, [this](const auto& wish) { write(wish); });
    }
    if (run.listen)
      out_.raw(R"(,"listen":)").text(*run.listen);
    if (!run.limits.empty()) {
      std::string_view between = R"(,"limits":{)";
      for (const auto& [what, most] : run.limits) {
        out_.raw(between).text(to_string(what)).raw(":").number(most);
        between = ",";
      }
      out_.raw("}");
    }
    if (run.timestamps)
      out_.raw(R"(,"timestamps":true)");
    if (run.terminal)
      out_.raw(R"(,"terminal":true)");
    out_.raw("}}");
  }

  void write(const port_wish& wish) {
    out_.raw(R"({"port":)");
    if (wish.port)
      out_.number(*wish.port);
    else
      out_.raw("null");
    if (!wish.label.empty())
      out_.raw(R"(,"label":)").text(wish.label);
    if (wish.udp)
      out_.raw(R"(,"udp":true)");
    out_.raw("}");
  }

  void write(const stop_request& stop) { write_target("Stop", stop.what); }
  void write(const start_request& start) { write_target("Start", start.what); }
  void write(const restart_request& restart) {
    write_target("Restart", restart.what);
  }
  void write(const remove_request& remove) {
    out_.raw(R"({"Remove":{)");
    write_target(remove.what);
    if (remove.free_ports)
      out_.raw(R"(,"free_ports":)").boolean(*remove.free_ports);
    out_.raw("}}");
  }
  void write(const logs_request& logs) { write_target("Logs", logs.what); }

  void write(const status_request& status) {
    // The bare word means everyone's to the first Hiisi and one's own to us.
    if (!status.what && status.all == !ours_ && !status.usage) {
      out_.raw(R"("Status")");
      return;
    }
    out_.raw(R"({"Status":{"all":)").boolean(status.all);
    if (status.what) {
      out_.raw(",");
      write_target(*status.what);
    }
    if (status.usage)
      out_.raw(R"(,"usage":true)");
    out_.raw("}}");
  }

  void write(const port_allocate_request& allocate) {
    out_.raw(R"({"PortAllocate":{"port":)");
    write(allocate.port);
    if (allocate.count != 1)
      out_.raw(R"(,"count":)").number(allocate.count);
    if (allocate.contiguous)
      out_.raw(R"(,"contiguous":true)");
    if (!allocate.label.empty())
      out_.raw(R"(,"label":)").text(allocate.label);
    if (allocate.udp)
      out_.raw(R"(,"udp":true)");
    out_.raw("}}");
  }

  void write(const std::optional<uint16_t>& port) {
    if (port)
      out_.number(*port);
    else
      out_.raw("null");
  }

  void write(const port_free_request& free) {
    out_.raw(R"({"PortFree":{"port":)").number(free.port);
    if (free.force)
      out_.raw(R"(,"force":true)");
    out_.raw("}}");
  }

  void write(const port_lookup_request& lookup) {
    out_.raw(R"({"PortLookup":{"user":)");
    if (lookup.user)
      out_.text(*lookup.user);
    else
      out_.raw("null");
    out_.raw("}}");
  }

  void write(const events_request& what) { write_command(out_, what); }
  void write(const hook_add_request& what) { write_command(out_, what); }
  void write(const hook_list_request& what) { write_command(out_, what); }
  void write(const hook_remove_request& what) { write_command(out_, what); }
  void write(const debug_request& what) { write_command(out_, what); }
  void write(const quota_request& what) { write_command(out_, what); }
  void write(const doctor_request& what) { write_command(out_, what); }
  void write(const port_check_request& check) {
    out_.raw(R"({"PortCheck":{"port":)").number(check.port).raw("}}");
  }

  void write(const port_suggest_request& suggest) {
    out_.raw(R"({"PortSuggest":{"near":)");
    write(suggest.near);
    out_.raw(R"(,"count":)").number(suggest.count).raw("}}");
  }

  void write(const port_keep_request& keep) {
    out_.raw(R"({"PortKeep":{"port":)").number(keep.port);
    out_.raw(R"(,"keep":)").boolean(keep.keep).raw("}}");
  }

  void write(const port_transfer_request& transfer) {
    out_.raw(R"({"PortTransfer":{"port":)").number(transfer.port);
    out_.raw(R"(,"to":)");
    if (transfer.to)
      out_.text(*transfer.to);
    else
      out_.raw("null");
    out_.raw("}}");
  }

  void write(const port_accept_request& accept) {
    out_.raw(R"({"PortAccept":{"port":)").number(accept.port).raw("}}");
  }

  void write(const port_collect_request& collect) {
    out_.raw(R"({"PortCollect":{"dry_run":)").boolean(collect.dry_run);
    out_.raw("}}");
  }

  void write(const shutdown_request&) { out_.raw(R"("Shutdown")"); }
  void write(const version_request&) { out_.raw(R"("Version")"); }

  void write_target(std::string_view command, const target& what) {
    out_.raw("{").text(command).raw(":{");
    write_target(what);
    out_.raw("}}");
  }

  void write_target(const target& what) {
    if (auto* id = std::get_if<uint32_t>(&what))
      out_.raw(R"("id":)").number(*id);
    else
      out_.raw(R"("name":)").text(std::get<std::string>(what));
  }

  bool ours_;
  json_writer out_;
};

// Takes `token` and the white space around it from the front of `text`.
bool take(std::string_view& text, std::string_view token) noexcept {
  auto skip = [&] {
    while (!text.empty()
           && std::string_view{" \t\r\n"}.find(text.front()) != text.npos)
      text.remove_prefix(1);
  };
  skip();
  if (!text.starts_with(token))
    return false;
  text.remove_prefix(token.size());
  skip();
  return true;
}

} // namespace

std::string encode(const request& what) {
  return request_encoder{what}.take();
}

uint32_t version_of(std::string_view body) noexcept {
  // No parse, since the body may be anything and of any depth. A quotation
  // mark inside a string is escaped, so `"hiisi"` in the text is a whole
  // string, and with `:{"protocol":` after it a key.
  constexpr std::string_view key = R"("hiisi")";
  for (auto at = body.find(key); at != body.npos;
       at = body.find(key, at + key.size())) {
    auto rest = body.substr(at + key.size());
    if (!take(rest, ":") || !take(rest, "{") || !take(rest, R"("protocol")")
        || !take(rest, ":"))
      continue;
    uint64_t version = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9'
           && version <= UINT32_MAX) {
      version = version * 10 + static_cast<uint64_t>(rest.front() - '0');
      rest.remove_prefix(1);
    }
    return version >= 1 && version <= UINT32_MAX
               ? static_cast<uint32_t>(version)
               : 1;
  }
  return 1;
}

} // namespace hiisi::protocol
