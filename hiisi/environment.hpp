#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hiisi::cli {

/// The environment of the program, as bytes.
class environment {
public:
  environment() = default;
  explicit environment(std::map<std::string, std::string, std::less<>> all)
      : all_(std::move(all)) {}

  /// Reads a block such as `environ`. Of a name that is there twice the first
  /// counts, as for getenv(3); what is no NAME=VALUE is left out.
  [[nodiscard]] static environment from(const char* const* block);

  /// The value, or the empty text for a variable that is not set: nothing here
  /// tells the two apart.
  [[nodiscard]] std::string get(std::string_view name) const;

  [[nodiscard]] const auto& all() const noexcept { return all_; }

private:
  std::map<std::string, std::string, std::less<>> all_;
};

} // namespace hiisi::cli
