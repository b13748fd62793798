#pragma once

#include "actors/core/port_history.hpp"
#include "actors/core/port_policy.hpp"
#include "actors/core/port_reading.hpp"
#include "actors/core/port_table.hpp"
#include "actors/core/random_source.hpp"
#include "protocol/request.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::core {

/// A change to the registry, for the audit log.
struct port_deed {
  /// "allocate", "free", "claim", "collect", ...
  std::string what;
  uint16_t port = 0;
  /// Whose port it is, or was.
  uint32_t uid = 0;
  std::string user;
  std::string label;
  /// What else there is to say; may be empty.
  std::string detail;
};

/// The ports of a new process.
struct claimed_ports {
  std::vector<protocol::process_port> ports;
  /// Those that its owner did not have before.
  std::vector<uint16_t> fresh;
};

/// What there is to decide with.
struct port_circumstances {
  const port_policy& policy;
  /// Null where the kernel could not be asked; `why_not` says why.
  const port_reading* reading = nullptr;
  protocol::error why_not;
  protocol::wall_time now;
  const random_source& random;
  const std::function<uint32_t(const std::string& user)>& uid_of;
};

/// Answers what is asked of the port registry: decisions alone. It changes the
/// table and the history that it is given; whoever owns them has the table on
/// disk before answers are sent that depend on it. Each change is a deed.
class port_clerk {
public:
  /// `on_disk` is the table that lookups show.
  port_clerk(port_table& table, const port_table& on_disk,
             port_history& history, const port_circumstances& around);

  /// The answer to one of the port requests. `old_client`: it cannot say
  /// --force, and frees whatever it asks for.
  protocol::payload answer(const port_caller& who,
                           const protocol::command& what, bool old_client);

  /// Gives ports to a process of `owner`'s, one for each wish: those that the
  /// owner has with that number or label, or new ones. All or none. Errors: as
  /// of an allocation.
  protocol::result<claimed_ports>
  claim(const port_caller& owner, uint32_t process,
        const std::vector<protocol::port_wish>& wishes);

  /// A process is no more. Of its ports, those of `free` are given back, and
  /// the others stay its owner's.
  protocol::process_removed release(uint32_t process, uint32_t uid,
                                    const std::vector<uint16_t>& ports,
                                    const std::vector<uint16_t>& free);

  /// Whether anybody but this process listens on one of its ports. Errors:
  /// `conflict`, naming who does.
  [[nodiscard]] protocol::result<void>
  look_at(uint32_t process,
          const std::vector<protocol::process_port>& ports) const;

  /// What look_around() does beside taking note.
  enum class tidying : uint8_t {
    nothing,
    /// Takes ports from processes that are not there any more.
    processes,
    /// And frees what is due.
    ports,
  };

  /// Takes note of who listens, and of owners who were renamed. To tidy up is
  /// for quiet times: a process that is about to be defined has its ports, and
  /// is not there yet.
  void look_around(tidying what);

  /// What was changed by the calls so far.
  [[nodiscard]] std::vector<port_deed> take_deeds();

private:
  using outcome = protocol::result<protocol::payload>;

  // port_clerk_allocate.cpp
  outcome serve(const port_caller&, const protocol::port_allocate_request&);
  outcome serve(const port_caller&, const protocol::port_suggest_request&);
  outcome serve(const port_caller&, const protocol::port_accept_request&);
  [[nodiscard]] protocol::result<void> may_have(const port_caller& who,
                                                uint16_t port, bool udp) const;
  [[nodiscard]] protocol::result<void> has_room(const port_caller& who,
                                                size_t more) const;
  protocol::result<uint16_t> choose(const port_caller& who, uint16_t count);
  protocol::result<void> enter(const port_caller& who, port_allocation what,
                               std::string deed);
  [[nodiscard]] port_set taken_for(const port_caller& who) const;
  protocol::result<port_allocation> find_or_make(const port_caller& owner,
                                                 const protocol::port_wish&,
                                                 claimed_ports& given);

  // port_clerk_look.cpp
  outcome serve(const port_caller&, const protocol::port_lookup_request&);
  outcome serve(const port_caller&, const protocol::port_check_request&);
  outcome serve(const port_caller&, const protocol::port_collect_request&);
  [[nodiscard]] protocol::port_entry show(const port_allocation& what) const;
  [[nodiscard]] std::vector<protocol::port_entry>
  strangers_for(const port_caller& who) const;

  // port_clerk.cpp
  outcome serve(const port_caller&, const protocol::port_free_request&);
  outcome serve(const port_caller&, const protocol::port_keep_request&);
  outcome serve(const port_caller&, const protocol::port_transfer_request&);
  template <class Other>
  outcome serve(const port_caller&, const Other&);
  protocol::result<port_allocation> own(const port_caller& who, uint16_t port,
                                        std::string_view what_for) const;
  [[nodiscard]] bool is_own(const port_allocation& what,
                            const port_caller& who) const;
  void recognise(const port_caller& who);
  port_allocation recognised(port_allocation what, const std::string& name,
                             const std::string& home);
  void leave(port_allocation what, std::string why);
  void forget(const port_allocation& what, std::string deed,
              std::string detail = {});
  void note(std::string what, const port_allocation& a,
            std::string detail = {});

  port_table& table_;
  const port_table& on_disk_;
  port_history& history_;
  const port_circumstances& around_;
  const port_reading& reading_;
  bool old_client_ = false;
  std::vector<port_deed> deeds_;
};

} // namespace hiisi::core
