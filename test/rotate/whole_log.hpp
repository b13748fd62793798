#pragma once

#include "logs/directory.hpp"
#include "logs/live_file.hpp"
#include "logs/segment_file.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include <fcntl.h>

namespace hiisi::test {

/// Hands on the bytes of a log that nobody writes to just now: its segments,
/// then the live file.
inline void read_log(const std::string& directory, const std::string& name,
                     const std::function<void(std::string_view)>& take) {
  auto where = logs::directory::open(directory);
  BOOST_TEST_REQUIRE(where.ok());
  const auto segments = where->segments_of(name);
  for (const auto& one : segments) {
    auto reader
        = logs::segment_reader::open(*where, logs::file_name(name, one));
    BOOST_TEST_REQUIRE(reader.ok());
    while (true) {
      auto bytes = reader->read();
      BOOST_TEST_REQUIRE(bytes.ok());
      if (bytes->empty())
        break;
      take(*bytes);
    }
  }
  const auto path = directory + "/" + name;
  const logs::descriptor live{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  BOOST_TEST_REQUIRE(live.get() >= 0);
  const auto begin = logs::goes_on_at(
      live.get(), *where, name,
      segments.empty() ? std::nullopt : std::optional{segments.back()});
  std::ifstream file{path};
  file.seekg(static_cast<std::streamoff>(begin));
  std::string block(1 << 16, '\0');
  while (file.read(block.data(), std::ssize(block)), file.gcount() > 0)
    take(std::string_view{block}.substr(0, static_cast<size_t>(file.gcount())));
}

inline std::string whole_log(const std::string& directory,
                             const std::string& name) {
  std::string out;
  read_log(directory, name, [&](std::string_view bytes) { out += bytes; });
  return out;
}

} // namespace hiisi::test
