#include "actors/inspector_report.hpp"

#include "actors/core/ron/json.hpp"
#include "actors/core/ron/writer.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/rfc3339.hpp"

#include <algorithm>
#include <string_view>

namespace hiisi::actors {

namespace {

using protocol::json_writer;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Names of message types without the part that they share.
std::string_view short_name(const char* message) {
  constexpr std::string_view ours = "hiisi::actors::";
  std::string_view name = message ? message : "?";
  if (name.starts_with(ours))
    name.remove_prefix(ours.size());
  return name;
}

std::string called(const actor_card& card) {
  std::string out{card.facts.name};
  if (!card.facts.label.empty())
    out += " " + card.facts.label;
  return out;
}

uint64_t microseconds_of(const std::atomic<uint64_t>& ns) {
  return ns.load(std::memory_order_relaxed) / 1000;
}

void write_counters(json_writer& out, const actor_card& card,
                    std::chrono::steady_clock::time_point now) {
  out.raw(R"(,"handled":)")
      .number(card.handled.load(std::memory_order_relaxed));
  out.raw(R"(,"busy_us":)").number(microseconds_of(card.busy_ns));
  out.raw(R"(,"longest_us":)").number(microseconds_of(card.longest_ns));
  out.raw(R"(,"age_s":)")
      .number(
          duration_cast<seconds>(now.time_since_epoch() - card.born).count());
  out.raw(R"(,"rebuilds":)").number(card.facts.rebuilds);
}

/// Cards in the order of a tree, with how deep each is.
class tree {
public:
  explicit tree(const std::vector<card_ptr>& cards) {
    for (const auto& card : cards)
      by_id_[card->id] = card;
    for (const auto& card : cards)
      children_[by_id_.count(card->facts.parent) ? card->facts.parent : 0]
          .push_back(card);
  }

  template <class Visit>
  void walk(Visit visit) const {
    walk(0, 0, visit);
  }

private:
  template <class Visit>
  void walk(uint64_t parent, size_t depth, Visit& visit) const {
    const auto i = children_.find(parent);
    if (i == children_.end())
      return;
    for (const auto& card : i->second) {
      visit(*card, depth);
      walk(card->id, depth + 1, visit);
    }
  }

  std::map<uint64_t, card_ptr> by_id_;
  std::map<uint64_t, std::vector<card_ptr>> children_;
};

} // namespace

std::string report_actors(const std::vector<card_ptr>& cards,
                          const self_descriptions& said,
                          std::chrono::steady_clock::time_point now) {
  json_writer out{256 + cards.size() * 200};
  out.raw(R"({"actors":)");
  char before = '[';
  tree{cards}.walk([&](const actor_card& card, size_t depth) {
    out.raw({&before, 1});
    before = ',';
    const auto answer = said.find(card.id);
    out.raw(R"({"id":)").number(card.id);
    out.raw(R"(,"depth":)").number(depth);
    out.raw(R"(,"parent":)").number(card.facts.parent);
    out.raw(R"(,"name":)").text(called(card));
    out.raw(R"(,"kind":)").text(card.kind);
    out.raw(R"(,"state":)")
        .text(answer == said.end() ? "(busy)" : answer->second.line);
    out.raw(R"(,"mailbox":)");
    if (answer == said.end())
      out.raw("null");
    else
      out.number(answer->second.mailbox);
    write_counters(out, card, now);
    out.raw("}");
  });
  out.raw(before == '[' ? "[]}" : "]}");
  return std::move(out).take();
}

std::string report_timers(const std::vector<card_ptr>& cards,
                          const self_descriptions& said,
                          std::chrono::steady_clock::time_point now) {
  struct entry {
    std::chrono::steady_clock::time_point due;
    const char* message;
    const actor_card* card;
  };
  std::vector<entry> all;
  for (const auto& card : cards)
    if (const auto answer = said.find(card->id); answer != said.end())
      for (const auto& t : answer->second.timers)
        all.push_back({t.due, t.message, card.get()});
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.due < b.due; });
  json_writer out{64 + all.size() * 100};
  out.raw(R"({"timers":)");
  out.array(all, [&](const entry& e) {
    out.raw(R"({"in_ms":)")
        .number(duration_cast<milliseconds>(e.due - now).count());
    out.raw(R"(,"message":)").text(short_name(e.message));
    out.raw(R"(,"id":)").number(e.card->id);
    out.raw(R"(,"name":)").text(called(*e.card)).raw("}");
  });
  out.raw("}");
  return std::move(out).take();
}

std::string report_actor(const actor_card& card, const described_self& said,
                         std::chrono::steady_clock::time_point now) {
  json_writer out{4096};
  out.raw(R"({"id":)").number(card.id);
  out.raw(R"(,"name":)").text(called(card));
  out.raw(R"(,"kind":)").text(card.kind);
  out.raw(R"(,"parent":)").number(card.facts.parent);
  out.raw(R"(,"line":)").text(said.line);
  out.raw(R"(,"mailbox":)").number(said.mailbox);
  write_counters(out, card, now);
  out.raw(R"(,"state":)")
      .text(said.whole ? core::ron::write(*said.whole) : std::string{"()\n"});
  out.raw("}");
  return std::move(out).take();
}

std::string report_whole(const described_self& said) {
  json_writer out{4096};
  if (said.whole)
    core::ron::write_json(out, *said.whole);
  else
    out.raw("{}");
  return std::move(out).take();
}

std::string report_trace(const std::deque<seen_message>& messages,
                         uint64_t lost) {
  const auto name_of = [](uint64_t id, const card_ptr& card) {
    if (id == 0)
      return std::string{"outside"};
    return (card ? called(*card) : "actor") + " " + std::to_string(id);
  };
  // They come in the order in which they were done with.
  std::vector<const seen_message*> sorted;
  sorted.reserve(messages.size());
  for (const auto& m : messages)
    sorted.push_back(&m);
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const auto* a, const auto* b) { return a->what.at < b->what.at; });
  json_writer out{64 + sorted.size() * 160};
  out.raw(R"({"lost":)").number(lost).raw(R"(,"messages":)");
  out.array(sorted, [&](const seen_message* seen) {
    const auto& m = seen->what;
    out.raw(R"({"at":)")
        .text(protocol::format_rfc3339(
            std::chrono::time_point_cast<std::chrono::nanoseconds>(m.at)));
    out.raw(R"(,"from":)").text(name_of(m.from, seen->from));
    out.raw(R"(,"to":)").text(name_of(m.to, seen->to));
    out.raw(R"(,"message":)").text(short_name(m.message));
    out.raw(R"(,"us":)").number(duration_cast<microseconds>(m.took).count());
    out.raw("}");
  });
  out.raw("}");
  return std::move(out).take();
}

} // namespace hiisi::actors
