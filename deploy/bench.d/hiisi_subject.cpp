#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/processes.hpp"
#include "deploy/bench.d/subject.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <unistd.h>

namespace hiisi::bench {

namespace {

namespace fs = std::filesystem;

/// The environment of the benchmarks, which travels along as the command line
/// would have it.
std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> all;
  for (auto entry = environ; *entry != nullptr; ++entry) {
    std::string text = *entry;
    if (auto sign = text.find('='); sign != std::string::npos)
      all.emplace(text.substr(0, sign), text.substr(sign + 1));
  }
  return all;
}

/// How many instances there were before this one.
size_t count_instance() {
  static size_t count = 0;
  return count++;
}

/// A private instance of hiidet and its keeper. Each has directories and names
/// of its own, forgets no finished run, and what it leaves is removed once all
/// is measured: ext4 without a journal gives out no inode for minutes that was
/// in use a moment ago, and finding another takes the longer the more there are
/// of those. Creating a file next to 2,000 removed ones took 10 times as long.
class hiisi_subject : public daemon_subject {
public:
  explicit hiisi_subject(const places& where)
      : where_(where),
        number_(std::to_string(count_instance())),
        runtime_(where.runtime + "/" + number_),
        socket_(runtime_ + "/hiisi.sock"),
        state_(where.scratch + "/state" + number_),
        environment_(environment()) {
    where_.prefix += "-" + number_;
    std::ofstream(where.scratch + "/hiidet.ron")
        << "(finished_kept: 100000, ports: (quota: None))\n";
    start();
    (void)status(0);
  }

