#include "test/rotate/whole_log.hpp"
#include "test/support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <random>

#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hiisi;

// Writers at full speed, rotations all the while, and kills in the midst of
// them: every line must be there once, whole.

namespace {

constexpr size_t writers = 2;
constexpr const char* segment_size = "262144";
constexpr size_t kills_asked_for = 6;

/// How many lines; deploy/soak asks for more than the test needs.
size_t lines_asked_for() {
  const char* asked = std::getenv("HIISI_LOG_LINES");
  return asked ? std::strtoull(asked, nullptr, 10) : 1'000'000;
}

/// What the writers and the test tell each other, in memory that they share.
class shared_counts {
public:
  shared_counts()
      : told_(static_cast<told*>(::mmap(nullptr, sizeof(told),
                                        PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    BOOST_TEST_REQUIRE(static_cast<void*>(told_) != MAP_FAILED);
    new (told_) told;
  }
  shared_counts(const shared_counts&) = delete;
  shared_counts& operator=(const shared_counts&) = delete;
  ~shared_counts() { ::munmap(told_, sizeof(told)); }

  std::atomic<size_t>& kills() { return told_->kills; }
  std::atomic<size_t>& written_by(size_t writer) {
    return told_->written[writer];
  }

private:
  struct told {
    std::atomic<size_t> kills{0};
    std::array<std::atomic<size_t>, writers> written{};
  };

  told* told_;
};

/// Writes lines "WRITER NUMBER ...", each by one write, as line-buffered
/// programs do, and ends. On a busy machine few runs are caught alive: it goes
/// on until enough of them were, but not for ever.
[[noreturn]] void write_lines(const std::string& path, size_t writer,
                              size_t count, shared_counts& shared) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
  std::array<char, 128> line{};
  size_t i = 0;
  while (i < count || (i < 20 * count && shared.kills() < kills_asked_for)) {
    const auto length
        = std::snprintf(line.data(), line.size(), "%zu %zu %.*s\n", writer, i,
                        static_cast<int>(i % 50),
                        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
    if (::write(fd, line.data(), static_cast<size_t>(length)) != length)
      ::_exit(1);
    shared.written_by(writer) = ++i;
  }
  ::_exit(0);
}

pid_t start_rotation(const std::string& directory, const std::string& name) {
  const auto program = std::string{HIISI_BIN_DIR} + "/hiisi-rotate";
  const auto what = std::string{segment_size} + ":100000:" + name;
  const auto child = ::fork();
  if (child == 0) {
    ::execl(program.c_str(), program.c_str(), directory.c_str(), what.c_str(),
            nullptr);
    ::_exit(127);
  }
  return child;
}

/// Kills a run at some moment, or right when it has renamed a segment and has
/// not made the hole yet; false where it was over by then.
class killer {
public:
  explicit killer(const std::string& directory)
      : renames_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    BOOST_TEST_REQUIRE(
        ::inotify_add_watch(renames_.get(), directory.c_str(), IN_MOVED_TO)
        >= 0);
  }

  bool at_some_moment(pid_t run) {
    return wait_and_kill(
        run, -1, timespec{0, 1000L * static_cast<long>(random_() % 20'000)});
  }

  bool at_the_rename(pid_t run) {
    // What earlier runs have renamed is no news.
    std::array<char, 4096> events{};
    while (::read(renames_.get(), events.data(), events.size()) > 0) {
    }
    return wait_and_kill(run, renames_.get(), timespec{10, 0});
  }

  unsigned random() { return static_cast<unsigned>(random_()); }

private:
  static bool wait_and_kill(pid_t run, int sign, timespec limit) {
    const logs::descriptor end{
        static_cast<int>(::syscall(SYS_pidfd_open, run, 0))};
    std::array<pollfd, 2> wait{pollfd{end.get(), POLLIN, 0},
                               pollfd{sign, POLLIN, 0}};
    ::ppoll(wait.data(), wait.size(), &limit, nullptr);
    return wait[0].revents == 0 && ::kill(run, SIGKILL) == 0;
  }

  logs::descriptor renames_;
  std::minstd_rand random_{42};
};

struct tally {
  size_t rotations = 0;
  size_t lost = 0;
  size_t doubled = 0;
  size_t torn = 0;
};

/// Rotates again and again until nobody writes. Two runs of three are killed.
void rotate_while(const std::string& directory, const std::string& name,
                  std::vector<pid_t> writing, std::atomic<size_t>& killed) {
  killer kills{directory};
  while (!writing.empty()) {
    const auto child = start_rotation(directory, name);
    const auto fate = kills.random() % 3;
    if (fate == 0   ? kills.at_some_moment(child)
        : fate == 1 ? kills.at_the_rename(child)
                    : false)
      ++killed;
    int status = 0;
    BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status))
      BOOST_TEST_REQUIRE(WEXITSTATUS(status) == 0);
    std::erase_if(writing, [](pid_t one) {
      int how = 0;
      if (::waitpid(one, &how, WNOHANG) != one)
        return false;
      BOOST_TEST_REQUIRE((WIFEXITED(how) && WEXITSTATUS(how) == 0));
      return true;
    });
  }
}

/// Checks line after line, however they are cut into blocks.
class line_checker {
public:
  explicit line_checker(shared_counts& shared) {
    for (size_t i = 0; i < writers; ++i)
      seen_.emplace_back(shared.written_by(i).load());
  }

  /// How many lines are to be there.
  size_t total() const {
    size_t out = 0;
    for (const auto& one : seen_)
      out += one.size();
    return out;
  }

  void take(std::string_view bytes) {
    rest_ += bytes;
    size_t begin = 0;
    for (auto end = rest_.find('\n'); end != rest_.npos;
         end = rest_.find('\n', begin)) {
      check(std::string_view{rest_}.substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
  }

  void finish(tally& out) {
    out.torn = torn_ + (rest_.empty() ? 0 : 1);
    for (const auto& one : seen_)
      for (const auto times : one) {
        out.lost += times == 0 ? 1 : 0;
        out.doubled += times > 1 ? 1 : 0;
      }
  }

private:
  void check(std::string_view line) {
    size_t writer = 0;
    size_t number = 0;
    const auto* end = line.data() + line.size();
    auto read = std::from_chars(line.data(), end, writer);
    if (read.ec == std::errc{} && read.ptr != end)
      read = std::from_chars(read.ptr + 1, end, number);
    const auto tail = static_cast<size_t>(end - read.ptr);
    if (read.ec != std::errc{} || writer >= writers
        || number >= seen_[writer].size() || tail != 1 + number % 50) {
      ++torn_;
      return;
    }
    auto& times = seen_[writer][number];
    times = static_cast<uint8_t>(std::min(times + 1, 2));
  }

  std::vector<std::vector<uint8_t>> seen_;
  std::string rest_;
  size_t torn_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(torture)

BOOST_AUTO_TEST_CASE(no_line_is_lost_doubled_or_torn_though_rotations_die) {
  test::temp_dir place;
  const std::string name = "1-load.out";
  shared_counts shared;
  std::vector<pid_t> writing;
  for (size_t i = 0; i < writers; ++i) {
    const auto child = ::fork();
    if (child == 0)
      write_lines(place / name, i, lines_asked_for() / writers, shared);
    writing.push_back(child);
  }
  rotate_while(place.path(), name, writing, shared.kills());
  tally counts;
  counts.rotations
      = logs::directory::open(place.path())->segments_of(name).size();
  line_checker lines{shared};
  test::read_log(place.path(), name,
                 [&](std::string_view bytes) { lines.take(bytes); });
  lines.finish(counts);
  std::cout << lines.total() << " lines by " << writers << " writers through "
            << counts.rotations << " rotations, " << shared.kills()
            << " runs killed: " << counts.lost << " lost, " << counts.doubled
            << " doubled, " << counts.torn << " torn\n";
  BOOST_TEST(counts.rotations > 20u);
  BOOST_TEST(shared.kills() >= kills_asked_for);
  BOOST_TEST(counts.lost == 0u);
  BOOST_TEST(counts.doubled == 0u);
  BOOST_TEST(counts.torn == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
