#include "hiisi/export_ports.hpp"
#include "hiisi/options.hpp"
#include "hiisi/render_ports.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::cli;
using namespace hiisi::protocol;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

template <class Verb>
Verb parsed(const words& all) {
  auto result = parse_options(all);
  BOOST_TEST_REQUIRE(result.ok());
  BOOST_TEST_REQUIRE(std::holds_alternative<Verb>(result->what));
  return std::get<Verb>(result->what);
}

std::string refused(const words& all) {
  auto result = parse_options(all);
  BOOST_TEST_REQUIRE(!result.ok());
  return result.failure().message + "\n" + result.failure().hint;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

port_entry listening(uint16_t port, std::string user, std::string label) {
  port_entry entry{port, std::move(user), true, {}, port_use::listening};
  entry.label = std::move(label);
  return entry;
}

const wall_time now{std::chrono::hours{500'000}};

std::string state(port_entry entry) {
  return describe_port_state(entry, now);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ports)

BOOST_AUTO_TEST_CASE(options_of_the_port_verbs_are_read) {
  auto some = parsed<port_allocate_verb>(
      {"port", "allocate", "--count", "3", "--contiguous", "--udp"});
  BOOST_TEST(some.count == 3);
  BOOST_TEST(some.contiguous);
  BOOST_TEST(some.udp);
  auto web
      = parsed<port_allocate_verb>({"port", "allocate", "8080", "--label=web"});
  BOOST_TEST(*web.port == 8080);
  BOOST_TEST(web.label == "web");
  BOOST_TEST(parsed<port_free_verb>({"port", "free", "--force", "8080"}).force);
  BOOST_TEST(parsed<port_check_verb>({"port", "check", "8080"}).port == 8080);
  auto near = parsed<port_suggest_verb>({"port", "suggest", "--near", "8080"});
  BOOST_TEST(*near.near == 8080);
  BOOST_TEST(!parsed<port_suggest_verb>({"port", "suggest"}).near);
  BOOST_TEST(parsed<port_keep_verb>({"port", "keep", "8080"}).keep);
  BOOST_TEST(!parsed<port_keep_verb>({"port", "keep", "--off", "8080"}).keep);
  BOOST_TEST(*parsed<port_transfer_verb>({"port", "transfer", "8080", "ann"}).to
             == "ann");
  BOOST_TEST(
      !parsed<port_transfer_verb>({"port", "transfer", "8080", "--cancel"}).to);
  BOOST_TEST(parsed<port_accept_verb>({"port", "accept", "8080"}).port == 8080);
  BOOST_TEST(parsed<port_gc_verb>({"port", "gc", "--dry-run"}).dry_run);
  auto out = parsed<port_export_verb>(
      {"port", "export", "ann", "--format=nginx", "--domain", "example.org"});
  BOOST_TEST((out.how == port_export_verb::format::nginx));
  BOOST_TEST(*out.domain == "example.org");
  BOOST_TEST(*out.user == "ann");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_with_a_way_out) {
  BOOST_TEST(
      contains(refused({"port", "allocate", "--count", "0"}), "from 1 to 100"));
  BOOST_TEST(contains(refused({"port", "allocate", "--count", "101"}),
                      "from 1 to 100"));
  refused({"port", "allocate", "8080", "--count", "2"});
  refused({"port", "allocate", "--label", "web", "--count", "2"});
  refused({"port", "allocate", "--contiguous"});
  BOOST_TEST(contains(refused({"port", "allocate", "--label", "8080"}),
                      "is a number"));
  BOOST_TEST(contains(refused({"port", "transfer", "8080"}), "--cancel"));
  refused({"port", "transfer", "8080", "ann", "--cancel"});
  BOOST_TEST(contains(refused({"port", "export", "--format", "apache"}),
                      "--format caddy"));
  for (const auto* domain : {"", "a b", "x;y", ".org", "-x", "a{b"})
    refused({"port", "export", "--domain", domain});
}

BOOST_AUTO_TEST_CASE(states_are_said_in_words) {
  BOOST_TEST(state(listening(8080, "ann", "")) == "listening");
  auto both = listening(8080, "ann", "");
  both.others = {"bob", "uid 7"};
  BOOST_TEST(state(both) == "listening, bob, uid 7 too");
  port_entry idle{8080, "ann", false, {}};
  idle.idle_since = now - 76h;
  BOOST_TEST(state(idle) == "idle 3d 4h");
  idle.unused = idle.orphaned = true;
  BOOST_TEST(state(idle) == "idle 3d 4h, unused, orphaned");
  auto taken = idle;
  taken.unused = taken.orphaned = false;
  taken.use = port_use::taken;
  taken.others = {"bob"};
  taken.keep = true;
  taken.offered_to = "carl";
  BOOST_TEST(state(taken) == "taken by bob, kept, offered to carl");
  BOOST_TEST(state({8080, "ann", true, {}, port_use::unregistered})
             == "not registered");
}

BOOST_AUTO_TEST_CASE(a_table_has_the_columns_that_it_needs) {
  auto web = listening(8080, "ann", "");
  port_entry idle{50000, "bob", false, {}};
  const std::vector<port_entry> plain{web, idle};
  auto text = render_ports(plain, {});
  BOOST_TEST(contains(text, " PORT  USER  STATE"));
  BOOST_TEST(contains(text, " 8080  ann   listening"));
  BOOST_TEST(contains(text, "50000  bob   idle"));
  web.label = "web";
  web.process = 4;
  web.process_name = "srv";
  idle.udp = true;
  text = render_ports(std::vector{web, idle}, {});
  BOOST_TEST(contains(text, " PORT  PROTO  USER  LABEL  STATE      PROCESS"));
  BOOST_TEST(contains(text, " 8080  tcp    ann   web    listening  4 (srv)"));
  BOOST_TEST(contains(text, "50000  udp    bob   -      idle       -"));
}

BOOST_AUTO_TEST_CASE(json_has_every_key_always) {
  std::vector<port_entry> ports
      = {{8080, "ann", true, wall_time{1s}, port_use::listening}};
  BOOST_TEST(json_ports(ports)
             == R"({"ports":[{"port":8080,"user":"ann","active":true,)"
                R"("allocated_at":"1970-01-01T00:00:01.000000000Z",)"
                R"("use":"listening","protocol":"tcp","label":null,)"
                R"("process":null,"idle_since":null,"others":[],"keep":false,)"
                R"("unused":false,"orphaned":false,"offered_to":null}]})"
                "\n");
  ports[0].process = 4;
  ports[0].process_name = "web";
  ports[0].label = "w";
  const auto text = json_port_entry(ports[0]);
  BOOST_TEST(contains(text, R"("label":"w","process":{"id":4,"name":"web"})"));
  BOOST_TEST(json_port({8080, {}}) == "{\"port\":8080}\n");
  BOOST_TEST(json_port({8080, {8081}})
             == "{\"port\":8080,\"ports\":[8080,8081]}\n");
  BOOST_TEST(json_port_report({8080, false, {}, {"browsers refuse it"}, 8081})
             == R"({"port":8080,"available":false,"entries":[],)"
                R"("remarks":["browsers refuse it"],"next_free":8081})"
                "\n");
}

BOOST_AUTO_TEST_CASE(a_report_says_what_speaks_against_a_port) {
  BOOST_TEST(render_port_report({8080, true, {}, {}, {}}, {})
             == "port 8080 is free\n");
  const auto text = render_port_report(
      {8080, false, {listening(8080, "ann", "")}, {"browsers\nrefuse"}, 8081},
      {});
  BOOST_TEST(contains(text, "port 8080 is allocated\n"));
  BOOST_TEST(contains(text, "note: browsers\\nrefuse\n"));
  BOOST_TEST(contains(text, "the next free one is 8081\n"));
}

BOOST_AUTO_TEST_CASE(only_labelled_ports_that_listen_are_exported) {
  auto idle = listening(8081, "ann", "off");
  idle.use = port_use::idle;
  auto udp = listening(8082, "ann", "dns");
  udp.udp = true;
  const std::vector<port_entry> ports{
      listening(8080, "ann", "web"), idle, udp, listening(8083, "ann", ""),
      // What could break out of a configuration is no part of one.
      listening(8084, "a;b", "x"), listening(8085, "ann", "..")};
  BOOST_TEST(export_ports(ports, {})
             == R"({"routes":[{"user":"ann","label":"web","port":8080,)"
                R"("upstream":"127.0.0.1:8080","host":null,)"
                R"("path":"/ann/web/"}]})"
                "\n");
  port_export_verb how;
  how.how = port_export_verb::format::caddy;
  BOOST_TEST(contains(export_ports(ports, how), "handle_path /ann/web/* {"));
  how.domain = "example.org";
  BOOST_TEST(contains(export_ports(ports, how), "web.ann.example.org {"));
  how.how = port_export_verb::format::nginx;
  BOOST_TEST(
      contains(export_ports(ports, how), "server_name web.ann.example.org;"));
  how.domain.reset();
  const auto nginx = export_ports(ports, how);
  BOOST_TEST(contains(nginx, "location /ann/web/ {"));
  BOOST_TEST(contains(nginx, "proxy_pass http://127.0.0.1:8080/;"));
  for (const auto* other : {"808", "a;b"})
    BOOST_TEST(nginx.find(other, nginx.find("8080") + 4) == nginx.npos);
}

BOOST_AUTO_TEST_SUITE_END()