  ~hiisi_subject() override {
    connection_.reset();
    ::kill(daemon_, SIGTERM);
    reap(daemon_, 10'000);
    // A keeper that has neither daemon nor service ends by itself after 10 s.
    // Its guardian, where it has one, would start it again: both are in the
    // list, and it is gone through until nobody is left.
    auto deadline = now() + 20'000'000'000LL;
    for (auto left = keepers(); !left.empty(); left = keepers()) {
      for (auto pid : left)
        ::kill(pid, now() > deadline ? SIGKILL : SIGTERM);
      sleep_for(std::chrono::milliseconds{20});
    }
  }

  void send_starts(const std::vector<launch>& what) override {
    std::string frames;
    for (const auto& one : what) {
      protocol::run_request run;
      run.argv = one.argv;
      run.cwd = where_.scratch;
      run.env = environment_;
      run.restart = one.restart ? protocol::restart_policy::always
                                : protocol::restart_policy::no;
      run.name = where_.prefix + "-" + std::to_string(next_++);
      frames += frame_of(std::move(run));
    }
    connection_->send(frames);
  }

  std::vector<uint32_t> await_starts(size_t count) override {
    std::vector<uint32_t> ids;
    while (ids.size() < count)
      ids.push_back(answer<protocol::process_started>().id);
    return ids;
  }

  stream& connection() override { return *connection_; }

  void stop(const std::vector<uint32_t>& ids) override {
    std::string frames;
    for (auto id : ids)
      frames += frame_of(protocol::stop_request{id});
    connection_->send(frames);
    for (size_t i = 0; i < ids.size(); ++i)
      (void)answer<protocol::process_stopped>();
  }

  double status(size_t expected) override {
    // Whether an answer goes on in a further frame is found out by decoding
    // it, which takes longer than the answer itself and is not the daemon's
    // time. So as many frames are awaited as the answer before had, then they
    // are decoded; should there have been more, the figure is taken anew.
    for (;;) {
      auto begin = now();
      connection_->send(frame_of(protocol::status_request{}));
      std::vector<std::string> bodies;
      while (bodies.size() < status_frames_)
        bodies.push_back(body());
      auto took = static_cast<double>(now() - begin) / 1e6;
      size_t up = 0;
      auto more = true;
      for (size_t i = 0; more; ++i) {
        if (i == bodies.size())
          bodies.push_back(body());
        auto part = decode<protocol::status_list>(bodies[i], more);
        up += static_cast<size_t>(std::count_if(
            part.entries.begin(), part.entries.end(), [](const auto& entry) {
              return entry.state == protocol::process_state::running;
            }));
      }
      if (up != expected)
        give_up("hiidet has " + std::to_string(up) + " running children, not "
                + std::to_string(expected));
      if (bodies.size() == status_frames_)
        return took;
      status_frames_ = bodies.size();
    }
  }

  std::vector<std::string> status_command() const override {
    return {where_.programs + "/hiisi", "--socket", socket_, "status"};
  }

  std::string output_file(uint32_t id) const override {
    std::error_code ignored;
    auto head = std::to_string(id) + "-" + where_.prefix;
    for (const auto& entry : fs::directory_iterator(where_.logs, ignored))
      if (entry.path().filename().string().starts_with(head)
          && entry.path().extension() == ".out")
        return entry.path();
    give_up(where_.logs + " has no output file of process "
            + std::to_string(id));
  }

  std::vector<pid_t> processes() const override {
    auto all = keepers();
    all.push_back(daemon_);
    return all;
  }

  std::string socket() const override { return socket_; }
  std::string http_socket() const override { return runtime_ + "/http.sock"; }
  std::string state() const override { return state_; }

  double recover(size_t expected) override {
    ::kill(daemon_, SIGKILL);
    reap(daemon_, 10'000);
    const auto begin = now();
    start();
    connection_->send(frame_of(protocol::status_request{}));
    std::vector<std::string> bodies;
    while (bodies.size() < status_frames_)
      bodies.push_back(body());
    const auto took = static_cast<double>(now() - begin) / 1e6;
    // An answer in more frames would have come later than it was said to.
    size_t up = 0;
    auto more = false;
    for (const auto& text : bodies) {
      const auto part = decode<protocol::status_list>(text, more);
      up += static_cast<size_t>(std::count_if(
          part.entries.begin(), part.entries.end(), [](const auto& entry) {
            return entry.state == protocol::process_state::running;
          }));
    }
    if (up != expected || more)
      give_up("hiidet has found " + std::to_string(up)
              + " running children again, not " + std::to_string(expected));
    return took;
  }

private:
  /// Starts the daemon and connects to it.
  void start() {
    connection_.reset();
    decoder_ = {};
    daemon_ = spawn({where_.programs + "/hiidet", "--socket", socket_,
                     "--state-dir", state_, "--runtime-dir", runtime_,
                     "--config", where_.scratch + "/hiidet.ron"},
                    where_.scratch + "/hiidet.log");
    connection_.emplace(socket_);
  }

  std::vector<pid_t> keepers() const {
    return find_processes("hiisi-keeper", runtime_);
  }

  static std::string frame_of(protocol::command what) {
    return protocol::frame(protocol::encode(
        protocol::request{std::move(what), {}, protocol::protocol_version}));
  }

  /// The body of the next frame.
  std::string body() {
    for (;;) {
      if (auto ready = decoder_.next())
        return *std::move(ready);
      decoder_.feed(connection_->receive());
    }
  }

  template <class T>
  static T decode(const std::string& text, bool& more) {
    auto response = protocol::decode_response(text);
    if (!response.ok())
      give_up("hiidet answered what cannot be read: "
              + response.failure().message);
    if (auto refusal = std::get_if<protocol::error>(&response->what))
      give_up("hiidet refused: " + refusal->message + " " + refusal->hint);
    auto expected = std::get_if<T>(&response->what);
    if (expected == nullptr)
      give_up("hiidet answered something else: " + text.substr(0, 200));
    more = response->more;
    return *std::move(expected);
  }

  template <class T>
  T answer() {
    auto more = false;
    return decode<T>(body(), more);
  }

  places where_;
  std::string number_;
  std::string runtime_;
  std::string socket_;
  std::string state_;
  std::map<std::string, std::string> environment_;
  pid_t daemon_ = -1;
  std::optional<stream> connection_;
  protocol::frame_decoder decoder_;
  size_t status_frames_ = 1;
  uint32_t next_ = 0;
};

} // namespace

std::unique_ptr<daemon_subject> make_hiisi(const places& where) {
  return std::make_unique<hiisi_subject>(where);
}

} // namespace hiisi::bench
