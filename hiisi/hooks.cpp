#include "hiisi/command_context.hpp"
#include "hiisi/duration.hpp"
#include "hiisi/render_json.hpp"
#include "hiisi/render_table.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/quoting.hpp"
#include "protocol/rfc3339.hpp"

#include <algorithm>
#include <ostream>

namespace hiisi::cli {

namespace {

std::string kinds_of(const protocol::hook_entry& hook) {
  std::string out;
  for (auto kind : hook.on)
    out += (out.empty() ? "" : ",") + std::string{to_string(kind)};
  return out;
}

std::string process_of(const protocol::hook_entry& hook) {
  if (!hook.what)
    return "any";
  if (const auto* id = std::get_if<uint32_t>(&*hook.what))
    return std::to_string(*id);
  return std::get<std::string>(*hook.what);
}

std::string render_hooks(const protocol::hook_list& list, const layout& how) {
  constexpr column columns[] = {
      {"NUMBER", 9, 0, true},    {"ON", 8, 8, false},
      {"PROCESS", 7, 0, false},  {"RUNS", 4, 0, true},
      {"LAST", 5, 0, false},     {"OUTCOME", 3, 8, false},
      {"COMMAND", 6, 10, false},
  };
  std::vector<row> rows;
  for (const auto& hook : list.entries)
    rows.push_back({{std::to_string(hook.number), {}},
                    {kinds_of(hook), {}},
                    {process_of(hook), {}},
                    {std::to_string(hook.runs), {}},
                    {hook.last_run ? describe_time(*hook.last_run) : "-", {}},
                    {hook.last_run ? hook.last_outcome : "-", {}},
                    {protocol::shell_join(hook.argv), {}}});
  return render_table(columns, rows, how);
}

std::string json_hooks(const protocol::hook_list& list) {
  protocol::json_writer out;
  out.raw(R"({"hooks":)");
  out.array(list.entries, [&](const protocol::hook_entry& hook) {
    out.raw(R"({"number":)").number(hook.number).raw(R"(,"on":)");
    out.array(hook.on, [&](auto kind) { out.text(to_string(kind)); });
    out.raw(R"(,"process":)");
    if (hook.what)
      out.text(process_of(hook));
    else
      out.raw("null");
    out.raw(R"(,"command":)");
    out.array(hook.argv, [&](const auto& word) { out.text(word); });
    out.raw(R"(,"cwd":)").text(hook.cwd);
    out.raw(R"(,"created_at":)").text(protocol::format_rfc3339(hook.created));
    out.raw(R"(,"runs":)").number(hook.runs).raw(R"(,"last_run_at":)");
    if (hook.last_run)
      out.text(protocol::format_rfc3339(*hook.last_run));
    else
      out.raw("null");
    out.raw(R"(,"last_outcome":)");
    if (hook.last_run)
      out.text(hook.last_outcome);
    else
      out.raw("null");
    out.raw("}");
  });
  out.raw("}\n");
  return std::move(out).take();
}

} // namespace

exit_status perform(const context& around, const hook_add_verb& what) {
  run_verb like_run;
  like_run.argv = what.argv;
  auto prepared = make_run_request(like_run, around.env);
  if (!prepared)
    return fail(around, prepared.failure(), exit_status::refused);
  protocol::hook_add_request hook;
  hook.on = what.on;
  hook.what = what.what;
  hook.argv = std::move(prepared->request.argv);
  hook.cwd = std::move(prepared->request.cwd);
  hook.env = *prepared->request.env;
  hook.umask = prepared->request.umask;
  return ask_for<protocol::hook_added>(
      around, std::move(hook), [&](protocol::hook_added added) {
        if (around.global.json)
          around.out << "{\"number\":" << added.number << "}\n";
        else
          around.out << "added hook " << added.number << '\n';
        return exit_status::done;
      });
}

exit_status perform(const context& around, const hook_list_verb&) {
  return ask_for<protocol::hook_list>(
      around, protocol::hook_list_request{}, [&](protocol::hook_list list) {
        if (around.global.json)
          around.out << json_hooks(list);
        else if (list.entries.empty())
          around.err << "no hooks\n";
        else
          around.out << render_hooks(list, around.how);
        return exit_status::done;
      });
}

exit_status perform(const context& around, const hook_remove_verb& what) {
  auto connection = around.reach(true);
  if (!connection)
    return fail(around, connection.failure(), exit_status::no_daemon);
  exit_status status = exit_status::done;
  std::vector<outcome> outcomes;
  for (const auto number : what.numbers) {
    auto answer = connection->ask(
        make_request(around, protocol::hook_remove_request{number}));
    outcome one{std::to_string(number), {}, {}};
    if (answer) {
      if (!around.global.json)
        around.out << "removed hook " << number << '\n';
    } else {
      print_error(around, answer.failure());
      status = worse(status, status_of(*connection, answer.failure()));
      one.problem = answer.failure();
    }
    outcomes.push_back(std::move(one));
    if (connection->lost())
      break;
  }
  if (around.global.json)
    around.out << json_outcomes("hook rm", outcomes);
  return status;
}

} // namespace hiisi::cli
