#include "hiidet/registry_report.hpp"

#include "actors/core/port_text.hpp"
#include "actors/os/file.hpp"
#include "actors/os/sock_diag.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/json_writer.hpp"

#include <map>
#include <string>

namespace hiisi::hiidet {

namespace {

/// What is known of one port, by whom.
struct known_port {
  std::string in_file;
  std::string in_memory;
  /// The uid of who holds it, with the protocol.
  std::string in_kernel;
};

uint32_t uid_of(const std::string& user) {
  const auto found = os::find_user_by_name(user, {});
  return found ? found->uid : core::unknown_uid;
}

} // namespace

std::string compare_registry(const std::string& path,
                             const protocol::payload& memory) {
  std::map<uint16_t, known_port> ports;
  std::string file_state = "read";
  if (const auto text = os::read_file(path, core::max_registry_bytes)) {
    if (const auto table = core::read_ports(*text, path, uid_of))
      for (const auto& [port, a] : table->entries())
        ports[port].in_file = a.user;
    else
      file_state = table.failure().message;
  } else {
    file_state = text.failure().code == protocol::errc::not_found
                     ? "not there yet"
                     : text.failure().message;
  }
  std::string memory_state = "read";
  if (const auto* list = std::get_if<protocol::port_list>(&memory))
    for (const auto& entry : list->entries) {
      // Listeners without an allocation are the kernel's to tell.
      if (entry.use != protocol::port_use::unregistered)
        ports[entry.port].in_memory = entry.user;
    }
  else if (const auto* why = std::get_if<protocol::error>(&memory))
    memory_state = why->message;
  std::string kernel_state = "read";
  if (const auto listeners = os::list_listeners()) {
    for (const auto& l : *listeners) {
      if (l.connected || l.port < protocol::min_port)
        continue;
      auto& held = ports[l.port].in_kernel;
      const auto text = std::string{l.udp ? "udp" : "tcp"} + " uid "
                        + std::to_string(l.uid);
      // Once for both families.
      if (held.find(text) == held.npos)
        held += (held.empty() ? "" : ", ") + text;
    }
  } else {
    kernel_state = listeners.failure().message;
  }
  protocol::json_writer out{256 + ports.size() * 120};
  out.raw(R"({"path":)").text(path);
  out.raw(R"(,"file":)").text(file_state);
  out.raw(R"(,"memory":)").text(memory_state);
  out.raw(R"(,"kernel":)").text(kernel_state).raw(R"(,"ports":)");
  const auto text_or_null = [&](const std::string& text) {
    if (text.empty())
      out.raw("null");
    else
      out.text(text);
  };
  out.array(ports, [&](const auto& entry) {
    const auto& [port, known] = entry;
    out.raw(R"({"port":)").number(port).raw(R"(,"in_file":)");
    text_or_null(known.in_file);
    out.raw(R"(,"in_memory":)");
    text_or_null(known.in_memory);
    out.raw(R"(,"in_kernel":)");
    text_or_null(known.in_kernel);
    out.raw(R"(,"agree":)").boolean(known.in_file == known.in_memory).raw("}");
  });
  out.raw("}");
  return std::move(out).take();
}

} // namespace hiisi::hiidet
