#pragma once

#include "protocol/request.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <string>
#include <string_view>

namespace hiisi::protocol {

/// Writes a request as the JSON body of a frame. Commands of the first Hiisi
/// keep the shape that its daemon reads; what is ours goes into further keys.
/// One word has two meanings: a bare "Status" asks for everyone's processes
/// where it carries no version of ours, and for the caller's own where it does.
/// What is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string encode(const request& what);

/// Reads the body of a frame as a request. Errors: `bad_request` (not JSON,
/// not UTF-8, too deep, a wrong type; the message names the key),
/// `unknown_command`, `invalid_argument` (a value out of range, a NUL byte in
/// a string, an empty command, a relative working directory), `limit_exceeded`
/// (no memory).
result<request> decode_request(std::string_view body);

/// What can be told of a request that decode_request refused: the version its
/// sender speaks, so that the error takes the shape it understands (1 where
/// even that cannot be told).
[[nodiscard]] uint32_t version_of(std::string_view body) noexcept;

/// Writes a response for a client that speaks `version`. For version 1 the
/// shapes are the first Hiisi's and no others.
[[nodiscard]] std::string encode(const response& what, uint32_t version);

/// Appends the same to `out` as a whole frame, in place: a long list is not
/// copied once more. An answer that is longer than a frame may be is replaced
/// by an error that says so.
void append_frame(std::string& out, const response& what, uint32_t version);

/// About how many bytes an entry of a list takes, rather more than less.
[[nodiscard]] size_t rough_size(const status_entry& entry) noexcept;
[[nodiscard]] size_t rough_size(const written_status_list::row& row) noexcept;

/// Writes what an entry's clients of version 2 get, but for the uptime.
[[nodiscard]] written_status_entry write_ahead(const status_entry& entry);

/// Reads the body of a frame as a response, of either version. What an old
/// daemon does not say stays as in an empty struct, but `full` is set, since it
/// shows everything; its errors have the code `internal`. Errors:
/// `bad_request`, naming the key.
result<response> decode_response(std::string_view body);

} // namespace hiisi::protocol
