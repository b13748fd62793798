#include <boost/test/unit_test.hpp>

// Boost.Test's own main is made by a macro before its header is included,
// which a precompiled header cannot have.

int main(int argc, char* argv[]) {
  return boost::unit_test::unit_test_main(
      [] {
        boost::unit_test::framework::master_test_suite().p_name.value = "hiisi";
        return true;
      },
      argc, argv);
}
