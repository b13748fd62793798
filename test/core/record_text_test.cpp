#include "actors/core/record_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi;
using namespace hiisi::core;
using namespace std::chrono_literals;
using protocol::exit_info;
using protocol::process_state;
using protocol::restart_policy;

namespace {

const protocol::wall_time then{
    std::chrono::nanoseconds{1'700'000'000'123'456'789}};

process_spec full_spec() {
  process_spec spec;
  spec.id = 42;
  spec.name = "web";
  spec.uid = 1000;
  spec.user = "alice";
  spec.argv = {"./web", "--title",
               "a \"quoted\"\nword \\ \x01 gr\xc3\xbc\xc3\x9f", ""};
  spec.cwd = "/home/alice/my site";
  spec.env = {{"PATH", "/bin"}, {"EMPTY", ""}, {"NL", "a\nb"}};
  spec.policy = restart_policy::on_failure;
  spec.stop_signal = 15;
  spec.stop_timeout = 2500ms;
  spec.umask = 0077;
  spec.timestamps = spec.terminal = true;
  spec.limits = {{protocol::limited_resource::nofile, 64},
                 {protocol::limited_resource::memory, uint64_t{1} << 40},
                 {protocol::limited_resource::cpus, 1500}};
  spec.logs = {65536, 7};
  spec.created = then;
  spec.ports = {{8080, "web", false, true}, {5353, "", true, true}, {17198}};
  spec.listen = "127.0.0.1";
  return spec;
}

process_record record_of(process_spec spec) {
  process_record record;
  record.spec = std::make_shared<process_spec>(std::move(spec));
  return record;
}

void require_same(const process_record& a, const process_record& b) {
  const auto& x = *a.spec;
  const auto& y = *b.spec;
  BOOST_TEST(x.id == y.id);
  BOOST_TEST(x.name == y.name);
  BOOST_TEST(x.uid == y.uid);
  BOOST_TEST(x.user == y.user);
  BOOST_TEST((x.argv == y.argv));
  BOOST_TEST(x.cwd == y.cwd);
  BOOST_TEST((*x.env == *y.env));
  BOOST_TEST((x.policy == y.policy));
  BOOST_TEST((x.stop_signal == y.stop_signal));
  BOOST_TEST((x.stop_timeout == y.stop_timeout));
  BOOST_TEST(x.umask == y.umask);
  BOOST_TEST((x.limits == y.limits));
  BOOST_TEST(x.timestamps == y.timestamps);
  BOOST_TEST(x.terminal == y.terminal);
  BOOST_TEST((x.logs == y.logs));
  BOOST_TEST((x.created == y.created));
  BOOST_TEST((x.ports == y.ports));
  BOOST_TEST((x.listen == y.listen));
  BOOST_TEST(a.wanted == b.wanted);
  BOOST_TEST((a.state == b.state));
  BOOST_TEST(a.run == b.run);
  BOOST_TEST(a.restarts == b.restarts);
  BOOST_TEST(a.quick_failures == b.quick_failures);
  BOOST_TEST((a.last_exit == b.last_exit));
  BOOST_TEST(a.reason == b.reason);
}

void require_back(const process_record& record) {
  const auto text = write_record(record);
  auto back = read_record(text, "42.ron");
  BOOST_TEST_REQUIRE(back.ok(), text);
  require_same(record, *back);
}

std::string refusal(std::string_view text) {
  auto read = read_record(text, "42.ron");
  BOOST_TEST_REQUIRE(!read.ok());
  BOOST_TEST((read.failure().code == protocol::errc::invalid_argument));
  return read.failure().message;
}

constexpr std::string_view shortest
    = R"((version: 1, id: 42, name: "web", uid: 1000, argv: ["./web"], cwd: "/"))";

} // namespace

BOOST_AUTO_TEST_SUITE(record_text)

