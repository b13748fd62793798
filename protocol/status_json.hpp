#pragma once

#include "protocol/json_writer.hpp"
#include "protocol/response.hpp"

#include <vector>

/// What a status says of a process, as JSON.
namespace hiisi::protocol {

/// `ours` has what a client of version 2 understands; without, it is as the
/// first Hiisi would write it.
void write_status_entry(json_writer& out, const status_entry& entry, bool ours);

/// Ours alone.
void write_status_row(json_writer& out, const written_status_list::row& row);

/// A member "ports" behind others; nothing where there are none.
void write_process_ports(json_writer& out,
                         const std::vector<process_port>& ports);

} // namespace hiisi::protocol
