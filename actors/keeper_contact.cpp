#include "actors/keeper_contact.hpp"

#include "actors/caf_compat.hpp"
#include "actors/messages.hpp"
#include "actors/os/leaf_files.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hiisi::actors {

namespace wire = keeper_wire;

keeper_contact::keeper_contact(caf::event_based_actor* self, keeper_dialer dial,
                               warning warn)
    : self_(self), dial_(std::move(dial)), warn_(std::move(warn)) {}

bool keeper_contact::dial() {
  auto made = dial_(caf::actor{self_}, ++number_);
  if (!made.ok()) {
    redial_later(made.failure().message);
    return false;
  }
  connection_ = *std::move(made);
  wire::message hello;
  hello.what = wire::kind::hello;
  hello.value = wire::version;
  send(hello);
  return true;
}

void keeper_contact::redial_later(std::string_view why) {
  // A keeper that was started a moment ago is no news.
  if (redial_ == longest_redial && !std::exchange(missed_, true))
    warn_("the keeper cannot be reached: " + std::string{why});
  tell_self_after(self_, redial_, reconnect{});
  redial_ = std::min(redial_ * 2, longest_redial);
}

void keeper_contact::established() noexcept {
  redial_ = first_redial;
  missed_ = false;
}

bool keeper_contact::lose(bool was_established) {
  connection_.reset();
  if (!was_established) {
    redial_later("it hangs up at once");
    return false;
  }
  warn_("the connection to the keeper was lost");
  return true;
}

void keeper_contact::heard(const wire::message& m) {
  ++heard_;
  if (m.what != wire::kind::welcome)
    return;
  keeper_ = m;
  leaves_
      = (m.flags & wire::flag_cgroups) != 0
            ? std::make_shared<const std::string>(os::leaves_of_keeper(m.pid))
            : nullptr;
}

void keeper_contact::send(const wire::message& what, os::sockets_ptr attached) {
  ++sent_;
  connection_->send(what, std::move(attached));
}

void keeper_contact::spawn(const wire::message& what, os::fd launch_block) {
  ++sent_;
  connection_->spawn(what, std::move(launch_block));
}

void keeper_contact::release(uint32_t id) {
  connection_->release(id);
}

core::ron::struct_builder keeper_contact::portrait(bool ready) const {
  core::ron::struct_builder out{"keeper_link"};
  out.add("connected", connected())
      .add("ready", ready)
      .add("keeper_pid", keeper_.pid)
      .add("keeper_version", keeper_.value)
      .add("cgroups", (keeper_.flags & wire::flag_cgroups) != 0)
      .add("leaves", leaves_ ? *leaves_ : std::string{})
      .add("connections", number_)
      .add("sent", sent_)
      .add("heard", heard_)
      .add("queue", connection_ ? connection_->queued() : 0);
  return out;
}

} // namespace hiisi::actors
