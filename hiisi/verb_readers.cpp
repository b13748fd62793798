#include "hiisi/verb_readers.hpp"

#include "hiisi/byte_size.hpp"
#include "hiisi/call_errors.hpp"
#include "hiisi/duration.hpp"
#include "hiisi/limit_words.hpp"
#include "hiisi/line_filter.hpp"
#include "hiisi/observe_readers.hpp"
#include "hiisi/point_in_time.hpp"
#include "hiisi/port_readers.hpp"
#include "hiisi/port_words.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs_table.hpp"
#include "protocol/limits.hpp"
#include "protocol/names.hpp"
#include "protocol/signals.hpp"
#include "protocol/utf8.hpp"

#include <charconv>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::result;

result<run_verb> read_run(const parsed_values& values) {
  run_verb run;
  if (auto policy = values.value("restart")) {
    // A bare --restart gives the empty text, and so would "--restart=".
    auto known = policy->empty()
                     ? protocol::restart_policy::always
                     : protocol::restart_policy_from_string(*policy);
    if (!known)
      return wrong("--restart=" + printable(*policy) + " is not known",
                   "write --restart (always), --restart=on-failure or "
                   "--restart=no");
    run.restart = *known;
  }
  if ((run.name = values.value("name")))
    if (auto good = protocol::check_name(*run.name); !good)
      return good.failure();
  if (auto word = values.value("stop-signal")) {
    run.stop_signal = protocol::signal_from_string(*word);
    if (!run.stop_signal)
      return wrong("--stop-signal '" + printable(*word) + "' is no signal",
                   "write a name such as TERM or SIGHUP, or a number");
  }
  if (auto word = values.value("stop-timeout")) {
    auto timeout = parse_seconds("--stop-timeout", *word);
    if (!timeout)
      return timeout.failure();
    run.stop_timeout = *timeout;
  }
  if ((run.cwd = values.value("cwd")) && run.cwd->empty())
    return wrong("--cwd is empty", "leave it out to use the directory that "
                                   "you are in");
  if (auto word = values.value("log-size")) {
    auto bytes = parse_bytes("--log-size", *word);
    if (!bytes)
      return bytes.failure();
    if (*bytes != 0
        && (*bytes < protocol::min_log_bytes
            || *bytes > protocol::max_log_bytes))
      return wrong("--log-size " + printable(*word) + " is out of range",
                   "write 4KiB to 1TiB, or 0 for no rotation");
    run.log_bytes = *bytes;
  }
  if (auto word = values.value("log-keep")) {
    uint32_t keep = 0;
    const auto* end = word->data() + word->size();
    auto read = std::from_chars(word->data(), end, keep);
    if (read.ec != std::errc{} || read.ptr != end
        || keep < protocol::min_log_keep || keep > protocol::max_log_keep)
      return wrong("--log-keep '" + printable(*word)
                       + "' is no number of segments",
                   "write a number from 1 to 100000");
    run.log_keep = keep;
  }
  for (const auto& word : values.all("port")) {
    auto wish = parse_port_wish(word);
    if (!wish)
      return wish.failure();
    run.ports.push_back(*std::move(wish));
  }
  if (run.ports.size() > protocol::max_process_ports)
    return wrong("a process may have "
                     + std::to_string(protocol::max_process_ports) + " ports",
                 "give --port less often");
  if (auto word = values.value("listen")) {
    auto address = parse_listen_address(*word);
    if (!address)
      return address.failure();
    run.listen = *std::move(address);
    if (run.ports.empty())
      run.ports.emplace_back();
  }
  run.login = values.has("login");
  run.timestamps = values.has("timestamps");
  run.terminal = values.has("pty");
  for (const auto& word : values.all("limit"))
    if (auto good = read_limit_words(word, run.limits); !good)
      return good.failure();
  return run;
}

/// Naming one stream leaves the other out; naming both is naming none.
template <class Verb>
void read_streams(const parsed_values& values, Verb& logs) {
  const auto only_output = values.has("stdout");
  const auto only_errors = values.has("stderr");
  logs.standard_output = only_output || !only_errors;
  logs.standard_error = only_errors || !only_output;
}

result<verb> read_logs_clear(const parsed_values& values,
                             const std::string& word) {
  for (const auto* other : {"follow", "lines", "since", "grep", "raw"})
    if (values.has(other))
      return wrong("hiisi logs clear takes no --" + std::string{other},
                   "it removes all of a log; --stdout or --stderr pick one");
  logs_clear_verb clear;
  auto what = parse_target(word);
  if (!what)
    return what.failure();
  clear.what = *std::move(what);
  read_streams(values, clear);
  return verb{std::move(clear)};
}

result<verb> read_logs(const parsed_values& values,
                       const std::vector<std::string>& words) {
  // A process that is called so can be shown: `logs clear` has one more word.
  if (words.size() == 2 && words[0] == "clear")
    return read_logs_clear(values, words[1]);
  if (words.size() > 1)
    return wrong("hiisi logs shows one process at a time",
                 "hiisi logs " + printable(words[0]));
  logs_verb logs;
  auto what = parse_target(words[0]);
  if (!what)
    return what.failure();
  logs.what = *what;
  logs.follow = values.has("follow");
  logs.raw = values.has("raw");
  if (auto word = values.value("lines")) {
    auto lines = parse_lines(*word);
    if (!lines)
      return lines.failure();
    logs.lines = *lines;
  }
  read_streams(values, logs);
  if ((logs.since = values.value("since")))
    if (auto good = parse_since(*logs.since, {}); !good)
      return good.failure();
  if ((logs.pattern = values.value("grep")))
    if (auto good = line_pattern::compile(*logs.pattern); !good)
      return good.failure();
  if (logs.follow && values.has("json"))
    return wrong("--json prints one document, and -f has no end",
                 "leave out -f or --json");
  if (logs.raw && values.has("json"))
    return wrong("--json has no raw bytes, and --raw is of nothing else",
                 "leave out --raw or --json");
  return verb{std::move(logs)};
}

