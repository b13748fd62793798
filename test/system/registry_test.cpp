// Files of hiidet's that are damaged: named, left as they are, and no reason
// to stop serving.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <regex>
#include <string>

using namespace hiisi::test;

namespace {

/// Writes over a file, which keeps its owner and mode.
void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// An instance with one process and port 18100, and its registry's file.
struct with_registry {
  with_registry() {
    id = here.run_probe(alice(), {"wait"});
    BOOST_TEST_REQUIRE(here.hiisi(alice(), {"port", "allocate", "18100"}).status
                       == 0);
    good = text_of(path);
    BOOST_TEST_REQUIRE(contains(good, "18100"));
  }

  void restart_with(const std::string& text) {
    here.kill_daemon();
    write(path, text);
    here.start();
  }

  void check_refused(const std::string& text, const std::string& place) const {
    check_refusal({"port", "lookup"}, place);
    check_unchangeable(text, place);
  }

  void check_refusal(const std::vector<std::string>& words,
                     const std::string& place) const {
    const auto got = here.hiisi(alice(), words);
    BOOST_TEST(got.status == 1);
    BOOST_TEST(contains(got.err, path), got.err);
    BOOST_TEST(std::regex_search(got.err, std::regex(place)), got.err);
    BOOST_TEST(contains(got.err, "SIGHUP"), got.err);
  }

  void check_unchangeable(const std::string& text,
                          const std::string& place) const {
    for (const auto& words : {std::vector<std::string>{"port", "allocate"},
                              {"port", "allocate", "18101"},
                              {"port", "free", "18100"}})
      check_refusal(words, place);
    BOOST_TEST(text_of(path) == text);
    BOOST_TEST(contains(here.log(), path));
    // Processes are managed meanwhile.
    BOOST_TEST(here.state_of(alice(), id) == "running");
    const auto other = here.run_probe(alice(), {"wait"});
    BOOST_TEST(here.hiisi(alice(), {"rm", std::to_string(other)}).status == 0);
  }

  void check_mended() const {
    here.signal_daemon(SIGHUP);
    const auto works = [&] {
      return here.hiisi(alice(), {"port", "lookup"}).status == 0;
    };
    BOOST_TEST(wait_until(works, patience));
    const auto ports = here.hiisi_json(alice(), {"port", "lookup"})["ports"];
    BOOST_TEST_REQUIRE(ports.size() == 1);
    BOOST_TEST(ports[0]["port"].number() == 18100);
  }

  instance here;
  const std::string path = here.state() + "/ports.ron";
  uint32_t id = 0;
  std::string good;
};

} // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(a_torn_registry_is_named_and_kept_and_can_be_mended) {
  with_registry set;
  const auto torn = set.good.substr(0, set.good.size() / 2);
  set.restart_with(torn);
  set.check_refused(torn, R"(ports\.ron:[0-9]+:[0-9]+)");
  write(set.path, set.good);
  set.check_mended();
}

BOOST_AUTO_TEST_CASE(an_empty_registry_file_is_not_taken_for_a_new_one) {
  with_registry set;
  set.restart_with("");
  set.check_refused("", R"(ports\.ron:[0-9]+:[0-9]+)");
  write(set.path, set.good);
  set.check_mended();
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_named_with_line_and_column) {
  with_registry set;
  const std::string wrong
      = "(\n  allocations: {\n    70000: (user: \"x\", allocated_at:\n"
        "(secs_since_epoch: 1, nanos_since_epoch: 0)),\n  },\n)\n";
  set.restart_with(wrong);
  set.check_refused(wrong, R"(ports\.ron:3:5)");
  write(set.path, set.good);
  set.check_mended();
}

BOOST_AUTO_TEST_CASE(a_mistake_made_while_it_runs_shows_on_reload) {
  with_registry set;
  const auto mistaken = set.good + "x";
  write(set.path, mistaken);
  set.here.signal_daemon(SIGHUP);
  BOOST_TEST(set.here.logs("the port registry cannot be read"));
  set.check_unchangeable(mistaken, R"(ports\.ron:[0-9]+:[0-9]+)");
  // What was known before is shown still.
  const auto ports = set.here.hiisi_json(alice(), {"port", "lookup"})["ports"];
  BOOST_TEST_REQUIRE(ports.size() == 1);
  BOOST_TEST(ports[0]["port"].number() == 18100);
  write(set.path, set.good);
  set.check_mended();
}

BOOST_AUTO_TEST_CASE(an_edit_that_was_not_read_yet_is_not_written_over) {
  with_registry set;
  const auto edited = "// By hand.\n" + set.good;
  write(set.path, edited);
  const auto got = set.here.hiisi(alice(), {"port", "allocate", "18101"});
  BOOST_TEST(got.status == 1);
  BOOST_TEST(contains(got.err, "has been edited"), got.err);
  BOOST_TEST(text_of(set.path) == edited);
  set.here.signal_daemon(SIGHUP);
  const auto works = [&] {
    return set.here.hiisi(alice(), {"port", "allocate", "18101"}).status == 0;
  };
  BOOST_TEST(wait_until(works, patience));
}

BOOST_AUTO_TEST_CASE(an_edit_by_hand_is_taken_on_reload) {
  with_registry set;
  write(set.path, "// By hand.\n(allocations:{18102:(user:\"" + alice().name
                      + "\",allocated_at:(secs_since_epoch:1733000000,"
                        "nanos_since_epoch:0))})");
  set.here.signal_daemon(SIGHUP);
  const auto seen = [&] {
    const auto ports
        = set.here.hiisi_json(alice(), {"port", "lookup"})["ports"];
    return ports.size() == 1 && ports[0]["port"].number() == 18102
           && ports[0]["allocated_at"].str().starts_with("2024-11-30T20:53:20");
  };
  BOOST_TEST(wait_until(seen, patience));
  BOOST_TEST(set.here.hiisi(alice(), {"port", "free", "18102"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_named_and_left_alone) {
  instance here;
  const auto hurt = here.run_probe(alice(), {"wait"});
  const auto sound = here.run_probe(alice(), {"wait"});
  const auto pid = here.pid_of(alice(), hurt);
  here.kill_daemon();
  const auto path
      = here.state() + "/processes/" + std::to_string(hurt) + ".ron";
  const auto good = text_of(path);
  const auto torn = good.substr(0, good.size() / 3);
  write(path, torn);
  here.start();
  BOOST_TEST(std::regex_search(
                 here.log(),
                 std::regex(std::to_string(hurt) + R"(\.ron:[0-9]+:[0-9]+)")),
             here.log());
  here.wait_for(alice(), sound, "running");
  BOOST_TEST(here.hiisi(alice(), {"status", std::to_string(hurt)}).status == 4);
  // Its id is in use all the same, and nothing writes over its file.
  BOOST_TEST(here.run_probe(alice(), {"wait"}) > sound);
  BOOST_TEST(text_of(path) == torn);
  BOOST_TEST(lives(pid));
  here.kill_daemon();
  write(path, good);
  here.start();
  here.wait_for(alice(), hurt, "running");
  BOOST_TEST(here.pid_of(alice(), hurt) == pid);
}

BOOST_AUTO_TEST_SUITE_END()
