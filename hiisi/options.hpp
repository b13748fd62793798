#pragma once

#include "hiisi/command_cut.hpp"
#include "protocol/request.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hiisi::cli {

enum class color_mode : uint8_t { automatic, always, never };

/// What may stand before and behind every verb.
struct global_options {
  std::optional<std::string> socket;
  bool json = false;
  color_mode color = color_mode::automatic;
  bool no_autostart = false;
};

struct run_verb {
  std::vector<std::string> argv;
  protocol::restart_policy restart = protocol::restart_policy::no;
  /// The last word before the command, where it was a bare "--restart",
  /// "--port" or "--listen": the command may have been meant as its value.
  std::string bare_option_before_command;
  std::optional<std::string> name;
  std::optional<int> stop_signal;
  std::optional<std::chrono::milliseconds> stop_timeout;
  std::optional<std::string> cwd;
  std::optional<uint64_t> log_bytes;
  std::optional<uint32_t> log_keep;
  std::vector<protocol::port_wish> ports;
  /// The address to have hiidet listen at; empty for every address.
  std::optional<std::string> listen;
  std::map<protocol::limited_resource, uint64_t> limits;
  /// From the environment, umask and directory of a login, not the caller's.
  bool login = false;
  bool timestamps = false;
  bool terminal = false;
};

struct status_verb {
  std::optional<protocol::target> what;
  bool all = false;
};

struct logs_verb {
  protocol::target what;
  bool follow = false;
  /// 15 where nothing is said, or all where only some lines are asked for.
  std::optional<uint64_t> lines;
  bool standard_output = true;
  bool standard_error = true;
  /// Only what was written since then, as it was typed.
  std::optional<std::string> since;
  /// What would drive the terminal is not kept from it.
  bool raw = false;
  /// Only lines that match this extended regular expression.
  std::optional<std::string> pattern;
};

/// `hiisi logs clear`.
struct logs_clear_verb {
  protocol::target what;
  bool standard_output = true;
  bool standard_error = true;
};

/// What is done to a process that is there already.
enum class action : uint8_t { stop, start, restart, remove };

struct action_verb {
  action what = action::stop;
  /// As they were typed, for the texts that name them.
  std::vector<std::string> words;
  bool all = false;
  /// For `rm`: whether ports are given back, where that was said.
  std::optional<bool> free_ports;
};

struct port_allocate_verb {
  std::optional<uint16_t> port;
  uint16_t count = 1;
  bool contiguous = false;
  std::string label;
  bool udp = false;
};

struct port_free_verb {
  std::vector<uint16_t> ports;
  bool force = false;
};

struct port_lookup_verb {
  std::optional<std::string> user;
};

struct port_check_verb {
  uint16_t port = 0;
};

struct port_suggest_verb {
  std::optional<uint16_t> near;
  uint16_t count = 1;
};

struct port_keep_verb {
  uint16_t port = 0;
  bool keep = true;
};

/// Offers a port to `to`, or takes an offer back.
struct port_transfer_verb {
  uint16_t port = 0;
  std::optional<std::string> to;
};

struct port_accept_verb {
  uint16_t port = 0;
};

struct port_gc_verb {
  bool dry_run = false;
};

/// Ports that are labelled and listened on, for a reverse proxy.
struct port_export_verb {
  enum class format : uint8_t { caddy, nginx, json };
  format how = format::json;
  /// Below which each port has a host name of its own; without, each has a
  /// path.
  std::optional<std::string> domain;
  std::optional<std::string> user;
};

/// What has happened: everything that the caller may see, or of one process.
struct events_verb {
  std::optional<protocol::target> what;
  std::optional<std::string> user;
  /// As typed; the time that it means depends on now.
  std::optional<std::string> since;
  std::optional<uint64_t> last;
  bool follow = false;
};

struct hook_add_verb {
  std::vector<protocol::event_kind> on;
  std::optional<protocol::target> what;
  std::vector<std::string> argv;
};

struct hook_list_verb {};

struct hook_remove_verb {
  std::vector<uint32_t> numbers;
};

/// What a user uses of what is limited: the caller, or, for administrators,
/// `user`.
struct quota_verb {
  std::optional<std::string> user;
};

/// What the host gives and does not give Hiisi.
struct doctor_verb {};

/// For administrators: the inside of the daemon.
struct debug_verb {
  /// "actors", "trace", ..., or "bundle", which is all of them.
  std::string topic;
  std::optional<uint64_t> actor;
  std::optional<std::string> user;
  bool follow = false;
  /// Of `bundle`: the archive to write.
  std::optional<std::string> file;
};

/// For administrators: as the host goes down.
struct shutdown_verb {};

/// `--version` asks no daemon, the verb does.
struct version_verb {
  bool ask_daemon = false;
};

struct help_verb {
  /// The verb that help is wanted for, such as "port allocate"; empty for all.
  std::string topic;
};

using verb_alternatives
    = std::variant<run_verb, status_verb, logs_verb, logs_clear_verb,
                   action_verb, port_allocate_verb, port_free_verb,
                   port_lookup_verb, shutdown_verb, version_verb, help_verb,
                   events_verb, hook_add_verb, hook_list_verb, hook_remove_verb,
                   debug_verb, port_check_verb, port_suggest_verb,
                   port_keep_verb, port_transfer_verb, port_accept_verb,
                   port_gc_verb, port_export_verb, quota_verb, doctor_verb>;

/// One of them. What copies it is compiled once, in options.cpp: of so many
/// alternatives that is much code, and would be made in every file.
struct verb : verb_alternatives {
  using verb_alternatives::verb_alternatives;
  verb();
  verb(const verb&);
  verb(verb&&) noexcept;
  verb& operator=(const verb&);
  verb& operator=(verb&&) noexcept;
  ~verb();
};

struct invocation {
  global_options global;
  verb what;
};

/// Reads the words behind the program's name. Every error is the user's, and
/// is for exit status 2: `invalid_argument` with a hint what to write instead.
protocol::result<invocation> parse_options(std::span<const std::string> words);

/// Whether "--json" stands among the words before the command of `run`: how an
/// error in the words themselves is to be shown.
[[nodiscard]] bool wants_json(std::span<const std::string> words);

/// The process that a word names: an id if it is a number, else a name.
/// Errors: `invalid_argument` for a word that cannot be a name and for a number
/// too large.
protocol::result<protocol::target> parse_target(std::string_view word);

/// The number of lines behind `-n`. Errors: `invalid_argument`.
protocol::result<uint64_t> parse_lines(std::string_view word);

/// A port that a user may have. Errors: `invalid_argument`, saying whether the
/// number is below 1024, above 65535 or none at all.
protocol::result<uint16_t> parse_port(std::string_view word);

} // namespace hiisi::cli
