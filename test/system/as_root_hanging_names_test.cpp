// Name services that never answer: a module of the C library's that hangs, as
// one does whose directory server is gone.
#include "test/support/private_mounts.hpp"
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/mount.h>

using namespace hiisi::test;

namespace {

using std::chrono::steady_clock;

/// From here on this program and its children ask the module, too. Those that
/// do not find it go on without.
class hanging_names {
public:
  explicit hanging_names(const instance& here) : hangs_(here / "hangs") {
    const auto conf = here / "nsswitch.conf";
    std::ofstream(conf) << "passwd: files hxthang\ngroup: files\n";
    std::filesystem::permissions(conf, std::filesystem::perms(0644));
    if (::mount(conf.c_str(), path, nullptr, MS_BIND, nullptr) != 0)
      throw std::runtime_error(std::string("cannot mount at ") + path);
  }
  ~hanging_names() { ::umount2(path, MNT_DETACH); }
  hanging_names(const hanging_names&) = delete;
  hanging_names& operator=(const hanging_names&) = delete;

  [[nodiscard]] const std::string& switched_by() const { return hangs_; }
  void hang() const { std::ofstream{hangs_}; }

private:
  static constexpr const char* path = "/etc/nsswitch.conf";
  std::string hangs_;
};

/// Where the C library of hiidet finds the module.
std::string directory_of_module(const instance& here) {
  const auto place = here / "names";
  std::filesystem::create_directory(place);
  std::filesystem::permissions(place, std::filesystem::perms(0755));
  std::filesystem::copy_file(HIISI_HANGING_NAMES_LIBRARY,
                             place + "/libnss_hxthang.so.2");
  return place;
}

std::chrono::milliseconds since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      steady_clock::now() - begin);
}

} // namespace

BOOST_AUTO_TEST_SUITE(hanging)

BOOST_AUTO_TEST_CASE(name_services_that_hang_hold_up_neither_service_nor_end,
                     *boost::unit_test::precondition(can_mount)) {
  instance here({.idle = true});
  const hanging_names names(here);
  here.set_environment("LD_LIBRARY_PATH", directory_of_module(here));
  here.set_environment("HIISI_TEST_NAMES_HANG", names.switched_by());
  here.start();
  const auto id = here.run_probe(alice(), {"wait"});
  auto talk = here.connect(self());
  const auto ask = [&](int number) {
    return R"({"Quota":{"of":"hxt-nobody-)" + std::to_string(number) + "\"}}";
  };
  // That it is asked at all.
  const json unknown(talk.ask(request(ask(0))));
  BOOST_TEST_REQUIRE(unknown["error"]["code"].str() == "not_found",
                     unknown.text());
  names.hang();
  const auto begin = steady_clock::now();
  // More than may be asked at once.
  for (int i = 1; i <= 8; ++i)
    talk.send(request(ask(i)));
  const auto looked = steady_clock::now();
  BOOST_TEST(here.state_of(alice(), id) == "running");
  BOOST_TEST(since(looked).count() < 1000);
  for (int i = 1; i <= 8; ++i) {
    const json answer(talk.next(patience).value_or("{}"));
    BOOST_TEST(answer["error"]["code"].str() == "unavailable", answer.text());
  }
  BOOST_TEST(since(begin).count() < 10'000);
  const auto ending = steady_clock::now();
  BOOST_TEST(here.end_daemon() == 0);
  BOOST_TEST(since(ending).count() < 5000);
}

BOOST_AUTO_TEST_SUITE_END()
