#include "hiisi/verbs.hpp"

#include "hiisi/help.hpp"
#include "hiisi/render_json.hpp"
#include "hiisi/text.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <ostream>

namespace hiisi::cli {

protocol::request make_request(const context& around, protocol::command what) {
  return {std::move(what), around.user, protocol::protocol_version};
}

void print_error(const context& around, const protocol::error& problem) {
  // A reason may end in the last lines of a program's output.
  std::string_view rest = problem.message;
  std::string_view head = "hiisi: ";
  do {
    size_t end = std::min(rest.find('\n'), rest.size());
    around.err << head << printable(rest.substr(0, end)) << '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
    head = "  ";
  } while (!rest.empty());
  if (!problem.hint.empty())
    around.err << "  hint: " << printable(problem.hint) << '\n';
  around.err.flush();
}

exit_status fail(const context& around, const protocol::error& problem,
                 exit_status status) {
  print_error(around, problem);
  if (around.global.json)
    around.out << json_error(problem);
  return status;
}

exit_status status_of(const client& connection,
                      const protocol::error& problem) {
  return connection.lost() ? exit_status::no_daemon
                           : exit_status_of(problem.code);
}

protocol::error unexpected_answer() {
  return protocol::make_error(protocol::errc::bad_request,
                              "the daemon's answer belongs to another request",
                              "hiisi version shows whether both are of one "
                              "release");
}

exit_status perform(const context& around, const shutdown_verb&) {
  return ask_for<protocol::process_stopped>(
      around, protocol::shutdown_request{}, [&](protocol::process_stopped) {
        if (around.global.json)
          around.out << "{\"stopped\":true}\n";
        else
          around.out << "every process has ended; nothing is started until "
                        "hiidet is\n";
        return exit_status::done;
      });
}

exit_status perform(const context& around, const version_verb& what) {
  std::optional<protocol::version_info> daemon;
  if (what.ask_daemon) {
    if (auto connection = around.reach(false)) {
      auto answer
          = connection->ask(make_request(around, protocol::version_request{}));
      if (!answer)
        return fail(around, answer.failure(),
                    status_of(*connection, answer.failure()));
      auto* info = std::get_if<protocol::version_info>(&*answer);
      if (!info)
        return fail(around, unexpected_answer(), exit_status::refused);
      daemon = *info;
    }
  }
  if (around.global.json) {
    around.out << json_version(HIISI_VERSION, daemon);
    return exit_status::done;
  }
  around.out << "hiisi " HIISI_VERSION "\n";
  if (daemon)
    around.out << "hiidet " << printable(daemon->version) << " ("
               << (daemon->system ? "the host's" : "your own") << ", pid "
               << daemon->pid << ", uid " << daemon->uid << ", protocol "
               << daemon->protocol << ")\n";
  else if (what.ask_daemon)
    around.out << "hiidet is not running\n";
  return exit_status::done;
}

exit_status perform(const context& around, const help_verb& what) {
  std::string_view text = help_text(what.topic);
  if (around.global.json)
    around.out << json_help(what.topic, text);
  else
    around.out << text;
  return exit_status::done;
}

} // namespace hiisi::cli
