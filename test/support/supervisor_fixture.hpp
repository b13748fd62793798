#pragma once

#include "actors/user_supervisor.hpp"
#include "test/support/asking_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hiisi::test {

/// The supervisor of alice's processes, among fakes, and what she asks of it.
struct supervisor_fixture : asking_fixture {
  fake_actor host = make_fake();
  fake_actor directory = make_fake();
  fake_keeper keeper{*this};
  fake_store store{*this};
  caf::actor supervisor;

  supervisor_fixture() { begin({}); }

  void begin(actors::supervisor_settings settings) {
    supervisor = keep(actors::spawn_user_supervisor(
        *self(), 1000, {host, keeper, store, directory}, settings));
    run();
  }

  /// From now on the user database has an answer to who the owner is.
  void owner_is(protocol::result<actors::identity_ptr> who) {
    directory.react([this, who = std::move(who)](const caf::message& m) {
      if (m.match_elements<actors::identify>())
        send(m.get_as<actors::identify>(0).asker,
             actors::identified{1000, "", who});
    });
  }

  static protocol::run_request command(std::string program = "./web") {
    protocol::run_request r;
    r.argv = {std::move(program), "--port", "8080"};
    r.cwd = "/home/alice/site";
    r.env = {{"SECRET", "x"}};
    return r;
  }

  uint64_t ask(protocol::command what, actors::identity_ptr who = alice) {
    tell(supervisor,
         submit(session, ++sequence, std::move(who), std::move(what)));
    return sequence;
  }
  void start(uint32_t id, protocol::run_request what = command()) {
    tell(supervisor, actors::run_as{id, submit(session, ++sequence, alice,
                                               std::move(what))});
  }

  bool answered(uint64_t number) const {
    for (const auto& a : session.all<actors::answer>())
      if (a.sequence == number)
        return true;
    return false;
  }
  std::vector<protocol::status_entry> status(actors::identity_ptr who = alice) {
    ask(protocol::status_request{}, std::move(who));
    return answer_as<protocol::status_list>().entries;
  }
  std::string names() {
    std::string out;
    for (const auto& e : status())
      out += (out.empty() ? "" : " ") + e.name;
    return out;
  }
};

/// What is found on disk of a process of alice's.
inline core::process_record found_record(uint32_t id, std::string name,
                                         protocol::process_state state
                                         = protocol::process_state::running) {
  auto spec = std::make_shared<core::process_spec>();
  spec->id = id;
  spec->name = std::move(name);
  spec->uid = 1000;
  spec->user = "alice";
  spec->argv = {"./web"};
  spec->cwd = "/";
  core::process_record record;
  record.spec = std::move(spec);
  record.state = state;
  record.run = 3;
  return record;
}

} // namespace hiisi::test
