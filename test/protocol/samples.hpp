#pragma once

#include "protocol/request.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <string>
#include <vector>

namespace hiisi::test {

/// A request and the golden file that holds its JSON.
struct request_sample {
  std::string file;
  protocol::request what;
};

/// A response for clients of `version`, and what its JSON says to a reader:
/// less than what it was made from, where the version is 1.
struct response_sample {
  std::string file;
  uint32_t version;
  protocol::response written;
  protocol::response read;
};

/// One of each kind and version, and of each form that a kind can take.
[[nodiscard]] std::vector<request_sample> request_samples();
[[nodiscard]] std::vector<response_sample> response_samples();

/// 2024-11-30T18:41:08.123456789Z, the time in the first Hiisi's examples.
[[nodiscard]] protocol::wall_time sample_time();

/// Why there is no value, for a test's message; empty where there is one.
template <class T>
std::string why_not(const protocol::result<T>& outcome) {
  return outcome.ok() ? std::string{} : outcome.failure().message;
}

} // namespace hiisi::test
