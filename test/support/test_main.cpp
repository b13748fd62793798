#define BOOST_TEST_MODULE hiisi
#include <boost/test/unit_test.hpp>
