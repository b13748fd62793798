#pragma once

#include "hiisi/client.hpp"
#include "hiisi/environment.hpp"
#include "hiisi/exit_status.hpp"
#include "hiisi/options.hpp"
#include "hiisi/terminal.hpp"
#include "protocol/error.hpp"
#include "protocol/request.hpp"
#include "protocol/result.hpp"

#include <functional>
#include <iosfwd>
#include <string>

namespace hiisi::cli {

/// What a verb needs of the world around it.
struct context {
  global_options global;
  environment env;
  /// The caller's login name.
  std::string user;
  std::ostream& out;
  std::ostream& err;
  /// The descriptor behind `out`, for logs.
  int out_fd = 1;
  /// What the terminal behind `out` takes.
  layout how;
  /// Connects to the daemon; with `may_start` false none is started for it.
  std::function<protocol::result<client>(bool may_start)> reach;
  /// Asks the person at the terminal, who may say yes; null where nobody is
  /// there to answer.
  std::function<bool(const std::string& question)> confirm;
};

/// A request as this client makes it.
[[nodiscard]] protocol::request make_request(const context& around,
                                             protocol::command what);

/// Prints an error: "hiisi: message" and its hint on `err`, with `--json` also
/// the document {"error":...} on `out`. Returns `status`.
exit_status fail(const context& around, const protocol::error& problem,
                 exit_status status);

/// Prints an error on `err` alone, for one object of several.
void print_error(const context& around, const protocol::error& problem);

/// The exit status that fits a failed exchange.
[[nodiscard]] exit_status status_of(const client& connection,
                                    const protocol::error& problem);

/// Connects, asks, and hands the answer on if it is the one expected. Prints
/// whatever goes wrong.
template <class Answer, class Then>
exit_status ask_for(const context& around, protocol::command what, Then then);

exit_status perform(const context& around, const run_verb& what);
exit_status perform(const context& around, const status_verb& what);
exit_status perform(const context& around, const logs_verb& what);
exit_status perform(const context& around, const logs_clear_verb& what);
exit_status perform(const context& around, const action_verb& what);
exit_status perform(const context& around, const port_allocate_verb& what);
exit_status perform(const context& around, const port_free_verb& what);
exit_status perform(const context& around, const port_lookup_verb& what);
exit_status perform(const context& around, const port_check_verb& what);
exit_status perform(const context& around, const port_suggest_verb& what);
exit_status perform(const context& around, const port_keep_verb& what);
exit_status perform(const context& around, const port_transfer_verb& what);
exit_status perform(const context& around, const port_accept_verb& what);
exit_status perform(const context& around, const port_gc_verb& what);
exit_status perform(const context& around, const port_export_verb& what);
exit_status perform(const context& around, const shutdown_verb& what);
exit_status perform(const context& around, const version_verb& what);
exit_status perform(const context& around, const help_verb& what);
exit_status perform(const context& around, const events_verb& what);
exit_status perform(const context& around, const hook_add_verb& what);
exit_status perform(const context& around, const hook_list_verb& what);
exit_status perform(const context& around, const hook_remove_verb& what);
exit_status perform(const context& around, const debug_verb& what);
exit_status perform(const context& around, const quota_verb& what);
exit_status perform(const context& around, const doctor_verb& what);

// -- templates ----------------------------------------------------------------

/// An answer of a kind that the request does not have.
[[nodiscard]] protocol::error unexpected_answer();

template <class Answer, class Then>
exit_status ask_for(const context& around, protocol::command what, Then then) {
  auto connection = around.reach(true);
  if (!connection)
    return fail(around, connection.failure(), exit_status::no_daemon);
  auto answer = connection->ask(make_request(around, std::move(what)));
  if (!answer)
    return fail(around, answer.failure(),
                status_of(*connection, answer.failure()));
  if (auto* expected = std::get_if<Answer>(&*answer))
    return then(std::move(*expected));
  return fail(around, unexpected_answer(), exit_status::refused);
}

} // namespace hiisi::cli
