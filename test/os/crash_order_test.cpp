// Every state in which a power cut may leave the disk in the midst of a write,
// by what the kernel promises and no more: what was not synced may be there, in
// part or not at all, whatever came after it.
#include "actors/os/atomic_file.hpp"
#include "test/support/recorded_calls.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace hiisi;
using test::call_recorder;
using test::recorded_call;
using test::temp_dir;
using kind = recorded_call::kind;

namespace {

const std::string old_text = "what was there before";
const std::string new_text = "what is to be there from now on, and is longer";

/// A disk after a power cut: what each name leads to. Contents are numbered, as
/// two names may lead to the same.
struct disk {
  std::map<std::string, int> names;
  std::map<int, std::string> contents;
};

/// The calls before the cut, and what of their effects is on the disk.
class crash_states {
public:
  crash_states(std::vector<recorded_call> calls, std::string target)
      : calls_(std::move(calls)), target_(std::move(target)) {}

  /// What reading the target may give after a cut behind the first `done`
  /// calls: its text, or nothing where it is not there.
  std::set<std::string> readings(size_t done) {
    found_.clear();
    const std::vector<recorded_call> made(
        calls_.begin(), calls_.begin() + static_cast<long>(done));
    // A choice for each call of which the disk may not know yet.
    std::vector<size_t> open;
    for (size_t i = 0; i < made.size(); ++i)
      if (!is_synced(made, i) && is_change(made[i]))
        open.push_back(i);
    for (uint64_t chosen = 0; chosen < uint64_t{1} << open.size(); ++chosen) {
      std::vector<bool> there(made.size(), true);
      for (size_t i = 0; i < open.size(); ++i)
        there[open[i]] = ((chosen >> i) & 1) != 0;
      play(made, there);
    }
    return found_;
  }

  size_t states = 0;

private:
  static bool is_change(const recorded_call& call) {
    return call.what != kind::sync_file && call.what != kind::sync_directory;
  }

  /// Whether a sync that came after it has made it last. That of a file does so
  /// for what was written to it, that of a directory for its names.
  static bool is_synced(const std::vector<recorded_call>& made, size_t which) {
    const auto by = made[which].what == kind::write ? kind::sync_file
                                                    : kind::sync_directory;
    for (auto i = which + 1; i < made.size(); ++i)
      if (made[i].what == by
          && (by == kind::sync_directory || made[i].name == made[which].name))
        return true;
    return false;
  }

  /// Builds the state with those effects; where the last bytes of a write may
  /// be missing, each way of that.
  void play(const std::vector<recorded_call>& made,
            const std::vector<bool>& there) {
    disk now;
    now.names[target_] = 0;
    now.contents[0] = old_text;
    // What each name led to when the calls were made, whatever of that lasts.
    std::map<std::string, int> meant = now.names;
    std::vector<std::pair<int, size_t>> torn;
    for (size_t i = 0; i < made.size(); ++i) {
      const auto& call = made[i];
      if (call.what == kind::create) {
        const auto number = static_cast<int>(i) + 1;
        meant[call.name] = number;
        now.contents[number];
        if (there[i])
          now.names[call.name] = number;
      } else if (call.what == kind::write) {
        auto& text = now.contents[meant[call.name]];
        // Blocks that were not written read as zeros once later ones are.
        text += there[i] ? call.text : std::string(call.text.size(), '\0');
        if (!is_synced(made, i))
          torn.emplace_back(meant[call.name], text.size());
      } else if (call.what == kind::rename) {
        const auto number = meant[call.name];
        meant.erase(call.name);
        meant[call.text] = number;
        if (there[i]) {
          now.names.erase(call.name);
          now.names[call.text] = number;
        }
      } else if (call.what == kind::remove) {
        meant.erase(call.name);
        if (there[i])
          now.names.erase(call.name);
      }
    }
    note(now);
    // A file's size lasts on its own: cut at each byte that was not synced.
    for (const auto& [number, size] : torn)
      for (size_t length = 0; length < size; ++length) {
        auto cut = now;
        cut.contents[number].resize(length);
        note(cut);
      }
  }

  void note(const disk& now) {
    ++states;
    const auto name = now.names.find(target_);
    found_.insert(name == now.names.end() ? "(not there)"
                                          : now.contents.at(name->second));
  }

  std::vector<recorded_call> calls_;
  std::string target_;
  std::set<std::string> found_;
};

struct written {
  std::vector<recorded_call> calls;
  /// How many of them were made when the write was acknowledged.
  size_t acknowledged = 0;
};

written record_write(os::durability how, bool sync) {
  const temp_dir place;
  const auto path = place / "file";
  std::ofstream{path} << old_text;
  const call_recorder recorder(7);
  BOOST_TEST_REQUIRE(os::write_file(path, new_text, 0600, how).ok());
  if (sync)
    BOOST_TEST_REQUIRE(os::sync_files({&path, 1}).ok());
  return {recorder.calls(), recorder.calls().size()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(crash_order)

BOOST_AUTO_TEST_CASE(a_durable_write_is_there_as_a_whole_or_not_at_all) {
  const auto made = record_write(os::durability::durable, false);
  crash_states after(made.calls, "file");
  for (size_t done = 0; done <= made.calls.size(); ++done)
    for (const auto& text : after.readings(done))
      BOOST_TEST((text == old_text || text == new_text),
                 "after " << done << " calls: " << text);
  BOOST_TEST(
      (after.readings(made.acknowledged) == std::set<std::string>{new_text}));
  BOOST_TEST(after.states > 1000u);
  BOOST_TEST_MESSAGE(after.states << " states after a power cut");
}

BOOST_AUTO_TEST_CASE(an_ordered_write_lasts_once_it_was_synced) {
  const auto made = record_write(os::durability::ordered, true);
  crash_states after(made.calls, "file");
  BOOST_TEST(
      (after.readings(made.acknowledged) == std::set<std::string>{new_text}));
}

/// So that what finds nothing above is known to find what there is.
BOOST_AUTO_TEST_CASE(a_write_without_any_sync_may_be_torn) {
  const auto made = record_write(os::durability::ordered, false);
  crash_states after(made.calls, "file");
  const auto texts = after.readings(made.acknowledged);
  BOOST_TEST(texts.contains(""));
  BOOST_TEST(texts.contains(old_text));
  BOOST_TEST(texts.contains(new_text.substr(0, 7)));
}

BOOST_AUTO_TEST_SUITE_END()
