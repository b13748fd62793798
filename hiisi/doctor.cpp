#include "hiisi/autostart.hpp"
#include "hiisi/doctor_facts.hpp"
#include "hiisi/json_object.hpp"
#include "hiisi/render_table.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"
#include "protocol/json_writer.hpp"

#include <algorithm>
#include <ostream>

#include <pwd.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

using protocol::finding;
using protocol::verdict;

/// Where the daemon puts our logs: below the home directory of the user
/// database, whatever HOME says.
std::string home_directory() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr && entry->pw_dir != nullptr ? entry->pw_dir
                                                      : std::string{};
}

daemon_facts ask_daemon(const context& around) {
  daemon_facts daemon;
  // One that is started for this would be another than the one that is ill.
  auto connection = around.reach(false);
  if (!connection) {
    daemon.fault = connection.failure();
    return daemon;
  }
  auto version
      = connection->ask(make_request(around, protocol::version_request{}));
  if (!version) {
    daemon.fault = version.failure();
    return daemon;
  }
  if (auto* info = std::get_if<protocol::version_info>(&*version))
    daemon.version = std::move(*info);
  auto found
      = connection->ask(make_request(around, protocol::doctor_request{}));
  if (!found)
    daemon.fault = found.failure();
  else if (auto* report = std::get_if<protocol::doctor_report>(&*found))
    daemon.report = std::move(*report);
  return daemon;
}

tint tint_of(verdict what) {
  switch (what) {
  case verdict::good:
    return tint::good;
  case verdict::note:
    return tint::busy;
  case verdict::wrong:
    break;
  }
  return tint::bad;
}

size_t count(const std::vector<finding>& found, verdict what) {
  return static_cast<size_t>(std::ranges::count(found, what, &finding::what));
}

std::string render(const std::vector<finding>& found, const layout& how) {
  size_t width = 0;
  for (const auto& one : found)
    width = std::max(width, printable(one.subject).size());
  constexpr size_t verdict_width = 7;
  std::string text;
  for (const auto& one : found) {
    std::string word{to_string(one.what)};
    word.resize(verdict_width, ' ');
    auto subject = printable(one.subject);
    subject.resize(width + 2, ' ');
    text += colored(std::move(word), tint_of(one.what), how) + subject
            + printable(one.message) + "\n";
    if (!one.advice.empty())
      text += std::string(verdict_width + width + 2, ' ')
              + colored("-> " + printable(one.advice), tint::quiet, how) + "\n";
  }
  const auto ill = count(found, verdict::wrong);
  const auto notes = count(found, verdict::note);
  text += ill == 0 ? "nothing is wrong"
                   : std::to_string(ill)
                         + (ill == 1 ? " thing is wrong" : " things are wrong");
  if (notes > 0)
    text += "; Hiisi does with less in " + std::to_string(notes)
            + (notes == 1 ? " thing" : " things");
  return text + "\n";
}

std::string json(const std::vector<finding>& found) {
  protocol::json_writer out;
  {
    json_object o{out};
    o.key("healthy").boolean(count(found, verdict::wrong) == 0);
    o.key("findings").array(found, [&](const finding& one) {
      json_object entry{out};
      entry.text("verdict", to_string(one.what));
      entry.text("subject", one.subject);
      entry.text("message", one.message);
      entry.text_if(!one.advice.empty(), "advice", one.advice);
    });
  }
  out.raw("\n");
  return std::move(out).take();
}

} // namespace

exit_status perform(const context& around, const doctor_verb&) {
  caller_facts facts;
  facts.kernel = look_at_kernel();
  facts.logs = look_at_logs(home_directory());
  facts.daemon = ask_daemon(around);
  facts.release = HIISI_VERSION;
  if (!facts.daemon.version)
    if (auto program
        = find_daemon(daemon_directories(around.env, own_directory()));
        !program)
      facts.no_program = program.failure().message;
  const auto found = examine(facts);
  around.out << (around.global.json ? json(found) : render(found, around.how));
  if (!facts.daemon.version)
    return exit_status::no_daemon;
  return count(found, verdict::wrong) == 0 ? exit_status::done
                                           : exit_status::refused;
}

} // namespace hiisi::cli
