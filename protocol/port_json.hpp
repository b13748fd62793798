#pragma once

#include "protocol/json_cursor.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/response.hpp"

/// The answers to port requests as JSON: the parts of the codec that are about
/// ports. Each writes what stands behind {"Ok": and reads it back.
namespace hiisi::protocol {

void write_port_list(json_writer& out, const port_list& list, bool ours);
void write_port_report(json_writer& out, const port_report& report);
void write_port_suggestions(json_writer& out, const port_suggestions& all);
void write_port_changed(json_writer& out, const port_changed& changed);
void write_port_collection(json_writer& out, const port_collection& what);

[[nodiscard]] port_list read_port_list(const json_cursor& data);
[[nodiscard]] port_report read_port_report(const json_cursor& data);
[[nodiscard]] port_suggestions read_port_suggestions(const json_cursor& data);
[[nodiscard]] port_changed read_port_changed(const json_cursor& data);
[[nodiscard]] port_collection read_port_collection(const json_cursor& data);

/// A whole number that is a port, whether or not users may have it.
[[nodiscard]] uint16_t read_port_number(const json_cursor& at);

} // namespace hiisi::protocol
