#include "hiisi/debug_bundle.hpp"
#include "hiisi/render_report.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"
#include "protocol/json_writer.hpp"

#include <ostream>

namespace hiisi::cli {

namespace {

exit_status print_report(const context& around,
                         const protocol::debug_report& report) {
  if (around.global.json) {
    around.out << report.json << '\n';
    return exit_status::done;
  }
  const auto parsed = protocol::parse_json(report.json);
  if (!parsed)
    return fail(around, parsed.failure(), exit_status::refused);
  around.out << render_report(*parsed, around.how);
  return exit_status::done;
}

/// Prints what actors say to one another, a line each; with `--json` each as
/// an object of its own, since there may be no end.
bool print_trace(const context& around, const std::string& json) {
  const auto parsed = protocol::parse_json(json);
  const auto* messages = parsed.ok() ? member_of(*parsed, "messages") : nullptr;
  const auto* items
      = messages ? std::get_if<protocol::json_value::array>(&messages->data)
                 : nullptr;
  if (!items)
    return false;
  for (const auto& message : *items) {
    if (around.global.json) {
      protocol::json_writer out;
      protocol::write_json(out, message);
      around.out << std::move(out).take() << '\n';
    } else {
      around.out << render_traced(message);
    }
  }
  around.out.flush();
  return around.out.good();
}

exit_status follow_trace(const context& around, client& connection,
                         const debug_verb& what) {
  auto done = connection.stream(
      make_request(
          around,
          protocol::debug_request{what.topic, {}, what.user, what.follow}),
      [&](protocol::payload part) {
        const auto* report = std::get_if<protocol::debug_report>(&part);
        return report && print_trace(around, report->json);
      });
  return done ? exit_status::done
              : fail(around, done.failure(),
                     status_of(connection, done.failure()));
}

} // namespace

exit_status perform(const context& around, const debug_verb& what) {
  auto connection = around.reach(true);
  if (!connection)
    return fail(around, connection.failure(), exit_status::no_daemon);
  if (what.topic == "bundle")
    return write_bundle(around, *connection, what.file);
  if (what.topic == "trace")
    return follow_trace(around, *connection, what);
  auto answer = connection->ask(make_request(
      around, protocol::debug_request{what.topic, what.actor, {}, false}));
  if (!answer)
    return fail(around, answer.failure(),
                status_of(*connection, answer.failure()));
  const auto* report = std::get_if<protocol::debug_report>(&*answer);
  return report ? print_report(around, *report)
                : fail(around, unexpected_answer(), exit_status::refused);
}

} // namespace hiisi::cli
