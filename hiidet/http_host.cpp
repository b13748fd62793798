#include "hiidet/http_server.hpp"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>

namespace hiisi::hiidet {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

} // namespace

bool is_our_host(std::string_view header,
                 const std::vector<std::string>& names) {
  std::string host{header};
  in6_addr address{};
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end != host.npos
           && ::inet_pton(AF_INET6, host.substr(1, end - 1).c_str(), &address)
                  == 1;
  }
  host = host.substr(0, host.rfind(':'));
  // An address is no name that somebody else's name server could lead here.
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1
         || same_name(host, "localhost")
         || std::ranges::any_of(names, [&](const std::string& name) {
              return same_name(host, name);
            });
}

} // namespace hiisi::hiidet
