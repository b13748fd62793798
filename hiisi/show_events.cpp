#include "hiisi/point_in_time.hpp"
#include "hiisi/render_events.hpp"
#include "hiisi/verbs.hpp"

#include <ostream>

namespace hiisi::cli {

namespace {

/// How many are shown where nothing is said.
constexpr uint64_t usual_events = 100;

/// Prints events as they come. With `--json` one document, or with `-f`, which
/// has no end, one for each event on a line of its own.
class event_printer {
public:
  event_printer(const context& around, bool follow)
      : around_(around), follow_(follow) {}

  bool take(const protocol::event_list& list) {
    for (const auto& event : list.entries)
      print(event);
    if (follow_)
      around_.out.flush();
    return around_.out.good();
  }

  void finish() {
    if (around_.global.json && !follow_)
      around_.out << (any_ ? "]}\n" : "{\"events\":[]}\n");
    else if (!any_ && !around_.global.json)
      around_.err << "no events\n";
  }

private:
  void print(const protocol::event& event) {
    if (!around_.global.json)
      around_.out << render_event(event, around_.user, around_.how);
    else if (follow_)
      around_.out << protocol::encode_event(event) << '\n';
    else
      around_.out << (any_ ? ",\n" : "{\"events\":[")
                  << protocol::encode_event(event);
    any_ = true;
  }

  const context& around_;
  bool follow_;
  bool any_ = false;
};

} // namespace

exit_status perform(const context& around, const events_verb& what) {
  protocol::events_request request;
  request.what = what.what;
  request.user = what.user;
  request.follow = what.follow;
  request.last = what.last;
  if (what.since) {
    auto since = parse_since(
        *what.since, std::chrono::time_point_cast<std::chrono::nanoseconds>(
                         std::chrono::system_clock::now()));
    if (!since)
      return fail(around, since.failure(), exit_status::usage);
    request.since = *since;
  } else if (!what.last) {
    request.last = usual_events;
  }
  auto connection = around.reach(true);
  if (!connection)
    return fail(around, connection.failure(), exit_status::no_daemon);
  event_printer printer{around, what.follow};
  bool understood = true;
  auto done = connection->stream(
      make_request(around, std::move(request)), [&](protocol::payload part) {
        const auto* list = std::get_if<protocol::event_list>(&part);
        understood = list != nullptr;
        return understood && printer.take(*list);
      });
  if (!done)
    return fail(around, done.failure(), status_of(*connection, done.failure()));
  if (!understood)
    return fail(around, unexpected_answer(), exit_status::refused);
  printer.finish();
  return exit_status::done;
}

} // namespace hiisi::cli
