#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace hiisi::core {

/// A socket that holds a port (TCP listening, or UDP bound), and whose it is.
struct port_sighting {
  uint16_t port = 0;
  bool udp = false;
  /// Who made the socket.
  uint32_t uid = 0;
  uint64_t inode = 0;
  /// The process of ours that holds it, found by its cgroup; 0 where it is
  /// none of ours or there is no cgroup v2.
  uint32_t process = 0;
  uint32_t process_uid = 0;
  std::string process_name{};

  friend bool operator==(const port_sighting&, const port_sighting&) = default;
};

/// What the user database says of a uid.
struct port_person {
  enum class standing : uint8_t {
    /// It could not be asked.
    unknown,
    /// There is no such user.
    gone,
    known,
  };
  standing is = standing::unknown;
  std::string name;
  std::string home;

  friend bool operator==(const port_person&, const port_person&) = default;
};

/// Who holds which port, as the kernel had it at one moment.
struct port_reading {
  /// By port.
  std::vector<port_sighting> sightings;
  /// Of those that were asked for, and of everybody seen on a port for users.
  std::map<uint32_t, port_person> people;
  /// The names of the processes that were asked for and are defined.
  std::map<uint32_t, std::string> processes;
  /// Whether it is known which of them are.
  bool processes_known = false;

  /// The sockets on a port.
  [[nodiscard]] std::span<const port_sighting> on(uint16_t port) const {
    auto [first, last] = std::equal_range(
        sightings.begin(), sightings.end(), port_sighting{port},
        [](const auto& a, const auto& b) { return a.port < b.port; });
    return {first, last};
  }

  /// The login name, or "uid 1234".
  [[nodiscard]] std::string name_of(uint32_t uid) const {
    auto found = people.find(uid);
    return found != people.end()
                   && found->second.is == port_person::standing::known
               ? found->second.name
               : "uid " + std::to_string(uid);
  }
};

} // namespace hiisi::core
