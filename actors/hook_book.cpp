#include "actors/hook_book.hpp"

#include "actors/os/clock.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::event_kind;
using protocol::make_error;

constexpr size_t hooks_per_user = 20;

bool concerns(const protocol::hook_add_request& hook,
              const protocol::event& what) {
  if (std::find(hook.on.begin(), hook.on.end(), what.what) == hook.on.end())
    return false;
  if (!hook.what)
    return true;
  if (const auto* id = std::get_if<uint32_t>(&*hook.what))
    return what.id == *id;
  return what.name == std::get<std::string>(*hook.what);
}

} // namespace

std::vector<std::string> hook_book::load() {
  std::vector<std::string> warnings;
  auto loaded = files_->load();
  if (!loaded)
    return {"hooks cannot be read: " + loaded.failure().message};
  damaged_ = std::move(loaded->damaged);
  for (const auto& [uid, why] : damaged_)
    warnings.push_back(why.message + " (its hooks are not run)");
  for (auto& [uid, kept] : loaded->by_uid) {
    auto& theirs = users_[uid];
    theirs.next_number = kept.next_number;
    for (auto& one : kept.hooks)
      theirs.hooks.emplace(one.number, make(std::move(one)));
  }
  return warnings;
}

hook_book::hook hook_book::make(core::kept_hook kept) const {
  return {std::move(kept), core::hook_throttle{settings_}, 0, {}, {}};
}

protocol::payload hook_book::answer(uint32_t uid,
                                    const protocol::command& what) {
  if (auto damage = damaged_.find(uid); damage != damaged_.end())
    return damage->second;
  if (const auto* r = std::get_if<protocol::hook_add_request>(&what))
    return add(uid, *r);
  if (const auto* r = std::get_if<protocol::hook_remove_request>(&what))
    return remove(uid, *r);
  if (std::holds_alternative<protocol::hook_list_request>(what))
    return list(uid);
  return make_error(errc::internal, "request went astray");
}

protocol::payload hook_book::add(uint32_t uid,
                                 const protocol::hook_add_request& r) {
  if (std::find(r.on.begin(), r.on.end(), event_kind::hook) != r.on.end())
    return make_error(errc::invalid_argument, "the ends of hooks run no hooks",
                      "choose another kind of event");
  auto& theirs = users_[uid];
  if (theirs.hooks.size() >= hooks_per_user)
    return make_error(errc::limit_exceeded,
                      "you have " + std::to_string(hooks_per_user)
                          + " hooks, which is the limit",
                      "remove one: hiisi hook rm NUMBER");
  const auto number = theirs.next_number++;
  theirs.hooks.emplace(number, make({number, os::wall_now(), r}));
  if (auto saved = save(uid); !saved) {
    theirs.hooks.erase(number);
    return std::move(saved).failure();
  }
  return protocol::hook_added{number};
}

protocol::payload hook_book::list(uint32_t uid) {
  protocol::hook_list out;
  for (const auto& [number, h] : users_[uid].hooks)
    out.entries.push_back({number, h.kept.what.on, h.kept.what.what,
                           h.kept.what.argv, h.kept.what.cwd, h.kept.created,
                           h.runs, h.last_run, h.last_outcome});
  return out;
}

protocol::payload hook_book::remove(uint32_t uid,
                                    const protocol::hook_remove_request& r) {
  auto& theirs = users_[uid];
  auto gone = theirs.hooks.extract(r.number);
  if (!gone)
    return make_error(errc::not_found,
                      "you have no hook " + std::to_string(r.number),
                      "hiisi hook list shows yours");
  if (auto saved = save(uid); !saved) {
    theirs.hooks.insert(std::move(gone));
    return std::move(saved).failure();
  }
  return protocol::hook_removed{};
}

protocol::result<void> hook_book::save(uint32_t uid) const {
  const auto& theirs = users_.at(uid);
  core::kept_hooks kept;
  kept.next_number = theirs.next_number;
  for (const auto& [number, h] : theirs.hooks)
    kept.hooks.push_back(h.kept);
  return files_->save(uid, kept);
}

bool hook_book::hear_of(uint32_t uid, const protocol::event& what) {
  // Or a hook that fails would run hooks that fail.
  if (what.what == event_kind::hook)
    return false;
  const auto found = users_.find(uid);
  if (found == users_.end())
    return false;
  auto any = false;
  for (auto& [number, h] : found->second.hooks)
    if (concerns(h.kept.what, what)) {
      h.throttle.add(protocol::encode_event(what));
      any = true;
    }
  return any;
}

hook_book::hook* hook_book::find(uint32_t uid, uint32_t number) {
  const auto found = users_.find(uid);
  if (found == users_.end())
    return nullptr;
  const auto i = found->second.hooks.find(number);
  return i == found->second.hooks.end() ? nullptr : &i->second;
}

bool hook_book::empty() const {
  return std::all_of(users_.begin(), users_.end(),
                     [](const auto& u) { return u.second.hooks.empty(); });
}

void hook_book::reconfigure(core::hook_settings settings) {
  settings_ = settings;
  for (auto& [uid, theirs] : users_)
    for (auto& [number, h] : theirs.hooks)
      h.throttle.reconfigure(settings);
}

} // namespace hiisi::actors
