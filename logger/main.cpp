// hiisi-logger: stands between a program that was run with --timestamps or
// --pty and its logs. Two processes of it take part, both started by the keeper
// as the program's user: one makes pipes or a terminal, hands the reading ends
// to the other and becomes the program, so that number, exit status and signals
// are the program's own; the other copies. That one is in no tree of the
// program's: a stop does not reach it, and it outlives daemon and keeper, until
// nobody can write any more.

#include "logger/logger_side.hpp"
#include "logger/program_side.hpp"

#include <cstdio>
#include <span>
#include <string_view>

namespace {

constexpr int wrong_usage = 2;
/// The descriptor that the keeper has passed on to the copying one.
constexpr int channel = 3;

} // namespace

int main(int argc, char** argv) {
  using namespace std::literals;
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "--copy"sv || what == "--copy-stamped"sv) {
    hiisi::logger::copy_output(channel, what == "--copy-stamped"sv);
    return 0;
  }
  const auto terminal = what == "--become-at-terminal"sv;
  if ((what == "--become"sv || terminal) && argc > 2)
    // argv ends in a null pointer, which the program's is to end in, too.
    return hiisi::logger::become_program(
        std::span{argv + 2, static_cast<size_t>(argc - 1)}, terminal);
  std::fputs("hiisi-logger is for hiidet to start\n", stderr);
  return wrong_usage;
}
