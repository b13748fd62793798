// What decode_request refuses, and with which words.
#include "protocol/codec.hpp"
#include "protocol/utf8.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::protocol;
using namespace std::string_literals;

namespace {

error refusal(std::string_view body) {
  auto read = decode_request(body);
  BOOST_REQUIRE_MESSAGE(!read.ok(), body);
  return read.failure();
}

// Each body is refused with that code, and with that message and hint as
// "<message>: <hint>".
struct refused {
  std::string body;
  errc code;
  std::string text;
};

void check(const std::vector<refused>& samples) {
  for (const auto& [body, code, text] : samples) {
    BOOST_TEST_CONTEXT(excerpt(body, 200)) {
      auto reason = refusal(body);
      BOOST_TEST(to_string(reason.code) == to_string(code));
      auto told = reason.message;
      if (!reason.hint.empty())
        told += ": " + reason.hint;
      BOOST_TEST(told == text);
    }
  }
}

std::string command_body(std::string_view command) {
  return R"({"cmd":)" + std::string{command} + R"(,"user":"alice"})";
}

// A Run of which all is well, with further keys, the last of which count.
std::string run_body(std::string_view further) {
  return command_body(R"({"Run":{"cmd":"./srv","cwd":"/","env":{},)"
                      + std::string{further} + "}}");
}

constexpr auto bad = errc::bad_request;
constexpr auto invalid = errc::invalid_argument;

const std::string choose = ": choose one from 1024 to 65535";

} // namespace

BOOST_AUTO_TEST_SUITE(decode_request_errors)

BOOST_AUTO_TEST_CASE(what_is_no_request_is_refused) {
  check({
      {"", bad, "the frame is empty: send one JSON object in each frame"},
      {"5", bad, "expected a request, an object, found a number"},
      {"null", bad, "expected a request, an object, found null"},
      {"[]", bad, "expected a request, an object, found an array"},
      {"{}", bad, "cmd: missing; expected a command, such as \"Status\""},
      {command_body("7"), bad,
       "cmd: expected a command, such as \"Status\", found a number"},
      {command_body("{}"), bad,
       "cmd: expected one command, found 0: send each command in a frame of "
       "its "
       "own"},
      {command_body(R"({"Stop":{"id":1},"Start":{"id":1}})"), bad,
       "cmd: expected one command, found 2: send each command in a frame of "
       "its "
       "own"},
      {R"({"cmd":"Status","user":7})", bad,
       "user: expected a string, found a number"},
      {R"({"cmd":"Status","user":"a\u0000"})", invalid,
       "user: holds a NUL byte: leave it out; a string ends at NUL for the "
       "system"},
      {R"({"cmd":"Status","hiisi":2})", bad,
       "hiisi: expected an object, found a number"},
      {R"({"cmd":"Status","hiisi":{}})", bad,
       "hiisi.protocol: missing; expected a whole number from 1 to 4294967295"},
      {R"({"cmd":"Status","hiisi":{"protocol":0}})", invalid,
       "hiisi.protocol: 0 is not a whole number from 1 to 4294967295"},
  });
}

BOOST_AUTO_TEST_CASE(text_that_is_not_json_is_refused_with_its_place) {
  BOOST_TEST(refusal(R"({"cmd":"Status")")
                 .message.starts_with(
                     "not JSON, at byte 16: unexpected end of input"));
  BOOST_TEST(refusal("{\"cmd\":\"\xc3(\"}").message == "not UTF-8, at byte 9");
  BOOST_TEST(refusal(R"({"cmd":"\ud800"})").message.find("surrogate")
             != std::string::npos);
  auto deep = command_body(std::string(40, '[') + std::string(40, ']'));
  BOOST_TEST(refusal(deep).message == "the JSON nests deeper than 32 levels");
}

BOOST_AUTO_TEST_CASE(an_unknown_command_is_refused_with_the_known_ones) {
  std::string hint
      = ": known are Run, Stop, Start, Restart, Remove, Status, "
        "Logs, PortAllocate, PortFree, PortLookup, PortCheck, "
        "PortSuggest, PortKeep, PortTransfer, PortAccept, "
        "PortCollect, Shutdown, Version, "
        "Events, HookAdd, HookList, HookRemove, Debug, Quota, Doctor";
  check({
      {command_body(R"("Explode")"), errc::unknown_command,
       "unknown command \"Explode\"" + hint},
      {command_body(R"({"stop":{"id":1}})"), errc::unknown_command,
       "unknown command \"stop\"" + hint},
      {command_body("\"\\u001b" + std::string(100, 'x') + "\""),
       errc::unknown_command,
       "unknown command \"?" + std::string(63, 'x') + "...\"" + hint},
  });
}

