#include "actors/core/request_kinds.hpp"

#include <variant>

namespace hiisi::core {

namespace {

template <class... Kinds>
bool is_any_of(const protocol::command& what) {
  return (std::holds_alternative<Kinds>(what) || ...);
}

} // namespace

bool only_looks(const protocol::command& what) {
  using namespace protocol;
  return is_any_of<status_request, logs_request, port_lookup_request,
                   port_check_request, port_suggest_request, version_request,
                   events_request, hook_list_request, debug_request,
                   quota_request, doctor_request>(what);
}

bool is_about_ports(const protocol::command& what) {
  using namespace protocol;
  return is_any_of<
      port_allocate_request, port_free_request, port_lookup_request,
      port_check_request, port_suggest_request, port_keep_request,
      port_transfer_request, port_accept_request, port_collect_request>(what);
}

bool is_about_hooks(const protocol::command& what) {
  using namespace protocol;
  return is_any_of<hook_add_request, hook_list_request, hook_remove_request>(
      what);
}

} // namespace hiisi::core
