#include "hiisi/command_context.hpp"
#include "hiisi/process_ports.hpp"
#include "hiisi/render_json.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"

#include <ostream>

namespace hiisi::cli {

exit_status perform(const context& around, const run_verb& what) {
  if (auto meant = value_taken_for_command(what, around.env))
    return fail(around, *meant, exit_status::usage);
  auto request = what.login ? make_login_run_request(what)
                            : make_run_request(what, around.env);
  if (!request)
    return fail(around, request.failure(), exit_status::refused);
  if (auto missing = missing_program(request->request))
    return fail(around, *missing, exit_status::refused);
  if (!request->left_out.empty()) {
    around.err << "hiisi: left out of the environment, not being UTF-8:";
    for (const std::string& name : request->left_out)
      around.err << ' ' << printable(name);
    around.err << std::endl;
  }
  return ask_for<protocol::process_started>(
      around, std::move(request->request),
      [&](protocol::process_started started) {
        if (around.global.json)
          around.out << json_started(started);
        else
          around.out << "started " << started.id << " ("
                     << printable(started.name) << ")"
                     << on_ports(started.ports) << '\n';
        return exit_status::done;
      });
}

} // namespace hiisi::cli
