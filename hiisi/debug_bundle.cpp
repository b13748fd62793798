#include "hiisi/debug_bundle.hpp"

#include "hiisi/render_json.hpp"
#include "hiisi/render_report.hpp"
#include "hiisi/tar.hpp"
#include "hiisi/text.hpp"
#include "protocol/json_writer.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <ostream>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;

constexpr std::string_view topics[] = {
    "actors", "connections", "keeper", "timers", "registry", "config", "trace"};

/// Of how many actors the state is put in: more would be thousands of alike.
constexpr size_t most_states = 500;

std::string file_name(std::time_t now) {
  std::tm parts{};
  ::localtime_r(&now, &parts);
  char text[64];
  const auto size
      = std::strftime(text, sizeof text, "hiisi-debug-%Y%m%d-%H%M%S", &parts);
  return std::string(text, size);
}

/// The ids in a report of actors.
std::vector<uint64_t> actors_in(const std::string& json) {
  std::vector<uint64_t> ids;
  const auto parsed = protocol::parse_json(json);
  const auto* list = parsed.ok() ? member_of(*parsed, "actors") : nullptr;
  const auto* items
      = list ? std::get_if<protocol::json_value::array>(&list->data) : nullptr;
  if (!items)
    return ids;
  for (const auto& actor : *items)
    if (const auto* id = member_of(actor, "id"))
      if (const auto* number = std::get_if<uint64_t>(&id->data);
          number && ids.size() < most_states)
        ids.push_back(*number);
  return ids;
}

/// Adds one answer, as JSON and as text; an error as what it says.
void add(tar_writer& archive, const std::string& name,
         const protocol::payload& answer) {
  if (const auto* report = std::get_if<protocol::debug_report>(&answer)) {
    archive.add(name + ".json", report->json + "\n");
    if (const auto parsed = protocol::parse_json(report->json))
      archive.add(name + ".txt", render_report(*parsed, {}));
  } else if (const auto* problem = std::get_if<protocol::error>(&answer)) {
    archive.add(name + ".error", problem->message + "\n");
  }
}

std::string events_text(const protocol::event_list& list) {
  std::string lines;
  for (const auto& event : list.entries)
    lines += protocol::encode_event(event) + "\n";
  return lines;
}

protocol::result<void> write_new(const std::string& path,
                                 std::string_view bytes) {
  const descriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  const auto failed = [&] {
    return make_error(errc::storage_failed,
                      "cannot write " + printable(path) + ": "
                          + std::strerror(errno),
                      "give another file: hiisi debug bundle FILE");
  };
  if (!file)
    return failed();
  while (!bytes.empty()) {
    const auto wrote = ::write(file.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return failed();
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return {};
}

} // namespace

exit_status write_bundle(const context& around, client& connection,
                         const std::optional<std::string>& file) {
  const auto now = std::time(nullptr);
  const auto name = file_name(now);
  const auto path = file.value_or(name + ".tar");
  tar_writer archive{static_cast<uint64_t>(now)};
  std::vector<uint64_t> actors;
  std::optional<protocol::error> refusal;
  const auto ask = [&](std::vector<protocol::request> requests,
                       const auto& take) -> protocol::result<void> {
    return connection.exchange(requests, take);
  };
  std::vector<protocol::request> first;
  for (const auto topic : topics)
    first.push_back(make_request(
        around, protocol::debug_request{std::string{topic}, {}, {}, false}));
  auto done = ask(std::move(first), [&](size_t i, protocol::payload answer) {
    if (const auto* problem = std::get_if<protocol::error>(&answer);
        problem && problem->code == errc::not_permitted)
      refusal = *problem;
    if (const auto* report = std::get_if<protocol::debug_report>(&answer);
        report && topics[i] == "actors")
      actors = actors_in(report->json);
    add(archive, name + "/" + std::string{topics[i]}, answer);
  });
  if (done && refusal)
    return fail(around, *refusal, exit_status::denied);
  if (done) {
    std::vector<protocol::request> states;
    for (const auto id : actors)
      states.push_back(make_request(
          around, protocol::debug_request{"actor", id, {}, false}));
    done = ask(std::move(states), [&](size_t i, protocol::payload answer) {
      // One that has ended meanwhile is no loss.
      if (const auto* report = std::get_if<protocol::debug_report>(&answer))
        if (const auto parsed = protocol::parse_json(report->json))
          archive.add(name + "/actor/" + std::to_string(actors[i]) + ".ron",
                      render_report(*parsed, {}));
    });
  }
  if (done) {
    protocol::events_request events;
    events.last = 1000;
    done = ask({make_request(around, protocol::version_request{}),
                make_request(around, std::move(events))},
               [&](size_t, protocol::payload answer) {
                 if (const auto* info
                     = std::get_if<protocol::version_info>(&answer))
                   archive.add(name + "/version.json",
                               json_version(HIISI_VERSION, *info));
                 else if (const auto* list
                          = std::get_if<protocol::event_list>(&answer))
                   archive.add(name + "/events.jsonl", events_text(*list));
               });
  }
  if (!done)
    return fail(around, done.failure(), status_of(connection, done.failure()));
  if (auto written = write_new(path, std::move(archive).finish()); !written)
    return fail(around, written.failure(), exit_status::refused);
  if (around.global.json) {
    protocol::json_writer out;
    out.raw(R"({"file":)").text(path).raw("}\n");
    around.out << std::move(out).take();
  } else {
    around.out << "wrote " << printable(path) << '\n';
  }
  return exit_status::done;
}

} // namespace hiisi::cli
