#pragma once

#include "actors/caf_compat.hpp"
#include "actors/core/ron/value.hpp"
#include "actors/messages.hpp"
#include "actors/roster.hpp"

#include <caf/behavior.hpp>
#include <caf/type_id.hpp>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

/// The one way by which actors make their behaviour, so that all of them can
/// be looked at: it costs each message an increment, and two looks at a clock
/// while somebody looks.
namespace hiisi::actors {

/// How an actor shows itself. Called on its own thread; holds neither
/// environments nor arguments nor directories of users.
struct portrait {
  /// Its state in a line.
  std::function<std::string()> line;
  /// Its state whole.
  std::function<core::ron::value()> whole;
};

namespace detail {

/// The handlers of one behaviour are many, and so are the actors: what they
/// share is in the card, which lives as long as the last of them.
template <class Handler, class Result, class Argument>
auto watch_handler(actor_card* card, Handler handler,
                   Result (Handler::*)(Argument) const) {
  return [card, handler = std::move(handler)](Argument m) -> Result {
    const observation seen{*card, message_name<std::decay_t<Argument>>::value};
    return handler(m);
  };
}

template <class Handler>
auto watch_handler(actor_card* card, Handler handler) {
  return watch_handler(card, std::move(handler), &Handler::operator());
}

} // namespace detail

/// Makes the behaviour of `self` from handlers of one message each, and enters
/// it into the roster for as long as it lives.
template <class Self, class... Handlers>
caf::behavior observed(Self* self, std::string_view kind, actor_facts facts,
                       portrait shows, Handlers... handlers) {
  quiet(self);
  auto card = std::make_shared<actor_card>();
  card->self = self;
  card->id = self->id();
  card->address = self->address();
  card->kind = kind;
  card->facts = std::move(facts);
  card->born = std::chrono::steady_clock::now().time_since_epoch();
  roster::instance().add(card);
  self->attach_functor([card] { roster::instance().remove(card); });
  return {
      detail::watch_handler(card.get(), std::move(handlers))...,
      [self, card, shows = std::move(shows)](const describe_yourself& m) {
        described_self out;
        out.question = m.question;
        out.id = card->id;
        out.mailbox = self->mailbox().size();
        for (const auto& t : card->timers)
          out.timers.push_back({t.message, t.due});
        if (shows.line)
          out.line = shows.line();
        if (m.whole && shows.whole)
          out.whole = std::make_shared<const core::ron::value>(shows.whole());
        tell(self, m.asker, std::move(out));
      },
  };
}

} // namespace hiisi::actors