BOOST_AUTO_TEST_CASE(a_full_record_comes_back_as_it_was) {
  auto record = record_of(full_spec());
  record.wanted = false;
  record.run = 4'000'000'000;
  record.restarts = 17;
  record.quick_failures = 3;
  record.reason = "ended 10 times in a row";
  for (auto state :
       {process_state::starting, process_state::running, process_state::backoff,
        process_state::stopping, process_state::exited, process_state::failed,
        process_state::stopped}) {
    record.state = state;
    require_back(record);
  }
}

BOOST_AUTO_TEST_CASE(every_way_to_end_comes_back) {
  auto record = record_of(full_spec());
  for (const auto& exit :
       {exit_info{exit_info::kind::exited, 0, false, then},
        exit_info{exit_info::kind::exited, 255, false, then},
        exit_info{exit_info::kind::signaled, 9, false, then},
        exit_info{exit_info::kind::signaled, 9, false, then, true, 1 << 26},
        exit_info{exit_info::kind::signaled, 9, false, then, true, {}},
        exit_info{exit_info::kind::signaled, 11, true, then},
        exit_info{exit_info::kind::unknown, 0, false, then}}) {
    record.last_exit = exit;
    require_back(record);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_set_stays_unset) {
  auto spec = full_spec();
  spec.stop_signal.reset();
  spec.stop_timeout.reset();
  spec.ports.clear();
  spec.listen.reset();
  spec.env = {};
  require_back(record_of(spec));
}

BOOST_AUTO_TEST_CASE(what_is_missing_takes_its_default) {
  auto record = read_record(shortest, "42.ron");
  BOOST_TEST_REQUIRE(record.ok());
  BOOST_TEST(record->wanted);
  BOOST_TEST((record->spec->policy == restart_policy::no));
  BOOST_TEST(record->spec->umask == 0022u);
  BOOST_TEST(record->run == 0u);
  BOOST_TEST(!record->last_exit);
  BOOST_TEST(!record->spec->stop_timeout);
}

BOOST_AUTO_TEST_CASE(errors_name_file_line_and_column) {
  const auto text = refusal("(\n  version: 1,\n  id: \"x\",\n)");
  BOOST_TEST(text.starts_with("42.ron:3:7"), text);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
  struct row {
    std::string_view what;
    std::string text;
    std::string_view says;
  };
  const auto with = [](std::string_view more) {
    auto text = std::string{shortest};
    text.insert(text.size() - 1, ", " + std::string{more});
    return text;
  };
  for (const auto& r : std::initializer_list<row>{
           {"torn", std::string{shortest.substr(0, 30)}, "42.ron:1:"},
           {"empty", "", "42.ron:1:"},
           {"another version",
            R"((version: 2, id: 1, name: "w", uid: 1, argv: ["a"], cwd: "/"))",
            "version"},
           {"no id",
            R"((version: 1, name: "w", uid: 1, argv: ["a"], cwd: "/"))", "id"},
           {"id 0",
            R"((version: 1, id: 0, name: "w", uid: 1, argv: ["a"], cwd: "/"))",
            "id"},
           {"no program",
            R"((version: 1, id: 1, name: "w", uid: 1, argv: [], cwd: "/"))",
            "argv"},
           {"no name",
            R"((version: 1, id: 1, name: "", uid: 1, argv: ["a"], cwd: "/"))",
            "name"},
           {"a state unheard of", with(R"(state: "sleeping")"), "state"},
           {"a policy unheard of", with(R"(policy: "sometimes")"), "always"},
           {"a umask beyond 0777", with("umask: 512"), "512"},
           {"a limit of what has none", with("limits: {\"fun\": 1}"),
            "\"nofile\""},
           {"a limit too low", with("limits: {\"nofile\": 1}"), "8"},
           {"no time", with(R"(created: "yesterday")"), "time"},
           {"a run below nothing", with("run: -1"), "42.ron:1:"},
       }) {
    const auto message = refusal(r.text);
    BOOST_TEST(message.find(r.says) != std::string::npos,
               r.what << ": " << message);
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_below_nothing_is_none) {
  auto record = read_record(
      R"((version: 1, id: 1, name: "w", uid: 1, argv: ["a"], cwd: "/", stop_timeout_ms: -5))",
      "x");
  BOOST_TEST_REQUIRE(record.ok());
  BOOST_TEST((record->spec->stop_timeout == 0ms));
}

BOOST_AUTO_TEST_CASE(all_that_changes_is_in_a_head_of_one_sector) {
  auto record = record_of(full_spec());
  const auto text = write_record(record);
  BOOST_TEST(text.starts_with(write_record_head(record)));
  record.state = process_state::failed;
  record.wanted = false;
  record.run = record.restarts = record.quick_failures = 0xffffffff;
  record.last_exit = exit_info{exit_info::kind::signaled, 11, true, then};
  for (size_t length : {0u, 1u, 200u, 300u, 600u, 5000u}) {
    record.reason = std::string(length, 'r');
    const auto head = write_record_head(record);
    BOOST_TEST(head.size() == record_head_bytes);
    auto changed = text;
    changed.replace(0, head.size(), head);
    auto back = read_record(changed, "42.ron");
    BOOST_TEST_REQUIRE(back.ok(), changed);
    BOOST_TEST((back->state == process_state::failed));
    BOOST_TEST(back->run == 0xffffffff);
    BOOST_TEST(record.reason.starts_with(back->reason));
    BOOST_TEST(back->reason.size() >= std::min<size_t>(length, 100));
  }
}

BOOST_AUTO_TEST_CASE(a_long_reason_is_cut_between_characters) {
  auto record = record_of(full_spec());
  for (const auto* piece :
       {"\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\"", "\n", "\x01"}) {
    record.reason.clear();
    while (record.reason.size() < 3000)
      record.reason += piece;
    auto back = read_record(write_record(record), "42.ron");
    BOOST_TEST_REQUIRE(back.ok());
    BOOST_TEST(record.reason.starts_with(back->reason), back->reason);
    BOOST_TEST(back->reason.size() > 20u);
  }
}

BOOST_AUTO_TEST_CASE(a_live_record_comes_back_as_it_was) {
  const live_record record{42,
                           7,
                           1000,
                           31337,
                           0xffff'ffff'ffff'fff0,
                           123'456,
                           boot_time{987'654'321'000},
                           "0f3b-boot"};
  auto back = read_live_record(write_live_record(record), "live");
  BOOST_TEST_REQUIRE(back.ok());
  BOOST_TEST((*back == record));
}

BOOST_AUTO_TEST_CASE(a_torn_live_record_is_refused_with_its_place) {
  const auto text = write_live_record({42, 7, 1000, 31337, 1, 2, {}, "b"});
  const auto whole = text.find_last_of(')') + 1;
  BOOST_TEST(text.size() == record_head_bytes);
  for (size_t size = 0; size < whole; ++size) {
    auto read = read_live_record(text.substr(0, size), "live/42.ron");
    BOOST_TEST_REQUIRE(!read.ok(), "cut at " << size);
    BOOST_TEST(read.failure().message.starts_with("live/42.ron:"));
  }
}

BOOST_AUTO_TEST_CASE(a_record_without_ports_says_nothing_of_them) {
  auto spec = full_spec();
  spec.ports.clear();
  spec.listen.reset();
  const auto text = write_record(record_of(std::move(spec)));
  BOOST_TEST(text.find("ports") == text.npos);
  BOOST_TEST(text.find("listen") == text.npos);
}

BOOST_AUTO_TEST_CASE(listening_at_every_address_is_not_the_same_as_not_at_all) {
  auto spec = full_spec();
  spec.listen = "";
  require_back(record_of(std::move(spec)));
}

BOOST_AUTO_TEST_CASE(ports_that_cannot_be_are_refused_at_their_place) {
  const auto with = [](std::string_view more) {
    return std::string{shortest.substr(0, shortest.size() - 1)} + ",\n"
           + std::string{more} + ")";
  };
  BOOST_TEST(refusal(with("ports: [(port: 80)]")).find("42.ron:2:")
             != std::string::npos);
  BOOST_TEST(refusal(with("ports: [(label: \"web\")]")).find("port")
             != std::string::npos);
  BOOST_TEST(refusal(with("listen: \"\"")).find("listen needs ports")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
