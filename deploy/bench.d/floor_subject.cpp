#include "deploy/bench.d/measure.hpp"
#include "deploy/bench.d/processes.hpp"
#include "deploy/bench.d/subject.hpp"

#include <algorithm>
#include <optional>

#include <unistd.h>

namespace hiisi::bench {

namespace {

/// floor.c, which answers in lines.
class floor_subject : public subject {
public:
  explicit floor_subject(const places& where)
      : where_(where), socket_(where.scratch + "/floor.sock") {
    pid_ = spawn({where_.programs + "/bench_floor", socket_});
    connection_.emplace(socket_);
  }

  ~floor_subject() override {
    // It ends once its last client has gone.
    connection_.reset();
    reap(pid_, 5'000);
    ::unlink(socket_.c_str());
    for (auto id : outputs_)
      ::unlink(output_file(id).c_str());
  }

  void send_starts(const std::vector<launch>& what) override {
    std::string lines;
    for (const auto& one : what) {
      auto keep = one.argv[0].ends_with("bench_writer");
      auto id = next_++;
      if (keep)
        outputs_.push_back(id);
      lines += one.restart ? "start 1 " : "start 0 ";
      lines += keep ? output_file(id) : "-";
      for (const auto& word : one.argv)
        lines += " " + word;
      lines += "\n";
    }
    connection_->send(lines);
  }

  std::vector<uint32_t> await_starts(size_t count) override {
    std::vector<uint32_t> ids;
    while (ids.size() < count)
      ids.push_back(static_cast<uint32_t>(std::stoul(line().substr(8))));
    return ids;
  }

  stream& connection() override { return *connection_; }

  void stop(const std::vector<uint32_t>& ids) override {
    std::string lines;
    for (auto id : ids)
      lines += "stop " + std::to_string(id) + "\n";
    connection_->send(lines);
    for (size_t i = 0; i < ids.size(); ++i)
      if (!line().starts_with("stopped "))
        give_up("the floor did not stop");
  }

  double status(size_t expected) override {
    auto begin = now();
    connection_->send("status\n");
    std::string answer;
    while (!answer.ends_with("end\n"))
      answer += connection_->receive();
    auto took = static_cast<double>(now() - begin) / 1e6;
    auto lines = std::count(answer.begin(), answer.end(), '\n') - 1;
    if (lines != static_cast<std::ptrdiff_t>(expected))
      give_up("the floor has " + std::to_string(lines) + " children, not "
              + std::to_string(expected));
    return took;
  }

  std::vector<std::string> status_command() const override {
    return {where_.programs + "/bench_floor", "ask", socket_};
  }

  std::string output_file(uint32_t id) const override {
    return where_.logs + "/" + where_.prefix + "-floor-" + std::to_string(id);
  }

  std::vector<pid_t> processes() const override { return {pid_}; }

private:
  std::string line() {
    size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos)
      buffer_ += connection_->receive();
    auto text = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return text;
  }

  places where_;
  std::string socket_;
  pid_t pid_;
  std::optional<stream> connection_;
  std::string buffer_;
  uint32_t next_ = 0;
  std::vector<uint32_t> outputs_;
};

} // namespace

std::unique_ptr<subject> make_floor(const places& where) {
  return std::make_unique<floor_subject>(where);
}

} // namespace hiisi::bench
