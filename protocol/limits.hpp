#pragma once

#include <cstddef>
#include <cstdint>

namespace hiisi::protocol {

/// The largest body of a frame, from the first Hiisi's wire (bytes).
inline constexpr size_t max_frame_bytes = 16 * 1024 * 1024;

/// How deep JSON may nest. Requests need five levels; nlohmann's parser has
/// no bound of its own and its destructor recurses.
inline constexpr size_t max_json_depth = 32;

/// Ports that users may have. Below 1024 a port takes privileges to bind.
inline constexpr uint16_t min_port = 1024;
inline constexpr uint16_t max_port = 65535;

/// How many ports one request may ask for.
inline constexpr uint16_t max_ports_at_once = 100;

/// How many ports one process may have.
inline constexpr size_t max_process_ports = 8;

/// The longest name of a process, in bytes.
inline constexpr size_t max_name_bytes = 64;

/// The version of what this Hiisi speaks. 1 is the first Hiisi's wire, which
/// carries no version.
inline constexpr uint32_t protocol_version = 2;

/// A response of many parts is sent in frames of about this size (bytes).
inline constexpr size_t stream_frame_bytes = 1024 * 1024;

/// What may be asked for of a process's logs: the bytes of a segment, where
/// they are rotated at all, and how many are kept. A smaller segment would
/// hardly hold a line, a larger one would be long in the making.
inline constexpr uint64_t min_log_bytes = 4096;
inline constexpr uint64_t max_log_bytes = uint64_t{1} << 40;
inline constexpr uint32_t min_log_keep = 1;
inline constexpr uint32_t max_log_keep = 100'000;

} // namespace hiisi::protocol
