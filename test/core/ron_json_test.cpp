#include "actors/core/ron/json.hpp"
#include "protocol/json_writer.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi;
using core::ron::struct_builder;
using core::ron::value;

namespace {

std::string json_of(const value& what) {
  protocol::json_writer out;
  core::ron::write_json(out, what);
  return std::move(out).take();
}

} // namespace

BOOST_AUTO_TEST_SUITE(ron_as_json)

BOOST_AUTO_TEST_CASE(structs_lists_and_maps_keep_their_shape) {
  const auto all
      = struct_builder{"thing"}
            .add("text", "a \"b\"")
            .add("number", -7)
            .add("truth", true)
            .add("none", value::none())
            .add("some", value::some(value{3}))
            .add("list", core::ron::list_of(std::vector<int>{1, 2}))
            .add("map",
                 value::map({{value{"k"}, value{1}}, {value{2}, value{}}}))
            .add("empty", value::list({}))
            .add("variant", value::variant("Busy"))
            .build();
  BOOST_TEST(json_of(all)
             == R"({"text":"a \"b\"","number":-7,"truth":true,"none":null,)"
                R"("some":3,"list":[1,2],"map":{"k":1,"2":null},"empty":[],)"
                R"("variant":"Busy"})");
  BOOST_TEST(json_of(value{}) == "null");
  BOOST_TEST(json_of(value::structure({}, "Name")) == "{}");
}

BOOST_AUTO_TEST_CASE(numbers_that_json_has_not_are_null) {
  BOOST_TEST(json_of(value{0.5}) == "0.5");
  BOOST_TEST(json_of(value{std::numeric_limits<double>::infinity()}) == "null");
}

BOOST_AUTO_TEST_SUITE_END()
