// Each kind of file in the state directory is damaged while hiidet is away. It
// says so, destroys nothing, and serves the rest.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

using namespace hiisi::test;

namespace {

namespace fs = std::filesystem;

struct damage {
  const char* name;
  std::function<std::string(const std::string&)> make;
};

std::vector<damage> damages() {
  return {{"empty", [](const auto&) { return std::string{}; }},
          {"cut",
           [](const auto& text) {
             return text.substr(0, text.find_last_not_of(" \n") / 2);
           }},
          {"zeros",
           [](const auto& text) { return std::string(text.size(), '\0'); }},
          {"garbage",
           [](const auto&) { return std::string("\xff)]}\x01 garbage"); }}};
}

/// Writes over what is there, so that owner and mode stay.
void overwrite(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

/// The bytes are there still, under the file's name or beside it.
bool is_kept(const std::string& path, const std::string& text) {
  const fs::path file{path};
  for (const auto& entry : fs::directory_iterator(file.parent_path()))
    if (entry.path().filename().string().starts_with(file.filename().string())
        && text_of(entry.path()) == text)
      return true;
  return false;
}

struct fixture {
  instance here;
  uint32_t first = here.run_probe(alice(), {"wait"}, {"--name", "first"});
  uint32_t second = here.run_probe(alice(), {"wait"}, {"--restart"});
  int pid = here.pid_of(alice(), second);

  fixture() {
    done({"port", "allocate", "23001"});
    done({"port", "allocate", "23002"});
    done({"port", "free", "23002"});
    done({"hook", "add", "--on", "give_up", "--", "true"});
    const auto last = here.run_probe(alice(), {"wait"});
    done({"rm", std::to_string(last)});
  }

  void done(const std::vector<std::string>& words) const {
    const auto ended = here.hiisi(alice(), words);
    BOOST_TEST_REQUIRE(ended.status == 0,
                       words[0] << ": " << ended.out << ended.err);
  }

  /// Damages a file in each way, starts hiidet on it, lets `look` see what it
  /// does, and puts the file back.
  void damage_each_way(const std::string& path,
                       const std::function<void()>& look, bool is_told = true) {
    BOOST_TEST_REQUIRE(fs::exists(path), path);
    for (const auto& how : damages()) {
      BOOST_TEST_CONTEXT(path << ", " << how.name) {
        here.kill_daemon();
        const auto sound = text_of(path);
        const auto damaged = how.make(sound);
        overwrite(path, damaged);
        const auto said = here.log().size();
        here.start();
        here.wait_for(alice(), second, "running");
        BOOST_TEST(here.pid_of(alice(), second) == pid);
        // Who looks at a file may do so while others serve already.
        if (is_told)
          BOOST_TEST(wait_until([&] {
                       return here.log().find(path, said) != std::string::npos;
                     }),
                     here.log().substr(said));
        BOOST_TEST(is_kept(path, damaged));
        look();
        here.kill_daemon();
        overwrite(path, sound);
        here.start();
      }
    }
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(damaged_state, fixture)

BOOST_AUTO_TEST_CASE(a_record) {
  damage_each_way(
      here.state() + "/processes/" + std::to_string(first) + ".ron", [&] {
        BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size()
                   == 1);
        const auto other = here.run_probe(alice(), {"wait"});
        BOOST_TEST(other > second);
        done({"rm", std::to_string(other)});
      });
  // Mended, it is what it was.
  here.wait_for(alice(), first, "running");
}

BOOST_AUTO_TEST_CASE(a_live_record) {
  // The keeper knows as much.
  damage_each_way(here.runtime() + "/live/" + std::to_string(first) + ".ron",
                  [&] { here.wait_for(alice(), first, "running"); });
}

BOOST_AUTO_TEST_CASE(the_port_registry) {
  const auto path = here.state() + "/ports.ron";
  damage_each_way(path, [&] {
    for (const auto& words : {std::vector<std::string>{"port", "lookup"},
                              {"port", "allocate"},
                              {"port", "free", "23001"}}) {
      const auto ended = here.hiisi(alice(), words);
      BOOST_TEST(ended.status == 1);
      BOOST_TEST(ended.err.find(path + ":") != std::string::npos, ended.err);
    }
    done({"status"});
  });
  BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size() == 1);
}

BOOST_AUTO_TEST_CASE(the_history_of_ports) {
  damage_each_way(here.state() + "/port_history.ron", [&] {
    BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size()
               == 1);
    done({"port", "allocate", "23003"});
    done({"port", "free", "23003"});
  });
}

BOOST_AUTO_TEST_CASE(the_hooks) {
  const auto path
      = here.state() + "/hooks/" + std::to_string(alice().uid) + ".json";
  damage_each_way(path, [&] {
    for (const auto& words : {std::vector<std::string>{"hook", "list"},
                              {"hook", "rm", "1"},
                              {"hook", "add", "--on", "exit", "--", "true"}}) {
      const auto ended = here.hiisi(alice(), words);
      BOOST_TEST(ended.status == 1, words[1]);
      BOOST_TEST(ended.err.find(path) != std::string::npos, ended.err);
    }
  });
  BOOST_TEST(here.hiisi_json(alice(), {"hook", "list"})["hooks"].size() == 1);
}

BOOST_AUTO_TEST_CASE(the_next_id) {
  damage_each_way(here.state() + "/next_id", [&] {
    const auto other = here.run_probe(alice(), {"wait"});
    BOOST_TEST(other > second);
    done({"rm", std::to_string(other)});
  });
}

BOOST_AUTO_TEST_CASE(the_log_of_events) {
  for (const auto* file : {"/events/events.1.jsonl", "/audit.1.jsonl"}) {
    const auto path = here.state() + file;
    for (const auto& how : damages()) {
      here.kill_daemon();
      const auto damaged = how.make(text_of(path));
      overwrite(path, damaged);
      here.start();
      here.wait_for(alice(), second, "running");
      done({"port", "allocate", "23004"});
      done({"port", "free", "23004"});
      BOOST_TEST(here.hiisi(alice(), {"events"}).out.find("23004")
                     != std::string::npos,
                 file << ", " << how.name);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
