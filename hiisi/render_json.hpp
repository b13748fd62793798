#pragma once

#include "hiisi/options.hpp"
#include "hiisi/process_details.hpp"
#include "protocol/response.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What `--json` prints: one document a command, on one line, with a newline.
/// Keys are part of the interface; they may be added to, never changed.
namespace hiisi::cli {

/// {"id":7,"name":"my_server","ports":[{"port":8080,"protocol":"tcp",
/// "label":"web"}]}
[[nodiscard]] std::string json_started(const protocol::process_started& what);

/// {"processes":[{"id":7,...}]}. What is not known, or not for the caller's
/// eyes, is null, as are the paths and last lines of logs where no details are
/// given; else there are details for each entry.
[[nodiscard]] std::string
json_status(std::span<const protocol::status_entry> entries,
            std::span<const process_details> details = {});

/// One object of a command that works on several.
struct outcome {
  /// As typed: an id, a name, a port.
  std::string target;
  std::optional<protocol::error> problem;
  /// Where it is known, from the answer or before.
  std::optional<protocol::process_started> process;
  /// What became of its ports, where it was removed.
  std::optional<protocol::process_removed> removed{};
};

/// {"action":"stop","results":[{"target":"7","ok":true},...]}; what failed
/// has "error" as in json_error, where they are known there are "id" and
/// "name", and for what was removed "freed_ports" and "kept_ports".
[[nodiscard]] std::string json_outcomes(std::string_view action,
                                        std::span<const outcome> outcomes);

/// One output file of a process.
struct stream_lines {
  std::string_view stream;
  std::string path;
  /// Empty if the file is not there or cannot be read: see `problem`.
  std::vector<std::string> lines;
  std::string problem;
};

/// {"stdout":{"path":"...","lines":["..."],"error":null},"stderr":{...}}, with
/// those streams that were asked for.
[[nodiscard]] std::string json_logs(std::span<const stream_lines> streams);

/// {"version":"1.0.0","protocol":2,"daemon":{...}}; daemon is null where there
/// is none, or none was asked.
[[nodiscard]] std::string
json_version(std::string_view version,
             const std::optional<protocol::version_info>& daemon);

/// {"topic":"run","text":"..."}
[[nodiscard]] std::string json_help(std::string_view topic,
                                    std::string_view text);

/// {"error":{"code":"not_found","message":"...","hint":"..."}}
[[nodiscard]] std::string json_error(const protocol::error& problem);

} // namespace hiisi::cli