result<action_verb> read_action(std::string_view name,
                                const parsed_values& values,
                                std::vector<std::string> words) {
  action_verb verb;
  verb.what = name == "stop"      ? action::stop
              : name == "start"   ? action::start
              : name == "restart" ? action::restart
                                  : action::remove;
  verb.all = values.has("all");
  if (values.has("keep-port") && values.has("free-port"))
    return wrong("--keep-port and --free-port contradict each other",
                 "leave out one of them");
  if (values.has("keep-port") || values.has("free-port"))
    verb.free_ports = values.has("free-port");
  std::string shown{name};
  if (verb.all && !words.empty())
    return wrong("hiisi " + shown + " takes either --all or ids and names",
                 "leave out one of them");
  if (!verb.all && words.empty())
    return wrong("hiisi " + shown + " needs the id or name of a process",
                 "hiisi status lists them; hiisi " + shown
                     + " --all means all of your own");
  for (const std::string& word : words)
    if (auto what = parse_target(word); !what)
      return what.failure();
  verb.words = std::move(words);
  return verb;
}

result<verb> read_help(const std::vector<std::string>& words) {
  std::string topic;
  for (const std::string& word : words)
    topic += (topic.empty() ? "" : " ") + word;
  if (!topic.empty() && !is_family(topic) && !find_verb(topic)) {
    auto near = nearest_verb(topic);
    return wrong("there is no verb '" + printable(topic) + "'",
                 near ? "did you mean hiisi help " + *near + "?"
                      : "see hiisi --help");
  }
  return verb{help_verb{std::move(topic)}};
}

template <class T>
result<verb> as_verb(result<T> what) {
  if (!what)
    return what.failure();
  return verb{std::move(*what)};
}

} // namespace

result<global_options> read_globals(const parsed_values& values) {
  global_options global;
  global.socket = values.value("socket");
  if (global.socket && global.socket->empty())
    return wrong("--socket is empty", "give the path of the daemon's socket");
  global.json = values.has("json");
  global.no_autostart = values.has("no-autostart");
  if (auto color = values.value("color")) {
    if (*color == "always")
      global.color = color_mode::always;
    else if (*color == "never")
      global.color = color_mode::never;
    else if (*color != "auto")
      return wrong("--color '" + printable(*color) + "' is not known",
                   "write --color auto, --color always or --color never");
  }
  return global;
}

result<verb> read_verb_words(std::string_view name, const parsed_values& values,
                             std::vector<std::string> words) {
  if (name == "run") {
    auto run = read_run(values);
    if (!run)
      return run.failure();
    run->argv = std::move(words);
    if (run->argv[0].empty())
      return wrong("the command is empty", "hiisi run ./my_server --port 8080");
    return verb{std::move(*run)};
  }
  if (name == "status") {
    status_verb status{std::nullopt, values.has("all")};
    if (!words.empty()) {
      if (status.all)
        return wrong("hiisi status takes either --all or one id or name",
                     "leave out one of them");
      auto target = parse_target(words[0]);
      if (!target)
        return target.failure();
      status.what = *target;
    }
    return verb{std::move(status)};
  }
  if (name == "logs")
    return read_logs(values, words);
  if (name.starts_with("port "))
    return read_port_words(name, values, words);
  if (name == "shutdown")
    return verb{shutdown_verb{}};
  if (auto looking = read_observing_verb(name, values, words))
    return *std::move(looking);
  if (name == "version")
    return verb{version_verb{true}};
  if (name == "help")
    return read_help(words);
  return as_verb(read_action(name, values, std::move(words)));
}

result<protocol::target> parse_target(std::string_view word) {
  if (word.empty())
    return wrong("the id or name of a process is empty");
  if (!all_digits(word)) {
    // Nothing of the kind can be there, whatever the daemon.
    if (!protocol::check_name(word))
      return wrong("'" + printable(word) + "' is neither an id nor a name",
                   "hiisi status lists the ids and names");
    return protocol::target{std::string{word}};
  }
  uint32_t id = 0;
  auto read = std::from_chars(word.data(), word.data() + word.size(), id);
  if (read.ec != std::errc{})
    return wrong("no id is as large as " + std::string{word},
                 "hiisi status lists the ids");
  return protocol::target{id};
}

result<uint64_t> parse_lines(std::string_view word) {
  uint64_t lines = 0;
  const char* end = word.data() + word.size();
  auto read = std::from_chars(word.data(), end, lines);
  if (!all_digits(word) || read.ec != std::errc{} || read.ptr != end)
    return wrong("-n '" + printable(word) + "' is not a number of lines",
                 "write -n 100 for the last hundred, -n 0 for none");
  return lines;
}

} // namespace hiisi::cli
