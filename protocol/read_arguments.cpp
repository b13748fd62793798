#include "protocol/read_arguments.hpp"

#include "protocol/names.hpp"
#include "protocol/quoting.hpp"
#include "protocol/utf8.hpp"

namespace hiisi::protocol {

namespace {

constexpr uint64_t max_umask = 0777;

/// More than the system can start a program with, or than anybody has: to carry
/// a million of them about would take the time of everybody else.
constexpr size_t max_arguments = 131'071;
constexpr size_t max_variables = 32'767;

} // namespace

std::string plain_text(const json_cursor& at) {
  const auto& text = at.text();
  if (text.find('\0') != text.npos)
    at.fail(errc::invalid_argument, "holds a NUL byte",
            "leave it out; a string ends at NUL for the system");
  return text;
}

std::string name_at(const json_cursor& at) {
  const auto& name = at.text();
  if (at.failed())
    return {};
  if (auto checked = check_name(name); !checked)
    at.fail(checked.failure().code, checked.failure().message,
            checked.failure().hint);
  return name;
}

target target_at(const json_cursor& arguments) {
  auto id = arguments.member("id");
  auto name = arguments.member("name");
  if (id.present() && name.present())
    arguments.fail(errc::bad_request, "has both \"id\" and \"name\"",
                   "give one of them");
  if (name.present())
    return name_at(name);
  if (id.present())
    return static_cast<uint32_t>(id.number(0, UINT32_MAX));
  arguments.fail(errc::bad_request, "neither \"id\" nor \"name\" is there",
                 "say which process, as {\"id\":7} or {\"name\":\"web\"}");
  return {};
}

std::vector<std::string> argv_at(const json_cursor& arguments) {
  constexpr std::string_view hint = "give the program to run";
  std::vector<std::string> argv;
  auto words = arguments.member("argv");
  if (words.present()) {
    words.for_each_item([&](const json_cursor& word) {
      if (argv.size() <= max_arguments)
        argv.push_back(plain_text(word));
    });
    if (argv.size() > max_arguments)
      words.fail(errc::invalid_argument,
                 "has more than " + std::to_string(max_arguments)
                     + " arguments",
                 "pass them in a file, or on several runs");
    else if (argv.empty())
      words.fail(errc::invalid_argument, "the command is empty",
                 std::string{hint});
    else if (argv.front().empty())
      words.fail(errc::invalid_argument, "the program's name is empty",
                 std::string{hint});
    return argv;
  }
  auto line = arguments.member("cmd");
  argv = split_words(plain_text(line));
  if (argv.size() > max_arguments)
    line.fail(errc::invalid_argument,
              "has more than " + std::to_string(max_arguments) + " arguments",
              "pass them in a file, or on several runs");
  if (argv.empty())
    line.fail(errc::invalid_argument, "the command is empty",
              std::string{hint});
  return argv;
}

std::map<std::string, std::string> env_at(const json_cursor& env) {
  std::map<std::string, std::string> out;
  env.for_each_member([&](const std::string& key, const json_cursor& value) {
    auto refuse = [&](std::string_view why) {
      env.fail(errc::invalid_argument,
               "the name of a variable" + std::string{why},
               "leave that variable out");
    };
    if (key.empty())
      refuse(" is empty");
    else if (key.find('\0') != key.npos)
      refuse(", \"" + excerpt(key) + "\", holds a NUL byte");
    else if (key.find('=') != key.npos)
      refuse(", \"" + excerpt(key) + "\", holds '='");
    if (out.size() <= max_variables)
      out.insert_or_assign(key, plain_text(value));
  });
  if (out.size() > max_variables)
    env.fail(errc::invalid_argument,
             "has more than " + std::to_string(max_variables) + " variables",
             "leave out what the program does not need");
  return out;
}

std::string cwd_at(const json_cursor& arguments) {
  auto cwd = arguments.member("cwd");
  auto path = plain_text(cwd);
  if (!path.starts_with('/'))
    cwd.fail(errc::invalid_argument,
             "\"" + excerpt(path) + "\" is not an absolute path",
             "give the whole path, from /");
  return path;
}

std::optional<uint32_t> umask_at(const json_cursor& arguments) {
  auto mask = arguments.member("umask");
  if (!mask.present())
    return std::nullopt;
  return static_cast<uint32_t>(mask.number(0, max_umask));
}

} // namespace hiisi::protocol
