#include "actors/port_registry.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/authorization.hpp"
#include "actors/core/port_table.hpp"
#include "actors/core/port_text.hpp"
#include "actors/os/random.hpp"
#include "actors/reply.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <vector>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

class registry_state {
public:
  static inline const char* name = "port_registry";

  explicit registry_state(caf::event_based_actor* self) : self_(self) {}

  void init(registry_world world) {
    world_ = std::move(world);
    random_ = core::seeded_random(os::random_seed());
    load();
  }

  caf::behavior make_behavior() {
    quiet(self_);
    return {
        [this](port_submission& m) { serve(m.what); },
        [this](commit_registry&) { commit(); },
        [this](show_ports) {
          return shown_ports{
              damage_ ? nullptr
                      : std::make_shared<core::port_table>(committed_)};
        },
        [this](reload_registry&) {
          commit();
          load();
        },
    };
  }

private:
  // -- the file ---------------------------------------------------------------

  void load() {
    damage_.reset();
    auto text = world_.load();
    if (text.ok() && !*text)
      return import();
    if (!text.ok())
      return damaged(std::move(text).failure());
    auto table = core::read_ports(**text, world_.path, world_.uid_of);
    if (!table.ok())
      return damaged(std::move(table).failure());
    table_ = committed_ = *std::move(table);
  }

  /// The first start here: what the first Hiisi knew is taken over.
  void import() {
    table_ = committed_ = {};
    auto text = world_.import();
    if (text.ok() && !*text)
      return;
    auto table
        = text.ok()
              ? core::read_ports(**text, world_.import_path, world_.uid_of)
              : result<core::port_table>{std::move(text).failure()};
    if (!table.ok())
      return damaged(std::move(table).failure());
    if (auto saved = world_.save(core::write_ports(*table)); !saved.ok())
      return damaged(std::move(saved).failure());
    table_ = committed_ = *std::move(table);
  }

  /// An empty registry in place of one that cannot be read would give away
  /// ports that belong to somebody.
  void damaged(protocol::error why) {
    why.code = errc::registry_damaged;
    why.message = "the port registry cannot be read: " + why.message;
    why.hint = "an administrator mends the file and has hiidet read it again "
               "(systemctl reload hiidet, or SIGHUP); processes are managed "
               "meanwhile";
    world_.warn(why.message);
    damage_ = std::move(why);
  }

  /// Makes durable what was decided since the last time, then says so. All
  /// that came in while the last write was under way shares this one.
  void commit() {
    committing_ = false;
    auto waiting = std::exchange(waiting_, {});
    if (waiting.empty())
      return;
    if (auto saved = world_.save(core::write_ports(table_)); !saved.ok()) {
      // Nobody has been told yet, so it simply did not happen.
      table_ = committed_;
      for (auto& w : waiting)
        reply(w.reply_to, saved.failure());
      return;
    }
    committed_ = table_;
    for (auto& w : waiting)
      reply(w.reply_to, std::move(w.what));
  }

  // -- requests ---------------------------------------------------------------

  void serve(const submission& m) {
    if (damage_) {
      reply(m.reply_to, *damage_);
      return;
    }
    if (const auto* r
        = std::get_if<protocol::port_allocate_request>(&m.what->what))
      change(m, allocate(m, *r));
    else if (const auto* f
             = std::get_if<protocol::port_free_request>(&m.what->what))
      change(m, free(m, *f));
    else if (const auto* l
             = std::get_if<protocol::port_lookup_request>(&m.what->what))
      reply(m.reply_to, look_up(*l));
  }

  result<protocol::payload> allocate(const submission& m,
                                     const protocol::port_allocate_request& r) {
    auto port = r.port ? result<uint16_t>{*r.port} : choose();
    if (!port.ok())
      return std::move(port).failure();
    auto entered = table_.allocate(
        {*port, m.caller->uid, m.caller->name, world_.now()}, world_.avoided());
    if (!entered.ok())
      return std::move(entered).failure();
    return protocol::payload{protocol::port_allocated{*port}};
  }

  result<uint16_t> choose() {
    auto skipped = world_.avoided();
    table_.add_to(skipped);
    auto listening = world_.listening();
    if (!listening.ok())
      return std::move(listening).failure();
    for (unsigned port = protocol::min_port; port <= protocol::max_port; ++port)
      if (listening->contains(static_cast<uint16_t>(port)))
        skipped.add(static_cast<uint16_t>(port));
    return core::choose_port({}, skipped, random_);
  }

  result<protocol::payload> free(const submission& m,
                                 const protocol::port_free_request& r) {
    auto freed = table_.free(r.port, {m.caller->uid, m.caller->administrator});
    if (!freed.ok())
      return std::move(freed).failure();
    return protocol::payload{protocol::port_freed{}};
  }

  protocol::payload look_up(const protocol::port_lookup_request& r) {
    if (r.user && committed_.lookup(r.user).empty()
        && world_.uid_of(*r.user) == core::unknown_uid)
      return make_error(errc::not_found, "no user named " + *r.user,
                        "hiisi port lookup lists everybody's ports");
    auto listening = world_.listening();
    if (!listening.ok())
      return std::move(listening).failure();
    protocol::port_list list;
    for (const auto& a : committed_.lookup(r.user))
      list.entries.push_back(
          {a.port, a.user, listening->contains(a.port), a.allocated_at});
    return list;
  }

  void change(const submission& m, result<protocol::payload> outcome) {
    if (!outcome.ok()) {
      reply(m.reply_to, std::move(outcome).failure());
      return;
    }
    waiting_.push_back({m.reply_to, *std::move(outcome)});
    if (committing_)
      return;
    committing_ = true;
    tell(self_, caf::actor{self_}, commit_registry{});
  }

  void reply(const ticket& to, protocol::payload what) {
    send_reply(self_, to, std::move(what));
  }

  /// An answer that goes out once its change is on disk.
  struct decided {
    ticket reply_to;
    protocol::payload what;
  };

  caf::event_based_actor* self_;
  registry_world world_;
  core::random_source random_;
  /// With what has been decided, and as it is on disk.
  core::port_table table_;
  core::port_table committed_;
  std::vector<decided> waiting_;
  bool committing_ = false;
  std::optional<protocol::error> damage_;
};

caf::behavior port_registry(caf::stateful_actor<registry_state>* self,
                            registry_world world) {
  auto& state = state_of(self);
  state.init(std::move(world));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_port_registry(caf::actor_system& system, registry_world world,
                               bool detached) {
  return detached ? system.spawn<caf::detached>(port_registry, std::move(world))
                  : system.spawn(port_registry, std::move(world));
}

} // namespace hiisi::actors
