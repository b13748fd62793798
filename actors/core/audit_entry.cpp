#include "actors/core/audit_entry.hpp"

#include "protocol/json_writer.hpp"
#include "protocol/rfc3339.hpp"

#include <string>

namespace hiisi::core {

std::string audit_line(const audit_entry& entry) {
  protocol::json_writer out;
  out.raw(R"({"at":)").text(protocol::format_rfc3339(entry.at));
  out.raw(R"(,"uid":)").number(entry.uid);
  out.raw(R"(,"user":)").text(entry.user);
  if (entry.pid != 0) {
    out.raw(R"(,"pid":)").number(entry.pid);
    out.raw(R"(,"pid_uid":)").number(entry.pid_uid);
  }
  out.raw(R"(,"what":)").text(entry.what);
  out.raw(R"(,"object":)").text(entry.object);
  out.raw(R"(,"owner_uid":)").number(entry.owner_uid);
  out.raw(R"(,"owner":)").text(entry.owner);
  if (!entry.detail.empty())
    out.raw(R"(,"detail":)").text(entry.detail);
  out.raw("}\n");
  return std::move(out).take();
}

protocol::event event_of(const audit_entry& entry) {
  protocol::event e;
  e.at = entry.at;
  e.what = protocol::event_kind::port;
  e.uid = entry.owner_uid;
  e.user = entry.owner;
  if (entry.pid != 0)
    e.by
        = {protocol::event_cause::kind::user, entry.uid, entry.user, entry.pid};
  e.port = static_cast<uint16_t>(std::stoi(entry.object));
  e.text = entry.what.substr(entry.what.find('.') + 1)
           + (entry.detail.empty() ? "" : ": " + entry.detail);
  return e;
}

} // namespace hiisi::core
