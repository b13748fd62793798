#include "hiisi/program.hpp"

#include "hiisi/options.hpp"
#include "hiisi/verbs.hpp"

#include <ostream>

namespace hiisi::cli {

exit_status run_program(std::span<const std::string> words,
                        const surroundings& around) {
  auto parsed = parse_options(words);
  global_options global;
  if (parsed)
    global = parsed->global;
  else
    global.json = wants_json(words);
  reach_settings reach = around.reach;
  reach.socket = global.socket;
  bool autostart = reach.autostart && !global.no_autostart;
  context verb_context{
      global,
      reach.env,
      around.user,
      around.out,
      around.err,
      around.out_fd,
      detect_layout(around.out_fd, global.color, reach.env),
      [&](bool may_start) {
        reach.autostart = autostart && may_start;
        return reach_daemon(reach, around.err);
      },
      global.json ? nullptr : around.confirm,
  };
  if (!parsed)
    return fail(verb_context, parsed.failure(), exit_status::usage);
  auto status = std::visit(
      [&](const auto& what) { return perform(verb_context, what); },
      parsed->what);
  around.out.flush();
  if (!around.out && status == exit_status::done) {
    around.err << "hiisi: cannot write the output\n";
    return exit_status::refused;
  }
  return status;
}

} // namespace hiisi::cli
