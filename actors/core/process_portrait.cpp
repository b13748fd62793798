#include "actors/core/process_portrait.hpp"

#include <string>

namespace hiisi::core {

ron::struct_builder portrait_of(const process_machine& machine) {
  const auto& record = machine.record();
  const auto& child = machine.child();
  ron::struct_builder out{"process"};
  out.add("id", record.spec->id)
      .add("name", record.spec->name)
      .add("uid", record.spec->uid)
      .add("policy", std::string{to_string(record.spec->policy)})
      .add("wanted", record.wanted)
      .add("state", std::string{to_string(record.state)})
      .add("run", record.run)
      .add("restarts", record.restarts)
      .add("quick_failures", record.quick_failures);
  if (record.last_exit)
    out.add("last_exit",
            ron::struct_builder{}
                .add("kind", std::string{to_string(record.last_exit->how)})
                .add("value", record.last_exit->value)
                .add("core_dumped", record.last_exit->core_dumped)
                .add("out_of_memory", record.last_exit->out_of_memory)
                .build());
  out.add("pid", child.pid)
      .add("pidfs_inode", child.pidfs_inode)
      .add("started_at_ns", child.started_at.count())
      .add("restart_at_ns", machine.restart_at().count())
      .add("detached", machine.detached());
  return out;
}

} // namespace hiisi::core
