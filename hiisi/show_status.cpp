#include "hiisi/process_details.hpp"
#include "hiisi/render_json.hpp"
#include "hiisi/render_status.hpp"
#include "hiisi/verbs.hpp"

#include <algorithm>
#include <ostream>

namespace hiisi::cli {

namespace {

exit_status show_list(const context& around, const protocol::status_list& list,
                      bool with_users) {
  if (around.global.json)
    around.out << json_status(list.entries);
  else if (list.entries.empty())
    around.err << "no processes\n";
  else
    around.out << render_status_table(list.entries, with_users, around.how);
  return exit_status::done;
}

exit_status show_one(const context& around, client& connection,
                     const protocol::status_list& list) {
  if (list.entries.empty())
    return fail(around,
                protocol::make_error(protocol::errc::not_found,
                                     "there is no such process",
                                     "hiisi status lists them"),
                exit_status::denied);
  std::vector<process_details> details;
  for (const protocol::status_entry& entry : list.entries)
    details.push_back(ask_details(around, connection, entry));
  if (around.global.json)
    around.out << json_status(list.entries, details);
  else
    for (size_t i = 0; i < list.entries.size(); ++i)
      around.out << (i == 0 ? "" : "\n")
                 << render_status_block(list.entries[i], details[i],
                                        around.how);
  bool up = std::ranges::any_of(
      list.entries, [](const auto& entry) { return is_up(entry.state); });
  return up ? exit_status::done : exit_status::not_running;
}

} // namespace

exit_status perform(const context& around, const status_verb& what) {
  auto connection = around.reach(true);
  if (!connection)
    return fail(around, connection.failure(), exit_status::no_daemon);
  auto answer = connection->ask(make_request(
      around, protocol::status_request{what.what, what.all, true}));
  if (!answer)
    return fail(around, answer.failure(),
                status_of(*connection, answer.failure()));
  auto* list = std::get_if<protocol::status_list>(&*answer);
  if (!list)
    return fail(around, unexpected_answer(), exit_status::refused);
  return what.what ? show_one(around, *connection, *list)
                   : show_list(around, *list, what.all);
}

} // namespace hiisi::cli
