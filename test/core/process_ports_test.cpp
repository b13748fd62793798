#include "actors/core/process_ports.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using hiisi::protocol::port_wish;
using hiisi::protocol::process_port;

namespace {

using words = std::vector<std::string>;

const std::vector<process_port> web_and_dns{{8080, "web", false, true},
                                            {5353, "dns-1", true, true}};

std::string refusal(const std::vector<port_wish>& wishes,
                    const words& argv = {"./srv"}) {
  auto checked = check_wishes(wishes, argv);
  return checked ? "" : checked.failure().message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_ports)

BOOST_AUTO_TEST_CASE(numbers_take_the_place_of_braces_anywhere_in_a_word) {
  auto filled = fill_in_ports({"./srv", "--bind=:{port}", "{port:dns-1}",
                               "{port}{port:web}", "{port", "port}"},
                              web_and_dns);
  BOOST_TEST_REQUIRE(filled.ok());
  BOOST_TEST((
      *filled
      == words{"./srv", "--bind=:8080", "5353", "80808080", "{port", "port}"}));
}

BOOST_AUTO_TEST_CASE(without_ports_braces_are_only_braces) {
  auto filled = fill_in_ports({"awk", "{port}", "{port:x}"}, {});
  BOOST_TEST_REQUIRE(filled.ok());
  BOOST_TEST((*filled == words{"awk", "{port}", "{port:x}"}));
}

BOOST_AUTO_TEST_CASE(a_label_that_no_port_has_is_named) {
  for (auto word : {"{port:admin}", "x{port:admin}y"}) {
    auto filled = fill_in_ports({"./srv", word}, web_and_dns);
    BOOST_TEST_REQUIRE(!filled.ok());
    BOOST_TEST(filled.failure().message
               == "the command asks for {port:admin}, and no port has that "
                  "label");
    BOOST_TEST(filled.failure().hint == "give it one by --port=admin");
  }
  // An unlabelled port's label is empty, too, yet this names none.
  const std::vector<process_port> any{{9000}};
  BOOST_TEST(!fill_in_ports({"{port:}"}, any).ok());
}

BOOST_AUTO_TEST_CASE(variables_hold_the_first_port_and_each_with_a_label) {
  const auto variables = port_variables(web_and_dns);
  BOOST_TEST((variables
              == environment{{"PORT", "8080"},
                             {"PORT_WEB", "8080"},
                             {"PORT_DNS_1", "5353"}}));
  BOOST_TEST(port_variables({}).empty());
  const std::vector<process_port> any{{9000}};
  BOOST_TEST((port_variables(any) == environment{{"PORT", "9000"}}));
}

BOOST_AUTO_TEST_CASE(sockets_are_called_by_their_labels_or_numbers) {
  BOOST_TEST(socket_names(web_and_dns) == "web:dns-1");
  const std::vector<process_port> any{{9000}, {9001, "b"}};
  BOOST_TEST(socket_names(any) == "9000:b");
}

BOOST_AUTO_TEST_CASE(wishes_that_contradict_each_other_are_refused) {
  BOOST_TEST(refusal({}).empty());
  BOOST_TEST(refusal({{}, {}, {8080, "web"}, {8080, "", true}}).empty());
  BOOST_TEST(refusal({{8080}, {8080, "web"}})
             == "port 8080 is asked for twice");
  BOOST_TEST(refusal({{{}, "a-b"}, {{}, "A.b"}})
             == "two ports of one process would both be PORT_A_B");
}

BOOST_AUTO_TEST_CASE(a_command_is_checked_before_ports_are_had) {
  BOOST_TEST(refusal({{{}, "web"}}, {"./srv", "{port:web}"}).empty());
  BOOST_TEST(refusal({{{}, "web"}}, {"./srv", "{port:www}"})
             == "the command asks for {port:www}, and no port has that label");
}

BOOST_AUTO_TEST_CASE(what_nobody_named_goes_with_the_process) {
  using numbers = std::vector<uint16_t>;
  const std::vector<process_port> ports{
      {8080, "web", false, true}, {17198}, {17199}, {17199, "", true}};
  BOOST_TEST((ports_to_free(ports, {}, {}) == numbers{17198, 17199}));
  BOOST_TEST((ports_to_free(ports, {}, {17198}) == numbers{17199}));
  BOOST_TEST((ports_to_free(ports, true, {}) == numbers{8080, 17198, 17199}));
  BOOST_TEST((ports_to_free(ports, true, {8080}) == numbers{17198, 17199}));
  BOOST_TEST(ports_to_free(ports, false, {}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
