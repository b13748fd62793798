// Users whose ~/.logs cannot be written.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

using namespace hiisi::test;

namespace {

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// Puts what is not a directory of the user's own in the place of ~/.logs
/// while this lives; what was there comes back.
class blocked_logs {
public:
  explicit blocked_logs(const account& who) : path_(who.home + "/.logs") {
    if (std::filesystem::exists(path_)) {
      moved_ = path_ + ".hiisi-test";
      std::filesystem::rename(path_, moved_);
    }
  }
  ~blocked_logs() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    if (!moved_.empty())
      std::filesystem::rename(moved_, path_, ignored);
  }
  blocked_logs(const blocked_logs&) = delete;
  blocked_logs& operator=(const blocked_logs&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
  std::string moved_;
};

void check_refused(const instance& here, const std::string& named,
                   const std::string& reason) {
  const auto got = here.hiisi(alice(), {"run", here.probe(), "wait"});
  BOOST_TEST(got.status == 1, got.out);
  BOOST_TEST(contains(got.err, named), got.err);
  BOOST_TEST(contains(got.err, reason), got.err);
  BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size() == 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_logs)

BOOST_AUTO_TEST_CASE(a_file_in_place_of_the_directory_is_named) {
  const instance here;
  const blocked_logs logs(alice());
  std::ofstream(logs.path()) << "mine";
  check_refused(here, logs.path(), "Not a directory");
  BOOST_TEST(text_of(logs.path()) == "mine");
}

BOOST_AUTO_TEST_CASE(a_log_that_is_a_link_is_not_followed) {
  const instance here;
  const blocked_logs logs(alice());
  std::filesystem::create_directory(logs.path());
  const auto target = here.work_dir(alice()) + "/precious";
  std::ofstream(target) << "precious";
  // The first id of a new instance is known.
  std::filesystem::create_symlink(target, logs.path() + "/1-"
                                              + here.probe_name() + ".out");
  if (::geteuid() == 0
      && (::chown(logs.path().c_str(), alice().uid, alice().gid) != 0
          || ::chown(target.c_str(), alice().uid, alice().gid) != 0))
    throw std::runtime_error("chown");
  check_refused(here, logs.path() + "/1-" + here.probe_name() + ".out",
                "symbolic link");
  BOOST_TEST(text_of(target) == "precious");
}

BOOST_AUTO_TEST_SUITE_END()
