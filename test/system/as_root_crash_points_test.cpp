// hiidet and its keeper die at each of the points that HIISI_FAULT compiles in,
// and come back.
#include "test/support/system_ledger.hpp"
#include "test/support/system_leftovers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

namespace fs = std::filesystem;

/// As many points of each run as these, unless HIISI_CRASH_ROUNDS asks for all.
constexpr size_t usual_selection = 8;

/// The names of all points, as the sources have them.
std::vector<std::string> all_points() {
  std::set<std::string> names;
  const std::string call = "HIISI_CRASH_POINT(\"";
  for (const auto* folder : {"actors", "hiidet"})
    for (const auto& entry : fs::recursive_directory_iterator(
             std::string(HIISI_SOURCE_DIR) + "/" + folder)) {
      if (entry.path().extension() != ".cpp")
        continue;
      const auto text = text_of(entry.path());
      for (auto at = text.find(call); at != text.npos;
           at = text.find(call, at + 1)) {
        const auto from = at + call.size();
        names.insert(text.substr(from, text.find('"', from) - from));
      }
    }
  return {names.begin(), names.end()};
}

/// What the code that makes a thing again, cuts it or takes it away is to find:
/// the rest of a write that was cut off, a line that was, a full log, a missing
/// directory.
void leave_work(const instance& here, const std::string& log_of_events) {
  fs::remove_all(here.state() + "/hooks");
  std::ofstream{here.state() + "/processes/.1.ron.tmp"} << "(";
  auto line = text_of(log_of_events);
  line.resize(line.find('\n') + 1);
  constexpr size_t almost_full = 1024 * 1024 - 100;
  std::string lines;
  while (lines.size() + 2 * line.size() < almost_full)
    lines += line;
  std::ofstream{log_of_events, std::ios::app} << lines << "{\"number\":";
}

/// Ends the keeper and its guardian, which nobody needs.
void end_keepers(const instance& here) {
  const auto gone = [&] {
    for (const auto pid : here.keepers())
      send_signal(pid, SIGTERM);
    return here.keepers().empty();
  };
  BOOST_TEST_REQUIRE(wait_until(gone, patience));
}

/// Does something of all that Hiisi does, for as long as there is a daemon.
void work(instance& here, ledger& book) {
  std::string listening;
  const std::vector<std::function<void()>> steps{
      [&] { book.run(true); }, [&] { book.run(false); },
      [&] { book.run_to_exit(7); }, [&] { book.allocate_port(); },
      [&] { book.allocate_port(); }, [&] { book.free_port(); },
      [&] { book.add_hook(); },
      [&] {
        book.run(true, 0, {"--port=31000", "--listen"});
        listening = book.latest();
      },
      [&] { std::ignore = book.compare(true, std::chrono::seconds(1)); },
      [&] {
        for (const auto& name : book.up(true))
          if (name != listening)
            book.kill(name);
      },
      [&] { book.stop(listening); }, [&] { book.restart(listening); },
      [&] {
        for (const auto& name : book.up(false))
          book.stop(name);
      },
      // As many as have a whole file system synced at once.
      [&] {
        for (int i = 0; i < 16 && here.daemon_lives(); ++i)
          book.run(false);
      },
      [&] { book.restart_all(); }, [&] { book.remove(book.latest()); },
      [&] {
        for (const auto& name : book.finished())
          book.remove(name);
      }};
  for (const auto& step : steps)
    if (here.daemon_lives())
      step();
}

struct sweep_result {
  bool reached = false;
  std::string problems;
};

/// Has whoever comes to the n-th pass of a point die there, and holds what is
/// there afterwards against what was acknowledged.
sweep_result die_at(const std::string& point, int pass) {
  instance here({.config = "events: (file_mib: 1, files: 1),"});
  const auto marks = here / "crash";
  fs::create_directory(marks);
  ::chmod(marks.c_str(), 01777);
  const auto mark = marks + "/mark";
  // That it began is written when it serves already.
  const auto log_of_events = here.state() + "/events/events.1.jsonl";
  BOOST_TEST_REQUIRE(wait_until(
      [&] { return text_of(log_of_events).ends_with('\n'); }, patience));
  here.kill_daemon();
  end_keepers(here);
  leave_work(here, log_of_events);
  here.set_environment("HIISI_CRASH_AT", point + ":" + std::to_string(pass));
  here.set_environment("HIISI_CRASH_MARK", mark);
  ledger book(here);
  sweep_result result;
  try {
    here.start();
    work(here, book);
  } catch (const std::runtime_error&) {
    // It died at its start.
  }
  // What is put off comes within the delay of the group's sync.
  std::ignore = wait_until([&] { return fs::exists(mark); },
                           std::chrono::milliseconds(500));
  findings found;
  do {
    if (!here.daemon_lives()) {
      here.kill_daemon();
      here.start();
    }
    found = book.compare(true, std::chrono::seconds(20));
    if (found.none())
      found = book.clear(std::chrono::seconds(20));
    // A disk may take so long that it dies only now.
  } while (!here.daemon_lives());
  result.reached = fs::exists(mark);
  result.problems = found.text();
  if (!found.none())
    result.problems += here.hiisi(alice(), {"status"}).out
                       + here.hiisi(self(), {"debug", "actors"}).out;
  return result;
}

int rounds_asked() {
  const auto* text = std::getenv("HIISI_CRASH_ROUNDS");
  return text == nullptr ? 0 : std::atoi(text);
}

/// Other ones in each mode, so that more of them have their turn.
std::vector<std::string> selection() {
  auto points = all_points();
  // To look at one that was found.
  if (const auto* only = std::getenv("HIISI_CRASH_POINT"))
    return {only};
  if (rounds_asked() > 0)
    return points;
  std::vector<std::string> some;
  const auto step = std::max<size_t>(points.size() / usual_selection, 1);
  for (auto i = mode_of_test() == system_mode::root ? 0 : step / 2;
       i < points.size(); i += step)
    some.push_back(points[i]);
  return some;
}

} // namespace

BOOST_AUTO_TEST_SUITE(crash_points)

BOOST_AUTO_TEST_CASE(nothing_is_lost_where_the_programs_die_at_a_point) {
  BOOST_TEST(all_points().size() >= 40);
  const auto points = selection();
  const auto rounds = std::max(rounds_asked(), 1);
  int crashes = 0;
  int broken = 0;
  std::set<std::string> reached;
  for (int round = 1; round <= rounds; ++round)
    for (const auto& point : points) {
      // Passes further and further into the work.
      const int pass = round * round;
      const auto result = die_at(point, pass);
      if (result.reached) {
        ++crashes;
        reached.insert(point);
      }
      if (!result.problems.empty())
        ++broken;
      BOOST_TEST(result.problems.empty(),
                 point << ":" << pass << ": " << result.problems);
      if (round == 1)
        BOOST_TEST(result.reached, "nothing comes to " << point);
    }
  BOOST_TEST_MESSAGE("crash points: " << reached.size() << " of "
                                      << points.size() << " reached, "
                                      << crashes << " crashes, " << broken
                                      << " with something lost or doubled");
}

BOOST_AUTO_TEST_SUITE_END()
