#include "protocol/json_pieces.hpp"

#include "protocol/rfc3339.hpp"
#include "protocol/utf8.hpp"

#include <array>
#include <cstdint>

namespace hiisi::protocol {

void write_time(json_writer& out, wall_time when) {
  std::array<char, rfc3339_bytes> text;
  write_rfc3339(text.data(), when);
  out.raw("\"").raw({text.data(), text.size()}).raw("\"");
}

wall_time read_time(const json_cursor& at) {
  const auto& text = at.text();
  auto when = parse_rfc3339(text);
  if (!when)
    at.fail(errc::bad_request, "\"" + excerpt(text) + "\" is no RFC 3339 time");
  return when.value_or(wall_time{});
}

bool read_flag(const json_cursor& at, std::string_view name) {
  const auto flag = at.member(name);
  return flag.present() && flag.boolean();
}

exit_info read_exit(const json_cursor& at) {
  exit_info end;
  const auto kind = at.member("kind");
  const auto& word = kind.text();
  if (word == "exited")
    end.how = exit_info::kind::exited;
  else if (word == "signaled")
    end.how = exit_info::kind::signaled;
  end.value = static_cast<int>(
      at.member("value").signed_number(INT32_MIN, INT32_MAX));
  end.core_dumped = at.member("core_dumped").boolean();
  end.out_of_memory = read_flag(at, "out_of_memory");
  if (const auto most = at.member("memory_max"); most.present())
    end.memory_max = most.number(0, UINT64_MAX);
  return end;
}

} // namespace hiisi::protocol
