#include "hiidet/configuration_report.hpp"

#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/writer.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/signals.hpp"

#include <array>
#include <chrono>
#include <set>
#include <string_view>
#include <vector>

namespace hiisi::hiidet {

namespace {

using core::ron::value;

/// What one key stands at.
struct setting_shown {
  std::string key;
  std::string what;
  std::string from;
};

/// All settings, one after the other, each with its source.
class report {
public:
  explicit report(const std::string& text) {
    if (auto read = core::ron::read(text, {}))
      file_ = *std::move(read);
  }

  void add(std::string key, std::string what) {
    const auto from = in_file(key) ? "file" : "default";
    add(std::move(key), std::move(what), from);
  }
  void add(std::string key, std::string what, std::string from) {
    known_.insert(key);
    all_.push_back({std::move(key), std::move(what), std::move(from)});
  }
  void add(std::string key, size_t number) {
    add(std::move(key), std::to_string(number));
  }
  void seconds(std::string key, std::chrono::nanoseconds time) {
    add(std::move(key),
        static_cast<size_t>(
            std::chrono::duration_cast<std::chrono::seconds>(time).count()));
  }

  /// A place: from the command line, the file, or as the environment has it.
  void place(std::string key, std::string what, bool on_command_line,
             bool system) {
    const auto from = on_command_line ? "command line"
                      : in_file(key)  ? "file"
                      : system        ? "default"
                                      : "environment";
    add(std::move(key), std::move(what), from);
  }

  /// Whatever else the file sets, as it stands there.
  void add_rest() {
    for (const auto& field : file_.fields())
      if (field.content.fields().empty())
        add_unknown(field.name, field.content);
      else
        for (const auto& inner : field.content.fields())
          add_unknown(field.name + "." + inner.name, inner.content);
  }

  [[nodiscard]] bool in_file(std::string_view key) const {
    const auto* at = &file_;
    while (at) {
      const auto dot = key.find('.');
      at = at->find(key.substr(0, dot));
      if (dot == key.npos)
        return at != nullptr;
      key.remove_prefix(dot + 1);
    }
    return false;
  }

  std::string json(const std::string& path, bool there) const {
    protocol::json_writer out{2048};
    out.raw(R"({"file":)").text(path);
    out.raw(R"(,"file_is_there":)").boolean(there).raw(R"(,"settings":)");
    out.array(all_, [&](const setting_shown& one) {
      out.raw(R"({"key":)").text(one.key);
      out.raw(R"(,"value":)").text(one.what);
      out.raw(R"(,"from":)").text(one.from).raw("}");
    });
    out.raw("}");
    return std::move(out).take();
  }

private:
  void add_unknown(const std::string& key, const value& content) {
    if (known_.count(key) != 0)
      return;
    core::ron::write_options one_line;
    one_line.compact = true;
    add(key, core::ron::write(content, one_line), "file");
  }

  value file_;
  std::set<std::string> known_;
  std::vector<setting_shown> all_;
};

std::string_view name_of(log_level level) {
  constexpr std::array<std::string_view, 4> names
      = {"debug", "info", "warning", "error"};
  return names[static_cast<size_t>(level)];
}

} // namespace

std::string report_configuration(const configuration& c,
                                 const os::places& where, const options& given,
                                 const std::string& path,
                                 const std::string& text) {
  report all{text};
  all.add("user", c.user);
  all.add("admin_group", c.admin_group);
  all.place("socket", where.socket, given.socket.has_value(), where.system);
  all.place("state_dir", where.state_dir, given.state_dir.has_value(),
            where.system);
  all.place("runtime_dir", where.runtime_dir, given.runtime_dir.has_value(),
            where.system);
  all.add("log_level", std::string{name_of(c.level)});
  all.add("limits.connections_per_user", c.connections.connections_per_user);
  all.add("limits.bytes_in_flight_per_user", c.connections.bytes_per_user);
  all.add("limits.output_per_connection", c.connections.output_per_connection);
  all.add("stop.signal", protocol::signal_name(c.process.stop.signal));
  all.seconds("stop.timeout_s", c.process.stop.timeout);
  all.seconds("restart.backoff_max_s", c.process.restart.backoff_max);
  all.seconds("restart.reset_after_s", c.process.restart.reset_after);
  all.add("restart.give_up_after", c.process.restart.give_up_after);
  all.add("finished_kept", c.finished_kept);
  all.add("events.file_mib", c.event_file_bytes / (1024 * 1024));
  all.add("events.files", c.event_files);
  all.seconds("hooks.timeout_s", c.hooks.timeout);
  all.add("logs.size_kib", c.logs.limits.bytes / 1024);
  all.add("logs.keep", c.logs.limits.keep);
  all.add_rest();
  return all.json(path, !text.empty());
}

} // namespace hiisi::hiidet
