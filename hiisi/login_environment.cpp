#include "hiisi/login_environment.hpp"

#include "hiisi/descriptor.hpp"
#include "hiisi/text.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;
using std::chrono::steady_clock;

/// Behind whatever the profile prints comes this line, then the umask, then
/// the environment, each variable ended by a NUL.
constexpr std::string_view mark = "hiisi: the environment follows";
constexpr const char* print_all
    = "echo; echo 'hiisi: the environment follows'; umask; exec env -0";
/// More than this no process could be started with.
constexpr size_t most_bytes = 8 * 1024 * 1024;

protocol::error no_login(std::string message) {
  return make_error(errc::unavailable, std::move(message),
                    "see what a login says (su - \"$USER\"), or leave out "
                    "--login");
}

std::string text_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// What lies between a pair of quotes, or all of it.
std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() > 1
                      && (text.front() == '"' || text.front() == '\'')
                      && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

/// In the child: becomes the shell. A session of its own, so that all that a
/// profile starts can be ended with it, and so that nothing can ask at the
/// terminal.
[[noreturn]] void become_shell(const passwd& who, char* const* env, int out) {
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(0022);
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(out, 1) < 0
      || ::dup2(null, 2) < 0 || (::chdir(who.pw_dir) != 0 && ::chdir("/") != 0))
    ::_exit(127);
  // By the dash a shell knows that it is to do as at a login.
  const auto* name = std::strrchr(who.pw_shell, '/');
  std::string zeroth = std::string{"-"} + (name ? name + 1 : who.pw_shell);
  std::string option = "-c";
  std::string words = print_all;
  char* argv[] = {zeroth.data(), option.data(), words.data(), nullptr};
  ::execve(who.pw_shell, argv, env);
  ::_exit(127);
}

/// All that comes out of the pipe until everybody has closed it, or the shell
/// has ended and nothing more is there: a profile may leave a program behind
/// that holds it. Nothing where time is up first.
std::optional<std::string> read_all(int pipe, pid_t shell, int& status,
                                    steady_clock::time_point until) {
  std::string text;
  // Without one the end of everybody's end of the pipe is waited for.
  const descriptor process{
      static_cast<int>(::syscall(SYS_pidfd_open, shell, 0u))};
  bool ended = false;
  const auto reap = [&] {
    while (!ended && ::waitpid(shell, &status, 0) < 0 && errno == EINTR) {
    }
    ended = true;
  };
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - steady_clock::now());
    if (left.count() <= 0 || text.size() > most_bytes)
      return std::nullopt;
    pollfd looks[2]
        = {{pipe, POLLIN, 0}, {ended ? -1 : process.get(), POLLIN, 0}};
    ::poll(looks, 2, ended ? 0 : static_cast<int>(left.count()));
    if (looks[0].revents != 0) {
      char bytes[65536];
      const auto got = ::read(pipe, bytes, sizeof bytes);
      if (got > 0) {
        text.append(bytes, static_cast<size_t>(got));
        continue;
      }
      if (got < 0 && errno == EINTR)
        continue;
      reap();
      return text;
    }
    if (ended)
      return text;
    if (looks[1].revents != 0)
      reap();
  }
}

result<login_world> read_world(std::string_view text, const passwd& who) {
  const auto begin = text.rfind("\n" + std::string{mark} + "\n");
  if (begin == text.npos)
    return no_login(std::string{"your login shell "} + who.pw_shell
                    + " does not tell its environment");
  auto rest = text.substr(begin + mark.size() + 2);
  const auto line = rest.find('\n');
  login_world world;
  const std::string mask{rest.substr(0, line)};
  world.umask
      = static_cast<uint32_t>(std::strtoul(mask.c_str(), nullptr, 8)) & 0777;
  world.home = who.pw_dir;
  rest.remove_prefix(line == rest.npos ? rest.size() : line + 1);
  std::map<std::string, std::string, std::less<>> all;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\0'), rest.size());
    const auto entry = rest.substr(0, end);
    const auto equals = entry.find('=');
    if (equals != entry.npos && equals > 0)
      all.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  // The shell's own, which tell of the shell that has ended.
  for (const auto* own : {"_", "SHLVL", "PWD", "OLDPWD"})
    all.erase(own);
  all.emplace("PWD", world.home);
  world.env = environment{std::move(all)};
  return world;
}

} // namespace

std::map<std::string, std::string, std::less<>>
login_basics(std::string_view login_defs, std::string_view etc_environment,
             const std::string& user, const std::string& home,
             const std::string& shell) {
  std::map<std::string, std::string, std::less<>> all{
      {"HOME", home}, {"USER", user}, {"LOGNAME", user}, {"SHELL", shell}};
  all["PATH"] = user == "root" ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                                 "/usr/bin:/sbin:/bin"
                               : "/usr/local/bin:/usr/bin:/bin";
  const std::string_view key = user == "root" ? "ENV_SUPATH" : "ENV_PATH";
  std::istringstream defs{std::string{login_defs}};
  for (std::string line; std::getline(defs, line);) {
    std::istringstream words{line};
    std::string name, value;
    if (words >> name >> value && name == key)
      all["PATH"] = value.starts_with("PATH=") ? value.substr(5) : value;
  }
  std::istringstream given{std::string{etc_environment}};
  for (std::string line; std::getline(given, line);) {
    auto entry = trimmed(line);
    if (entry.starts_with("export "))
      entry = trimmed(entry.substr(7));
    const auto equals = entry.find('=');
    if (equals != entry.npos && equals > 0 && entry.front() != '#')
      all[std::string{entry.substr(0, equals)}]
          = unquoted(trimmed(entry.substr(equals + 1)));
  }
  return all;
}

result<login_world> ask_login_shell(std::chrono::milliseconds patience) {
  const auto* found = ::getpwuid(::geteuid());
  if (!found)
    return no_login("the user database does not know uid "
                    + std::to_string(::geteuid()));
  passwd who = *found;
  std::string shell = *who.pw_shell ? who.pw_shell : "/bin/sh";
  who.pw_shell = shell.data();
  std::vector<std::string> pairs;
  for (const auto& [name, value] :
       login_basics(text_of("/etc/login.defs"), text_of("/etc/environment"),
                    who.pw_name, who.pw_dir, shell))
    pairs.push_back(name + "=" + value);
  std::vector<char*> block;
  for (auto& pair : pairs)
    block.push_back(pair.data());
  block.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return no_login(std::string{"pipe: "} + std::strerror(errno));
  const descriptor reading{ends[0]};
  descriptor writing{ends[1]};
  const auto child = ::fork();
  if (child < 0)
    return no_login(std::string{"fork: "} + std::strerror(errno));
  if (child == 0)
    become_shell(who, block.data(), writing.get());
  writing = descriptor{};
  int status = 0;
  const auto text
      = read_all(reading.get(), child, status, steady_clock::now() + patience);
  if (!text) {
    // Only while it is still a child of ours is its number its own.
    if (::waitpid(child, &status, WNOHANG) == 0) {
      ::kill(-child, SIGKILL);
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
    }
    return no_login("your login shell " + printable(shell)
                    + " was not done with your profile within "
                    + std::to_string(patience.count() / 1000) + " s");
  }
  if (status != 0)
    return no_login(
        "your login shell " + printable(shell) + " failed ("
        + (WIFEXITED(status)
               ? "exit status " + std::to_string(WEXITSTATUS(status))
               : "signal " + std::to_string(WTERMSIG(status)))
        + ")");
  return read_world(*text, who);
}

} // namespace hiisi::cli
