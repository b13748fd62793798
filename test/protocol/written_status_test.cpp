#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "test/protocol/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <variant>

using namespace hiisi::protocol;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(written_status)

BOOST_AUTO_TEST_CASE(it_reads_as_what_was_written_ahead) {
  size_t seen = 0;
  for (const auto& sample : hiisi::test::response_samples()) {
    const auto* list = std::get_if<status_list>(&sample.written.what);
    if (!list)
      continue;
    written_status_list written;
    for (const auto& entry : list->entries)
      written.rows.push_back(
          {std::make_shared<const written_status_entry>(write_ahead(entry)),
           entry.uptime});
    seen += list->entries.size();
    BOOST_TEST(encode({written, false}, protocol_version)
               == encode({*list, false}, protocol_version));
  }
  BOOST_TEST(seen > 10u);
}

BOOST_AUTO_TEST_CASE(the_uptime_is_that_of_the_row) {
  status_entry entry;
  entry.id = 7;
  entry.uptime = 1s;
  const auto written
      = std::make_shared<const written_status_entry>(write_ahead(entry));
  const auto text
      = encode({written_status_list{{{written, 61s + 5ns}}}, false}, 2);
  BOOST_TEST(text.find(R"("uptime":{"secs":61,"nanos":5})")
             != std::string::npos);
  BOOST_TEST(text.find(R"("secs":1,)") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_of_the_first_hiisi_is_not_sent_one) {
  const auto text = encode({written_status_list{}, false}, 1);
  BOOST_TEST(text.find("Error") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
