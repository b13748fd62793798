#include "hiisi/line_filter.hpp"

#include "hiisi/point_in_time.hpp"
#include "hiisi/text.hpp"

#include <array>

namespace hiisi::cli {

protocol::result<line_pattern> line_pattern::compile(const std::string& text) {
  auto made = std::make_unique<regex_t>();
  if (const auto wrong
      = ::regcomp(made.get(), text.c_str(), REG_EXTENDED | REG_NOSUB);
      wrong != 0) {
    std::array<char, 256> why{};
    ::regerror(wrong, made.get(), why.data(), why.size());
    return protocol::make_error(
        protocol::errc::invalid_argument,
        "--grep '" + printable(text)
            + "' is no regular expression: " + why.data(),
        "it is read as grep -E does; put \\ before a character that is meant "
        "as it stands");
  }
  line_pattern out;
  out.compiled_
      = std::shared_ptr<const regex_t>{made.release(), [](const regex_t* what) {
                                         auto* mine
                                             = const_cast<regex_t*>(what);
                                         ::regfree(mine);
                                         delete mine;
                                       }};
  return out;
}

bool line_pattern::matches(std::string_view line) const {
  // By its length, since a line may hold a NUL.
  regmatch_t part{};
  part.rm_eo = static_cast<regoff_t>(line.size());
  return ::regexec(compiled_.get(), line.data(), 1, &part, REG_STARTEND) == 0;
}

bool line_filter::one_line(std::string line, const log_sink& sink) {
  std::string_view text = line;
  if (text.ends_with('\n'))
    text.remove_suffix(1);
  if (wishes_.since)
    if (const auto when = time_of_line(text))
      recent_ = *when >= *wishes_.since;
  if (!recent_ || (wishes_.pattern && !wishes_.pattern->matches(text)))
    return true;
  if (caught_up_ || !wishes_.last)
    return sink(line);
  held_.push_back(std::move(line));
  if (held_.size() > *wishes_.last)
    held_.pop_front();
  return true;
}

bool line_filter::take(std::string_view bytes, const log_sink& sink) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    rest_ += bytes.substr(0, end == bytes.npos ? end : end + 1);
    if (end == bytes.npos)
      return true;
    bytes.remove_prefix(end + 1);
    if (!one_line(std::exchange(rest_, {}), sink))
      return false;
  }
  return true;
}

bool line_filter::caught_up(const log_sink& sink) {
  caught_up_ = true;
  for (const auto& line : std::exchange(held_, {}))
    if (!sink(line))
      return false;
  return true;
}

bool line_filter::finish(const log_sink& sink) {
  return rest_.empty() || one_line(std::exchange(rest_, {}), sink);
}

} // namespace hiisi::cli
