#include "hiisi/observe_readers.hpp"

#include "hiisi/call_errors.hpp"
#include "hiisi/point_in_time.hpp"
#include "hiisi/text.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::result;

template <class Number>
std::optional<Number> whole_number(const std::string& word) {
  Number number = 0;
  const char* end = word.data() + word.size();
  auto read = std::from_chars(word.data(), end, number);
  if (!all_digits(word) || read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return number;
}

result<std::optional<std::string>> user_of(const parsed_values& values) {
  auto user = values.value("user");
  if (user && (user->empty() || protocol::find_invalid_utf8(*user)))
    return wrong("'" + printable(*user) + "' cannot be a user's name");
  return user;
}

result<verb> read_events(const parsed_values& values,
                         const std::vector<std::string>& words) {
  events_verb events;
  if (!words.empty()) {
    auto what = parse_target(words[0]);
    if (!what)
      return what.failure();
    events.what = *what;
  }
  auto user = user_of(values);
  if (!user)
    return user.failure();
  events.user = *user;
  events.since = values.value("since");
  if (events.since) {
    // Said at once; when exactly is reckoned when it is asked for.
    if (auto good = parse_since(*events.since, {}); !good)
      return good.failure();
  }
  if (auto word = values.value("lines")) {
    auto lines = parse_lines(*word);
    if (!lines)
      return lines.failure();
    events.last = *lines;
  }
  events.follow = values.has("follow");
  return verb{std::move(events)};
}

result<verb> read_hook_add(const parsed_values& values,
                           std::vector<std::string>& words) {
  hook_add_verb hook;
  std::string kinds;
  for (size_t i = 0; i < protocol::event_kind_count; ++i)
    kinds += (i == 0 ? "" : ", ")
             + std::string{to_string(static_cast<protocol::event_kind>(i))};
  for (const std::string& word : values.all("on")) {
    auto kind = protocol::event_kind_from_string(word);
    if (!kind)
      return wrong("--on '" + printable(word) + "' is no kind of event",
                   "there are " + kinds);
    if (std::ranges::find(hook.on, *kind) == hook.on.end())
      hook.on.push_back(*kind);
  }
  if (hook.on.empty())
    return wrong("hiisi hook add needs to know when: --on KIND",
                 "kinds are " + kinds);
  if (auto word = values.value("process")) {
    auto what = parse_target(*word);
    if (!what)
      return what.failure();
    hook.what = *what;
  }
  if (words[0].empty())
    return wrong("the command is empty",
                 "hiisi hook add --on give_up -- mail -s 'gave up' me");
  hook.argv = std::move(words);
  return verb{std::move(hook)};
}

result<verb> read_hook_rm(const std::vector<std::string>& words) {
  hook_remove_verb hooks;
  for (const std::string& word : words) {
    auto number = whole_number<uint32_t>(word);
    if (!number)
      return wrong("'" + printable(word) + "' is not the number of a hook",
                   "hiisi hook list shows them");
    hooks.numbers.push_back(*number);
  }
  return verb{std::move(hooks)};
}

result<verb> read_debug(std::string_view topic, const parsed_values& values,
                        const std::vector<std::string>& words) {
  debug_verb debug;
  debug.topic = topic;
  if (topic == "actor") {
    debug.actor = whole_number<uint64_t>(words[0]);
    if (!debug.actor)
      return wrong("'" + printable(words[0]) + "' is not the id of an actor",
                   "hiisi debug actors lists them");
  }
  if (topic == "bundle" && !words.empty())
    debug.file = words[0];
  if (topic == "trace") {
    auto user = user_of(values);
    if (!user)
      return user.failure();
    debug.user = *user;
    debug.follow = values.has("follow");
  }
  return verb{std::move(debug)};
}

} // namespace

std::optional<result<verb>>
read_observing_verb(std::string_view name, const parsed_values& values,
                    std::vector<std::string>& words) {
  if (name == "events" || name == "history")
    return read_events(values, words);
  if (name == "hook add")
    return read_hook_add(values, words);
  if (name == "hook list")
    return verb{hook_list_verb{}};
  if (name == "hook rm")
    return read_hook_rm(words);
  if (name == "quota") {
    auto user = user_of(values);
    if (!user)
      return user.failure();
    return verb{quota_verb{*user}};
  }
  if (name == "doctor")
    return verb{doctor_verb{}};
  constexpr std::string_view debug = "debug ";
  if (name.starts_with(debug))
    return read_debug(name.substr(debug.size()), values, words);
  return std::nullopt;
}

} // namespace hiisi::cli