BOOST_AUTO_TEST_CASE(a_command_that_is_not_there_is_refused) {
  std::string hint = ": give the program to run";
  std::string nul = ": holds a NUL byte: leave it out; a string ends at NUL "
                    "for the system";
  check({
      {run_body(R"("cmd":"")"), invalid,
       "Run.cmd: the command is empty" + hint},
      {run_body(R"("cmd":" \t\n")"), invalid,
       "Run.cmd: the command is empty" + hint},
      {run_body(R"("cmd":["a"])"), bad,
       "Run.cmd: expected a string, found an array"},
      {run_body(R"("cmd":"a\u0000b")"), invalid, "Run.cmd" + nul},
      {run_body(R"("argv":[])"), invalid,
       "Run.argv: the command is empty" + hint},
      {run_body(R"("argv":["","a"])"), invalid,
       "Run.argv: the program's name is empty" + hint},
      {run_body(R"("argv":"a b")"), bad,
       "Run.argv: expected an array, found a string"},
      {run_body(R"("argv":["a",7])"), bad,
       "Run.argv[1]: expected a string, found a number"},
      {run_body(R"("argv":["a","b\u0000"])"), invalid, "Run.argv[1]" + nul},
      {command_body(R"("Run")"), bad, "Run.cmd: missing; expected a string"},
      {command_body(R"({"Run":[]})"), bad,
       "Run: expected an object, found an array"},
  });
}

BOOST_AUTO_TEST_CASE(a_working_directory_is_an_absolute_path) {
  check({
      {run_body(R"("cwd":5)"), bad,
       "Run.cwd: expected a string, found a number"},
      {run_body(R"("cwd":"")"), invalid,
       "Run.cwd: \"\" is not an absolute path: give the whole path, from /"},
      {run_body(R"("cwd":"./x")"), invalid,
       "Run.cwd: \"./x\" is not an absolute path: give the whole path, from /"},
      {run_body(R"("cwd":"/a\u0000")"), invalid,
       "Run.cwd: holds a NUL byte: leave it out; a string ends at NUL for the "
       "system"},
      {command_body(R"({"Run":{"cmd":"a","env":{}}})"), bad,
       "Run.cwd: missing; expected a string"},
  });
}

