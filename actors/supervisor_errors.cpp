#include "actors/supervisor_errors.hpp"

#include <variant>

namespace hiisi::actors {

using protocol::errc;
using protocol::error;
using protocol::make_error;

error name_taken(const std::string& name, uint32_t id) {
  return make_error(
      errc::conflict,
      "you have a process named " + name + " already, id " + std::to_string(id),
      "choose another --name, or remove that one: hiisi rm " + name);
}

error no_process(const protocol::target& what) {
  const auto* name = std::get_if<std::string>(&what);
  return make_error(errc::not_found,
                    "no process "
                        + (name ? "named " + *name
                                : std::to_string(std::get<uint32_t>(what))),
                    "hiisi status lists yours");
}

error not_yours(const core::process_spec& what) {
  return make_error(
      errc::not_permitted,
      "process " + std::to_string(what.id) + " belongs to " + what.user,
      "only its owner, root and members of hiisi-admin may do this");
}

error home_unknown(uint32_t uid) {
  return make_error(errc::unavailable, "the home directory of uid "
                                           + std::to_string(uid)
                                           + " is not known");
}

error removed_meanwhile(uint32_t id) {
  return make_error(errc::not_found,
                    "process " + std::to_string(id) + " has been removed");
}

error manager_failed(uint32_t id) {
  return make_error(errc::internal,
                    "what manages process " + std::to_string(id)
                        + " failed and was restarted",
                    "look at hiisi status and try again");
}

error manager_given_up(uint32_t id) {
  return make_error(errc::internal,
                    "what manages process " + std::to_string(id)
                        + " fails again and again",
                    "an administrator starts hiidet anew");
}

} // namespace hiisi::actors
