#include "actors/status_answers.hpp"

#include "actors/os/clock.hpp"
#include "actors/reply.hpp"
#include "actors/status_table.hpp"
#include "actors/supervisor_errors.hpp"

namespace hiisi::actors {

namespace {

core::subject viewer(const os::identity& who) {
  return {who.uid, who.administrator};
}

} // namespace

status_answers::status_answers(caf::event_based_actor* self, uint32_t uid,
                               caf::actor host, child_table& children)
    : self_(self), uid_(uid), host_(std::move(host)), children_(children) {}

void status_answers::answer(const submission& m,
                            const protocol::status_request& what) {
  gate_.when_open([this, m, what] { show(m, what); });
}

void status_answers::answer(const describe& m) {
  gate_.when_open([this, m] { show(m); });
}

void status_answers::set_unused(unused_ptr all) {
  unused_ = std::move(all);
  children_.forget_written();
}

void status_answers::show(const submission& m,
                          const protocol::status_request& what) {
  const auto own = m.caller->uid == uid_;
  if (own && !what.what && !what.usage && m.what->version >= 2) {
    send_reply(self_, m.reply_to,
               protocol::written_status_list{
                   children_.own_rows(os::boottime(), *unused_)});
    return;
  }
  protocol::status_list list;
  const auto who = viewer(*m.caller);
  if (what.what) {
    const auto* found = children_.find(*what.what);
    if (!found) {
      send_reply(self_, m.reply_to, no_process(*what.what));
      return;
    }
    list.entries.push_back(actors::show(*found->view, found->seen_by(who),
                                        os::boottime(), *unused_));
  } else {
    list.entries = children_.rows(who, os::boottime(), *unused_,
                                  own ? child_table::selection::own
                                      : child_table::selection::all);
  }
  send_reply(self_, m.reply_to, std::move(list));
}

void status_answers::show(const describe& m) {
  tell(self_, host_,
       described{m.gathering, uid_,
                 children_.rows(viewer(*m.caller), os::boottime(), *unused_)});
}

} // namespace hiisi::actors
