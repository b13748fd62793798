#include "hiisi/command_context.hpp"

#include "hiisi/login_environment.hpp"
#include "hiisi/port_words.hpp"
#include "hiisi/text.hpp"
#include "protocol/utf8.hpp"

#include <filesystem>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

bool is_utf8(std::string_view text) {
  return !protocol::find_invalid_utf8(text);
}

result<std::string> working_directory(const run_verb& what) {
  std::filesystem::path directory = what.cwd.value_or("");
  if (!directory.is_absolute()) {
    std::error_code failed;
    auto here = std::filesystem::current_path(failed);
    if (failed)
      return make_error(errc::unavailable,
                        "the current directory cannot be told: "
                            + failed.message(),
                        "go to a directory that is there, or give --cwd DIR");
    directory = what.cwd ? (here / directory).lexically_normal() : here;
  }
  if (!is_utf8(directory.native()))
    return make_error(errc::invalid_argument,
                      "the working directory " + printable(directory.native())
                          + " is not UTF-8, which Hiisi needs",
                      "give another by --cwd DIR");
  return directory.native();
}

bool is_on_path(const std::string& name, const std::string& path) {
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = std::min(path.find(':', begin), path.size());
    std::string file = path.substr(begin, end - begin) + "/" + name;
    if (end > begin && ::access(file.c_str(), X_OK) == 0)
      return true;
    begin = end + 1;
  }
  return false;
}

bool is_somewhere(const std::string& name, const environment& env) {
  struct stat is {};
  return ::stat(name.c_str(), &is) == 0 || is_on_path(name, env.get("PATH"));
}

} // namespace

result<prepared_run> make_run_request(const run_verb& what,
                                      const environment& env) {
  prepared_run run;
  for (const std::string& word : what.argv)
    if (!is_utf8(word))
      return make_error(
          errc::invalid_argument,
          "the word '" + printable(word)
              + "' of the command is not UTF-8, which Hiisi needs",
          "put the command into a script and run that");
  auto directory = working_directory(what);
  if (!directory)
    return directory.failure();
  run.request.argv = what.argv;
  run.request.cwd = std::move(*directory);
  run.request.restart = what.restart;
  run.request.name = what.name;
  run.request.stop_signal = what.stop_signal;
  run.request.stop_timeout = what.stop_timeout;
  run.request.log_bytes = what.log_bytes;
  run.request.log_keep = what.log_keep;
  run.request.ports = what.ports;
  run.request.listen = what.listen;
  run.request.limits = what.limits;
  run.request.timestamps = what.timestamps;
  run.request.terminal = what.terminal;
  protocol::shared_environment::variables variables;
  for (const auto& [name, value] : env.all())
    if (is_utf8(name) && is_utf8(value))
      variables.emplace(name, value);
    else
      run.left_out.push_back(name);
  // The shell's word for where it is would be wrong elsewhere.
  if (what.cwd && variables.contains("PWD"))
    variables["PWD"] = run.request.cwd;
  run.request.env = std::move(variables);
  mode_t mask = ::umask(0077);
  ::umask(mask);
  run.request.umask = mask;
  return run;
}

result<prepared_run> make_login_run_request(run_verb what) {
  auto world = ask_login_shell();
  if (!world)
    return std::move(world).failure();
  if (!what.cwd)
    what.cwd = world->home;
  auto run = make_run_request(what, world->env);
  if (run)
    run->request.umask = world->umask;
  return run;
}

std::optional<protocol::error>
missing_program(const protocol::run_request& run) {
  const std::string& word = run.argv.front();
  if (!run.timestamps && !run.terminal)
    return std::nullopt;
  bool found = false;
  if (word.find('/') != std::string::npos) {
    const auto path = std::filesystem::path{run.cwd} / word;
    found = ::access(path.c_str(), X_OK) == 0;
  } else {
    const auto path = run.env->find("PATH");
    // Without one, the kernel's child has a list of its own.
    found = path == run.env->end() || is_on_path(word, path->second);
  }
  if (found || word.find('{') != std::string::npos)
    return std::nullopt;
  return make_error(errc::start_failed, "could not start: " + printable(word)
                                            + ": No such file or directory");
}

std::optional<protocol::error> value_taken_for_command(const run_verb& what,
                                                       const environment& env) {
  const std::string& word = what.argv.front();
  const std::string& option = what.bare_option_before_command;
  const bool fits = option == "--restart"
                        ? protocol::restart_policy_from_string(word).has_value()
                    : option == "--port"   ? parse_port_wish(word).ok()
                    : option == "--listen" ? parse_listen_address(word).ok()
                                           : false;
  if (!fits || is_somewhere(word, env))
    return std::nullopt;
  return make_error(errc::invalid_argument,
                    "there is no program '" + printable(word) + "' to run",
                    "did you mean " + option + "=" + printable(word) + "?");
}

} // namespace hiisi::cli
