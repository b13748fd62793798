#include "hiisi/export_ports.hpp"
#include "hiisi/render_ports.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"

#include <algorithm>
#include <ostream>

namespace hiisi::cli {

namespace {

/// The answer to what changes one port: in words, or the port in JSON.
exit_status report_change(const context& around,
                          const protocol::port_entry& entry,
                          const std::string& words) {
  if (around.global.json)
    around.out << json_port_entry(entry);
  else
    around.out << printable(words) << '\n';
  return exit_status::done;
}

std::string port_words(const protocol::port_entry& entry) {
  return "port " + std::to_string(entry.port);
}

} // namespace

exit_status perform(const context& around, const port_allocate_verb& what) {
  return ask_for<protocol::port_allocated>(
      around,
      protocol::port_allocate_request{what.port, what.count, what.contiguous,
                                      what.label, what.udp},
      [&](protocol::port_allocated answer) {
        if (around.global.json) {
          around.out << json_port(answer);
          return exit_status::done;
        }
        // Piped, the numbers stand alone, for PORT=$(hiisi port allocate).
        std::string_view head = around.how.width ? "allocated port " : "";
        around.out << head << answer.port << '\n';
        for (auto port : answer.more)
          around.out << head << port << '\n';
        return exit_status::done;
      });
}

exit_status perform(const context& around, const port_lookup_verb& what) {
  return ask_for<protocol::port_list>(
      around, protocol::port_lookup_request{what.user},
      [&](protocol::port_list list) {
        if (around.global.json)
          around.out << json_ports(list.entries);
        else if (list.entries.empty() && what.user)
          around.err << printable(*what.user) << " has no ports\n";
        else if (list.entries.empty())
          around.err << "no ports are allocated\n";
        else
          around.out << render_ports(list.entries, around.how);
        return exit_status::done;
      });
}

exit_status perform(const context& around, const port_check_verb& what) {
  return ask_for<protocol::port_report>(
      around, protocol::port_check_request{what.port},
      [&](protocol::port_report report) {
        if (around.global.json)
          around.out << json_port_report(report);
        else
          around.out << render_port_report(report, around.how);
        // So that a script can ask.
        return report.available ? exit_status::done : exit_status::refused;
      });
}

exit_status perform(const context& around, const port_suggest_verb& what) {
  return ask_for<protocol::port_suggestions>(
      around, protocol::port_suggest_request{what.near, what.count},
      [&](protocol::port_suggestions all) {
        if (around.global.json)
          around.out << json_port_numbers(all.ports);
        else
          for (auto port : all.ports)
            around.out << port << '\n';
        return exit_status::done;
      });
}

exit_status perform(const context& around, const port_keep_verb& what) {
  return ask_for<protocol::port_changed>(
      around, protocol::port_keep_request{what.port, what.keep},
      [&](protocol::port_changed changed) {
        return report_change(
            around, changed.entry,
            port_words(changed.entry)
                + (what.keep ? " is kept, however long it is unused"
                             : " may be collected when it is unused"));
      });
}

exit_status perform(const context& around, const port_transfer_verb& what) {
  return ask_for<protocol::port_changed>(
      around, protocol::port_transfer_request{what.port, what.to},
      [&](protocol::port_changed changed) {
        const auto& entry = changed.entry;
        return report_change(
            around, entry,
            what.to ? port_words(entry) + " is offered to " + *what.to
                          + ", who takes it with: hiisi port accept "
                          + std::to_string(entry.port)
                    : port_words(entry) + " stays " + entry.user + "'s");
      });
}

exit_status perform(const context& around, const port_accept_verb& what) {
  return ask_for<protocol::port_changed>(
      around, protocol::port_accept_request{what.port},
      [&](protocol::port_changed changed) {
        return report_change(around, changed.entry,
                             port_words(changed.entry) + " is "
                                 + changed.entry.user + "'s now");
      });
}

exit_status perform(const context& around, const port_gc_verb& what) {
  return ask_for<protocol::port_collection>(
      around, protocol::port_collect_request{what.dry_run},
      [&](protocol::port_collection collected) {
        if (around.global.json)
          around.out << json_collection(collected);
        else if (collected.verdicts.empty())
          around.err << "no port is idle\n";
        else
          around.out << render_collection(collected, around.how);
        return exit_status::done;
      });
}

exit_status perform(const context& around, const port_export_verb& what) {
  return ask_for<protocol::port_list>(
      around, protocol::port_lookup_request{what.user},
      [&](protocol::port_list list) {
        auto how = what;
        if (around.global.json)
          how.how = port_export_verb::format::json;
        around.out << export_ports(list.entries, how);
        return exit_status::done;
      });
}

} // namespace hiisi::cli
