#include "actors/os/boot_id.hpp"

#include "actors/os/file.hpp"

namespace hiisi::os {

protocol::result<std::string> boot_id() {
  constexpr size_t uuid_length = 36;
  auto text = read_file("/proc/sys/kernel/random/boot_id", 64);
  if (!text)
    return protocol::make_error(protocol::errc::unavailable,
                                text.failure().message,
                                "mount /proc, then start again");
  while (!text->empty() && text->back() == '\n')
    text->pop_back();
  if (text->size() != uuid_length)
    return protocol::make_error(protocol::errc::unavailable,
                                "the kernel's boot id \"" + *text
                                    + "\" is no UUID");
  return text;
}

const std::string& this_boot() {
  static const std::string id = [] {
    auto asked = boot_id();
    return asked.ok() ? *std::move(asked) : std::string{};
  }();
  return id;
}

} // namespace hiisi::os
