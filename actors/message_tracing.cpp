#include "actors/message_tracing.hpp"

#include "actors/caf_compat.hpp"
#include "actors/reply.hpp"
#include "actors/roster.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace hiisi::actors {

namespace {

/// How long a trace is that is not followed.
constexpr std::chrono::seconds trace_lasts{1};
/// How many messages wait for a client that is slow to take them.
constexpr size_t most_waiting = 20'000;

bool is_same(const ticket& one, const ticket& other) {
  return one.session == other.session && one.sequence == other.sequence;
}

} // namespace

message_tracing::message_tracing(caf::event_based_actor* self,
                                 caf::actor directory)
    : self_(self), directory_(std::move(directory)) {}

void message_tracing::begin(submission m) {
  const auto& asked = std::get<protocol::debug_request>(m.what->what);
  if (asked.user) {
    identify_name question{*asked.user, self_};
    unnamed_.push_back(std::move(m));
    tell(self_, directory_, std::move(question));
    return;
  }
  add(m, std::nullopt);
}

void message_tracing::learn(const identified& m) {
  for (auto& s : std::exchange(unnamed_, {})) {
    const auto& asked = std::get<protocol::debug_request>(s.what->what);
    if (asked.user != m.name)
      unnamed_.push_back(std::move(s));
    else if (m.who.ok())
      add(s, (*m.who)->uid);
    else
      send_reply(self_, s.reply_to, m.who.failure());
  }
}

void message_tracing::add(const submission& m, std::optional<uint32_t> uid) {
  const auto& asked = std::get<protocol::debug_request>(m.what->what);
  tracer t;
  t.reply_to = m.reply_to;
  t.uid = uid;
  t.follow = asked.follow;
  self_->monitor(m.reply_to.session);
  tracers_.push_back(std::move(t));
  if (!asked.follow)
    tell_self_after(self_, trace_lasts, trace_over{m.reply_to});
  trace_as_needed();
}

void message_tracing::trace_as_needed() {
  std::vector<uint64_t> ignored{self_->id()};
  for (const auto& t : tracers_)
    ignored.push_back(t.reply_to.session.id());
  std::function<void()> wake;
  if (!tracers_.empty())
    wake = [me = caf::actor{self_}] { tell_from_outside(me, trace_ready{}); };
  roster::instance().set_tracing(std::move(wake), std::move(ignored));
}

void message_tracing::pass_on() {
  uint64_t lost = 0;
  auto& all = roster::instance();
  std::deque<seen_message> messages;
  for (const auto& m : all.take_trace(lost))
    messages.push_back({m, all.find(m.from), all.find(m.to)});
  for (auto& t : tracers_) {
    t.lost += lost;
    for (const auto& m : messages)
      if (!t.uid || t.uid == m.what.uid) {
        if (t.waiting.size() < most_waiting)
          t.waiting.push_back(m);
        else
          ++t.lost;
      }
    if (t.follow)
      send_part(t, false);
  }
}

void message_tracing::send_part(tracer& t, bool last) {
  if (!last && (!t.ready || t.waiting.empty()))
    return;
  t.ready = false;
  auto json
      = report_trace(std::exchange(t.waiting, {}), std::exchange(t.lost, 0));
  tell(self_, t.reply_to.session,
       answer_part{t.reply_to.sequence,
                   std::make_shared<protocol::payload>(
                       protocol::debug_report{std::move(json)}),
                   last});
}

void message_tracing::go_on(const ticket& whose) {
  for (auto& t : tracers_)
    if (is_same(t.reply_to, whose)) {
      t.ready = true;
      send_part(t, false);
    }
}

void message_tracing::end(const ticket& whose) {
  pass_on();
  std::erase_if(tracers_, [&](tracer& t) {
    if (!is_same(t.reply_to, whose))
      return false;
    send_part(t, true);
    return true;
  });
  trace_as_needed();
}

void message_tracing::end_of(const caf::actor_addr& session) {
  std::erase_if(tracers_, [&](const tracer& t) {
    return t.reply_to.session.address() == session;
  });
  trace_as_needed();
}

} // namespace hiisi::actors