BOOST_AUTO_TEST_CASE(nobody_has_so_many_arguments_and_variables) {
  const auto many
      = [](size_t count, const std::string& before, const std::string& after) {
          std::string all;
          for (size_t i = 0; i < count; ++i)
            all += (i == 0 ? "" : ",") + before + std::to_string(i) + after;
          return all;
        };
  BOOST_TEST(
      decode_request(run_body(R"("argv":[)" + many(131'071, "\"", "\"") + "]"))
          .ok());
  check({
      {run_body(R"("argv":[)" + many(131'072, "\"", "\"") + "]"), invalid,
       "Run.argv: has more than 131071 arguments: pass them in a file, or on "
       "several runs"},
      {run_body(R"("env":{)" + many(32'768, "\"A", "\":\"\"") + "}"), invalid,
       "Run.env: has more than 32767 variables: leave out what the program "
       "does not need"},
  });
}

BOOST_AUTO_TEST_CASE(variables_of_the_environment_have_names_and_texts) {
  std::string hint = ": leave that variable out";
  check({
      {run_body(R"("env":[])"), bad,
       "Run.env: expected an object, found an array"},
      {run_body(R"("env":{"K":7})"), bad,
       "Run.env.K: expected a string, found a number"},
      {run_body(R"("env":{"":"x"})"), invalid,
       "Run.env: the name of a variable is empty" + hint},
      {run_body(R"("env":{"A=B":"x"})"), invalid,
       "Run.env: the name of a variable, \"A=B\", holds '='" + hint},
      {run_body(R"("env":{"A\u0000":"x"})"), invalid,
       "Run.env: the name of a variable, \"A?\", holds a NUL byte" + hint},
      {run_body(R"("env":{"A":"x\u0000"})"), invalid,
       "Run.env.A: holds a NUL byte: leave it out; a string ends at NUL for "
       "the "
       "system"},
      {command_body(R"({"Run":{"cmd":"a","cwd":"/"}})"), bad,
       "Run.env: missing; expected an object"},
  });
}

BOOST_AUTO_TEST_CASE(further_settings_of_run_are_checked) {
  std::string signals = ": use a name such as SIGTERM or a number from 1 to 64";
  check({
      {run_body(R"("restart":1)"), bad,
       "Run.restart: expected true or false, found a number"},
      {run_body(R"("policy":true)"), bad,
       "Run.policy: expected a string, found true or false"},
      {run_body(R"("policy":"sometimes")"), invalid,
       "Run.policy: \"sometimes\" is no restart policy: use no, on-failure or "
       "always"},
      {run_body(R"("name":7)"), bad,
       "Run.name: expected a string, found a number"},
      {run_body(R"("name":"a b")"), invalid,
       "Run.name: the name \"a b\" holds a character that names may not hold: "
       "use letters, digits, '.', '_' and '-'"},
      {run_body(R"("stop_signal":0)"), invalid,
       "Run.stop_signal: 0 is no signal" + signals},
      {run_body(R"("stop_signal":65)"), invalid,
       "Run.stop_signal: 65 is no signal" + signals},
      {run_body(R"("stop_signal":-1)"), invalid,
       "Run.stop_signal: -1 is no signal" + signals},
      {run_body(R"("stop_signal":"SIGFOO")"), invalid,
       "Run.stop_signal: \"SIGFOO\" is no signal" + signals},
      {run_body(R"("stop_signal":[])"), bad,
       "Run.stop_signal: expected the name or number of a signal, found an "
       "array"},
      {run_body(R"("stop_timeout_ms":3600001)"), invalid,
       "Run.stop_timeout_ms: 3600001 is not a whole number from 0 to 3600000"},
      {run_body(R"("stop_timeout_ms":-1)"), invalid,
       "Run.stop_timeout_ms: -1 is not a whole number from 0 to 3600000"},
      {run_body(R"("umask":512)"), invalid,
       "Run.umask: 512 is not a whole number from 0 to 511"},
  });
}

BOOST_AUTO_TEST_CASE(a_target_is_one_id_or_one_name) {
  std::string ids = " is not a whole number from 0 to 4294967295";
  for (std::string name : {"Stop", "Start", "Restart", "Remove", "Logs"}) {
    auto body = [&](std::string_view arguments) {
      return command_body("{\"" + name + "\":" + std::string{arguments} + "}");
    };
    check({
        {body("{}"), bad,
         name
             + ": neither \"id\" nor \"name\" is there: say which process, as "
               "{\"id\":7} or {\"name\":\"web\"}"},
        {body("7"), bad, name + ": expected an object, found a number"},
        {body(R"({"id":1,"name":"web"})"), bad,
         name + ": has both \"id\" and \"name\": give one of them"},
        {body(R"({"id":"1"})"), bad,
         name
             + ".id: expected a whole number from 0 to 4294967295, found a "
               "string"},
        {body(R"({"id":-1})"), invalid, name + ".id: -1" + ids},
        {body(R"({"id":1.5})"), invalid, name + ".id: 1.5" + ids},
        {body(R"({"id":7.0})"), invalid, name + ".id: 7.0" + ids},
        {body(R"({"id":4294967296})"), invalid, name + ".id: 4294967296" + ids},
        {body(R"({"name":"12"})"), invalid,
         name
             + ".name: the name \"12\" is a number, which would be an id: add "
               "a letter to it, or give the number as the id"},
    });
  }
  check({
      {command_body(R"({"Status":{"id":-1}})"), invalid, "Status.id: -1" + ids},
      {command_body(R"({"Status":{"all":1}})"), bad,
       "Status.all: expected true or false, found a number"},
  });
}

BOOST_AUTO_TEST_CASE(a_port_is_one_that_users_may_have) {
  for (std::string name : {"PortAllocate", "PortFree"}) {
    auto body = [&](std::string_view port) {
      return command_body("{\"" + name + R"(":{"port":)" + std::string{port}
                          + "}}");
    };
    check({
        {body("80"), invalid, "port 80 is below 1024" + choose},
        {body("0"), invalid, "port 0 is below 1024" + choose},
        {body("-1"), invalid, "port -1 is below 1024" + choose},
        {body("70000"), invalid, "port 70000 is above 65535" + choose},
        {body("4294967297"), invalid,
         "port 4294967297 is above 65535" + choose},
        {body("80.5"), invalid,
         "port 80.5 is not a whole number within range" + choose},
        {body("8080.0"), invalid,
         "port 8080.0 is not a whole number within range" + choose},
        {body(R"("8080")"), bad,
         name + ".port: expected a port number, found a string"},
    });
  }
  check({
      {command_body(R"({"PortFree":{"port":null}})"), bad,
       "PortFree.port: expected a port number, found null"},
      {command_body(R"("PortFree")"), bad,
       "PortFree.port: missing; expected a port number"},
      {command_body(R"({"PortLookup":{"user":7}})"), bad,
       "PortLookup.user: expected a string, found a number"},
  });
}

BOOST_AUTO_TEST_SUITE_END()
