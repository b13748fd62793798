// Programs that cannot be started: the error says why and where.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

/// `hiisi run` with these words is refused with these, and leaves nothing.
void refused(const instance& here, const std::vector<std::string>& run_words,
             const std::vector<std::string>& expected,
             const call_options& options = {}) {
  auto words = run_words;
  words.insert(words.begin(), "run");
  const auto got = here.hiisi(alice(), words, options);
  BOOST_TEST(got.status == 1, got.out + got.err);
  for (const auto& text : expected)
    BOOST_TEST(got.err.find(text) != std::string::npos,
               "no \"" << text << "\" in: " << got.err);
  BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size() == 0);
}

void write(const std::string& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), mode);
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_start)

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there) {
  const instance here;
  refused(here, {here / here.unique("gone")},
          {"could not start", here / here.unique("gone"), "No such file"});
  const auto nowhere = here.unique("no-such-program");
  refused(here, {nowhere}, {nowhere, "PATH"});
}

BOOST_AUTO_TEST_CASE(a_program_that_may_not_be_executed) {
  const instance here;
  const auto text = here / here.unique("text");
  write(text, "just text\n", 0644);
  refused(here, {text}, {text, "Permission denied"});
  refused(here, {here.place()}, {here.place(), "Permission denied"});
}

BOOST_AUTO_TEST_CASE(a_script_whose_interpreter_is_not_there) {
  const instance here;
  const auto script = here / here.unique("script");
  write(script, "#!/no/such/interpreter\n", 0755);
  refused(here, {script}, {script, "No such file"});
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there) {
  const instance here;
  refused(here, {"--cwd", "/no/such/place", here.probe(), "wait"},
          {"chdir /no/such/place", "No such file"});
  refused(here, {"--cwd", here / "hiidet.ron", here.probe(), "wait"},
          {"chdir", "Not a directory"});
}

BOOST_AUTO_TEST_CASE(a_command_that_is_empty) {
  const instance here;
  const auto none = here.hiisi(alice(), {"run"});
  BOOST_TEST(none.status == 2);
  BOOST_TEST(none.err.find("hiisi run --help") != std::string::npos, none.err);
  const auto empty = here.hiisi(alice(), {"run", ""});
  BOOST_TEST(empty.status != 0);
  BOOST_TEST(empty.err.find("empty") != std::string::npos, empty.err);
}

BOOST_AUTO_TEST_CASE(arguments_that_are_too_long) {
  const instance here;
  auto talk = here.connect(alice());
  // No single argument may have more than 128 KiB; the shell would fail alike.
  const json answer(talk.ask(request(R"({"Run":{"argv":[")" + here.probe()
                                     + R"(",")" + std::string(200'000, 'x')
                                     + R"("],"cwd":"/","env":{}}})")));
  BOOST_TEST(answer["error"]["code"].str() == "start_failed", answer.text());
  BOOST_TEST(answer["Error"].str().find("too long") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failed_start_of_a_known_process_is_told) {
  const instance here;
  const auto name = here.unique("srv");
  const auto path = here.work_dir(alice()) + "/server";
  std::filesystem::copy_file("/bin/sleep", path);
  ::chmod(path.c_str(), 0755);
  const auto id = here.run(alice(), {"--name", name, path, "1000"});
  BOOST_TEST(here.hiisi(alice(), {"stop", name}).status == 0);
  ::unlink(path.c_str());
  const auto got = here.hiisi(alice(), {"start", name});
  BOOST_TEST(got.status == 1);
  BOOST_TEST(got.err.find("No such file") != std::string::npos, got.err);
  BOOST_TEST(here.state_of(alice(), id) == "failed");
  BOOST_TEST(here.status(alice(), id)["reason"].str().find(path)
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
