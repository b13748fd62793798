#include "protocol/codec_observe.hpp"

#include "protocol/json_cursor.hpp"
#include "protocol/json_pieces.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/read_arguments.hpp"
#include "protocol/rfc3339.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>

namespace hiisi::protocol {

namespace {

void write_target(json_writer& out, const target& what) {
  if (const auto* id = std::get_if<uint32_t>(&what))
    out.raw(R"("id":)").number(*id);
  else
    out.raw(R"("name":)").text(std::get<std::string>(what));
}

void write_kinds(json_writer& out, const std::vector<event_kind>& kinds) {
  out.raw(R"("on":)");
  out.array(kinds, [&](event_kind kind) { out.text(to_string(kind)); });
}

void write_words(json_writer& out, const std::vector<std::string>& words) {
  out.raw(R"("argv":)");
  out.array(words, [&](const std::string& word) { out.text(word); });
}

wall_time time_at(const json_cursor& at, errc code) {
  const auto& text = at.text();
  const auto when = parse_rfc3339(text);
  if (!when)
    at.fail(code, "\"" + excerpt(text) + "\" is no RFC 3339 time",
            "write it as 2026-11-25T03:12:00Z");
  return when.value_or(wall_time{});
}

std::optional<target> optional_target_at(const json_cursor& at) {
  if (!at.member("id").present() && !at.member("name").present())
    return std::nullopt;
  return target_at(at);
}

std::vector<event_kind> kinds_at(const json_cursor& at) {
  std::vector<event_kind> kinds;
  auto on = at.member("on");
  on.for_each_item([&](const json_cursor& item) {
    const auto kind = event_kind_from_string(item.text());
    if (!kind) {
      std::string all;
      for (size_t i = 0; i < event_kind_count; ++i)
        all += (i == 0 ? "there are " : ", ")
               + std::string{to_string(static_cast<event_kind>(i))};
      item.fail(errc::invalid_argument,
                "\"" + excerpt(item.text()) + "\" is no kind of event", all);
    } else if (std::find(kinds.begin(), kinds.end(), *kind) == kinds.end()) {
      kinds.push_back(*kind);
    }
  });
  if (kinds.empty())
    on.fail(errc::invalid_argument, "no kind of event is given",
            "say when the command is to be run, such as give_up");
  return kinds;
}

} // namespace

// -- requests -----------------------------------------------------------------

void write_command(json_writer& out, const events_request& what) {
  out.raw(R"({"Events":{"follow":)").boolean(what.follow);
  if (what.since) {
    out.raw(R"(,"since":)");
    write_time(out, *what.since);
  }
  if (what.user)
    out.raw(R"(,"of":)").text(*what.user);
  if (what.last)
    out.raw(R"(,"last":)").number(*what.last);
  if (what.what) {
    out.raw(",");
    write_target(out, *what.what);
  }
  out.raw("}}");
}

command events_command(const json_cursor& at) {
  events_request events;
  if (const auto since = at.member("since"); since.present())
    events.since = time_at(since, errc::invalid_argument);
  if (const auto user = at.member("of"); user.present())
    events.user = plain_text(user);
  if (const auto last = at.member("last"); last.present())
    events.last = last.number(0, UINT64_MAX);
  events.what = optional_target_at(at);
  if (const auto follow = at.member("follow"); follow.present())
    events.follow = follow.boolean();
  return events;
}

void write_command(json_writer& out, const hook_add_request& what) {
  out.raw(R"({"HookAdd":{)");
  write_kinds(out, what.on);
  out.raw(",");
  if (what.what) {
    write_target(out, *what.what);
    out.raw(",");
  }
  write_words(out, what.argv);
  out.raw(R"(,"cwd":)").text(what.cwd).raw(R"(,"env":{)");
  std::string_view before;
  for (const auto& [key, value] : what.env) {
    out.raw(before).text(key).raw(":").text(value);
    before = ",";
  }
  out.raw("}");
  if (what.umask)
    out.raw(R"(,"umask":)").number(*what.umask);
  out.raw("}}");
}

command hook_add_command(const json_cursor& at) {
  hook_add_request hook;
  hook.on = kinds_at(at);
  hook.what = optional_target_at(at);
  hook.argv = argv_at(at);
  hook.cwd = cwd_at(at);
  hook.env = env_at(at.member("env"));
  hook.umask = umask_at(at);
  return hook;
}

void write_command(json_writer& out, const hook_list_request&) {
  out.raw(R"("HookList")");
}

command hook_list_command(const json_cursor&) {
  return hook_list_request{};
}

void write_command(json_writer& out, const hook_remove_request& what) {
  out.raw(R"({"HookRemove":{"number":)").number(what.number).raw("}}");
}

command hook_remove_command(const json_cursor& at) {
  return hook_remove_request{
      static_cast<uint32_t>(at.member("number").number(0, UINT32_MAX))};
}

void write_command(json_writer& out, const debug_request& what) {
  out.raw(R"({"Debug":{"topic":)").text(what.topic);
  if (what.actor)
    out.raw(R"(,"actor":)").number(*what.actor);
  if (what.user)
    out.raw(R"(,"of":)").text(*what.user);
  if (what.follow)
    out.raw(R"(,"follow":true)");
  out.raw("}}");
}

command debug_command(const json_cursor& at) {
  debug_request debug;
  debug.topic = at.member("topic").text();
  if (const auto actor = at.member("actor"); actor.present())
    debug.actor = actor.number(0, UINT64_MAX);
  if (const auto user = at.member("of"); user.present())
    debug.user = plain_text(user);
  if (const auto follow = at.member("follow"); follow.present())
    debug.follow = follow.boolean();
  return debug;
}

// -- responses ----------------------------------------------------------------

void write_answer(json_writer& out, const event_list& what) {
  out.raw(R"({"Ok":{"Events":)");
  out.array(what.entries, [&](const event& one) { write_event(out, one); });
  out.raw("}");
}

void write_answer(json_writer& out, const hook_list& what) {
  out.raw(R"({"Ok":{"Hooks":)");
  out.array(what.entries, [&](const hook_entry& hook) {
    out.raw(R"({"number":)").number(hook.number).raw(",");
    write_kinds(out, hook.on);
    out.raw(",");
    if (hook.what) {
      write_target(out, *hook.what);
      out.raw(",");
    }
    write_words(out, hook.argv);
    out.raw(R"(,"cwd":)").text(hook.cwd).raw(R"(,"created":)");
    write_time(out, hook.created);
    out.raw(R"(,"runs":)").number(hook.runs);
    if (hook.last_run) {
      out.raw(R"(,"last_run":)");
      write_time(out, *hook.last_run);
      out.raw(R"(,"last_outcome":)").text(hook.last_outcome);
    }
    out.raw("}");
  });
  out.raw("}");
}

void write_answer(json_writer& out, const hook_added& what) {
  out.raw(R"({"Ok":{"HookAdded":{"number":)").number(what.number).raw("}}");
}

void write_answer(json_writer& out, const hook_removed&) {
  out.raw(R"({"Ok":"HookRemoved")");
}

void write_answer(json_writer& out, const debug_report& what) {
  out.raw(R"({"Ok":{"Debug":)").raw(what.json).raw("}");
}

namespace {

hook_entry hook_at(const json_cursor& at) {
  hook_entry hook;
  hook.number
      = static_cast<uint32_t>(at.member("number").number(0, UINT32_MAX));
  hook.on = kinds_at(at);
  hook.what = optional_target_at(at);
  hook.argv = argv_at(at);
  hook.cwd = at.member("cwd").text();
  hook.created = time_at(at.member("created"), errc::bad_request);
  hook.runs = at.member("runs").number(0, UINT64_MAX);
  if (const auto last = at.member("last_run"); last.present()) {
    hook.last_run = time_at(last, errc::bad_request);
    hook.last_outcome = at.member("last_outcome").text();
  }
  return hook;
}

} // namespace

std::optional<payload> observed(std::string_view kind,
                                const json_cursor& data) {
  if (kind == "Events") {
    event_list list;
    list.entries.reserve(data.items().size());
    data.for_each_item([&](const json_cursor& item) {
      list.entries.push_back(event_at(item));
    });
    return list;
  }
  if (kind == "Hooks") {
    hook_list list;
    data.for_each_item([&](const json_cursor& item) {
      list.entries.push_back(hook_at(item));
    });
    return list;
  }
  if (kind == "HookAdded")
    return hook_added{
        static_cast<uint32_t>(data.member("number").number(0, UINT32_MAX))};
  if (kind == "HookRemoved")
    return hook_removed{};
  if (kind == "Debug") {
    json_writer out;
    static const json_value nothing;
    write_json(out, data.value() ? *data.value() : nothing);
    return debug_report{std::move(out).take()};
  }
  return std::nullopt;
}

} // namespace hiisi::protocol
