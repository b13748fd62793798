#pragma once

#include "protocol/json_writer.hpp"

#include <string_view>

namespace hiisi::cli {

/// Writes one object: the commas and keys around what a lambda writes.
class json_object {
public:
  explicit json_object(protocol::json_writer& out) : out_(out) {
    out_.raw("{");
  }
  json_object(const json_object&) = delete;
  json_object& operator=(const json_object&) = delete;
  ~json_object() { out_.raw("}"); }

  protocol::json_writer& key(std::string_view name) {
    out_.raw(first_ ? "" : ",").text(name).raw(":");
    first_ = false;
    return out_;
  }

  void text(std::string_view name, std::string_view value) {
    key(name).text(value);
  }

  /// A text, or null where `known` is false.
  void text_if(bool known, std::string_view name, std::string_view value) {
    if (known)
      text(name, value);
    else
      key(name).raw("null");
  }

  template <class Number>
  void number_if(bool known, std::string_view name, Number value) {
    if (known)
      key(name).number(value);
    else
      key(name).raw("null");
  }

private:
  protocol::json_writer& out_;
  bool first_ = true;
};

} // namespace hiisi::cli
