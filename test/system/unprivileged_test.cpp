// A hiidet that is not root, and files that it may not write.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include <sys/stat.h>

using namespace hiisi::test;

namespace {

bool contains(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// A directory that nobody may write into while this lives.
class read_only {
public:
  explicit read_only(std::string path) : path_(std::move(path)) {
    struct stat is {};
    ::stat(path_.c_str(), &is);
    mode_ = is.st_mode & 07777;
    ::chmod(path_.c_str(), mode_ & ~mode_t{0222});
  }
  ~read_only() { ::chmod(path_.c_str(), mode_); }
  read_only(const read_only&) = delete;
  read_only& operator=(const read_only&) = delete;

private:
  std::string path_;
  mode_t mode_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(unprivileged)

BOOST_AUTO_TEST_CASE(state_that_cannot_be_written_is_told_and_others_served) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  {
    const read_only state(here.state());
    const read_only processes(here.state() + "/processes");
    const auto run = here.hiisi(alice(), {"run", here.probe(), "wait"});
    BOOST_TEST(run.status == 1);
    BOOST_TEST(contains(run.err, "Permission denied"), run.err);
    BOOST_TEST(contains(run.err, here.state() + "/processes"), run.err);
    const auto port = here.hiisi(alice(), {"port", "allocate"});
    BOOST_TEST(port.status == 1);
    BOOST_TEST(contains(port.err, "Permission denied"), port.err);
    BOOST_TEST(contains(port.err, here.state() + "/"), port.err);
    BOOST_TEST(contains(port.err, "ports.ron"), port.err);
    BOOST_TEST(here.state_of(alice(), id) == "running");
    BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size() == 1);
  }
  BOOST_TEST(here.hiisi(alice(), {"run", here.probe(), "wait"}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
