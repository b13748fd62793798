// The only file that includes nlohmann/json.
#include "protocol/json_value.hpp"

#include "protocol/json_writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/utf8.hpp"

#include <nlohmann/json.hpp>

#include <new>

namespace hiisi::protocol {

namespace {

using nlohmann::json;

// Builds a json_value from the events of nlohmann's parser, which itself
// bounds neither depth nor size. Returning false ends the parse.
class builder {
public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(number_integer_t value) { return add(int64_t{value}); }
  bool number_unsigned(number_unsigned_t value) { return add(uint64_t{value}); }
  bool number_float(number_float_t value, const string_t&) {
    return add(value);
  }
  bool string(string_t& value) { return add(std::move(value)); }
  bool binary(binary_t&) { return false; } // not in JSON

  bool key(string_t& name) {
    auto& members = std::get<json_value::object>(open_.back()->data);
    members.emplace_back(std::move(name), json_value{});
    return true;
  }
  bool start_object(size_t) { return open(json_value::object{}); }
  bool start_array(size_t) { return open(json_value::array{}); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool parse_error(size_t position, const std::string&,
                   const json::exception& reason) {
    failure_ = make_error(errc::bad_request, "not JSON, at byte "
                                                 + std::to_string(position)
                                                 + explain(reason));
    return false;
  }

  result<json_value> finish(bool parsed) && {
    if (failure_.message.empty() && parsed)
      return std::move(root_);
    return std::move(failure_);
  }

private:
  // Where the next value goes: stays put until that value has been added, as
  // a vector grows only when its open child has been closed.
  json_value& next() {
    if (open_.empty())
      return root_;
    if (auto* items = std::get_if<json_value::array>(&open_.back()->data))
      return items->emplace_back();
    return std::get<json_value::object>(open_.back()->data).back().second;
  }

  template <class T>
  bool add(T&& value) {
    if (!count())
      return false;
    next().data = std::forward<T>(value);
    return true;
  }

  template <class Container>
  bool open(Container empty) {
    if (open_.size() == max_json_depth) {
      failure_ = make_error(errc::bad_request,
                            "the JSON nests deeper than "
                                + std::to_string(max_json_depth) + " levels");
      return false;
    }
    if (!count())
      return false;
    auto& place = next();
    place.data = std::move(empty);
    open_.push_back(&place);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool count() {
    if (++count_ <= max_json_values)
      return true;
    failure_ = make_error(errc::bad_request,
                          "the JSON holds more than "
                              + std::to_string(max_json_values) + " values");
    return false;
  }

  // nlohmann's own words, without its prefix and without what it last read,
  // which can be as long as the frame.
  static std::string explain(const json::exception& reason) {
    if (reason.id == 406)
      return ": the number is too large";
    std::string_view text = reason.what();
    auto begin = text.find(" - ");
    if (begin == text.npos)
      return {};
    text.remove_prefix(begin + 3);
    return ": " + excerpt(text.substr(0, text.find("; last read")), 160);
  }

  json_value root_;
  std::vector<json_value*> open_;
  size_t count_ = 0;
  error failure_;
};

} // namespace

void write_json(json_writer& out, const json_value& what) {
  std::visit(
      [&](const auto& v) {
        using kind = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<kind, std::nullptr_t>) {
          out.raw("null");
        } else if constexpr (std::is_same_v<kind, bool>) {
          out.boolean(v);
        } else if constexpr (std::is_same_v<kind, std::string>) {
          out.text(v);
        } else if constexpr (std::is_same_v<kind, double>) {
          out.raw(json(v).dump());
        } else if constexpr (std::is_same_v<kind, json_value::array>) {
          out.array(v, [&](const auto& item) { write_json(out, item); });
        } else if constexpr (std::is_same_v<kind, json_value::object>) {
          char before = '{';
          for (const auto& [key, value] : v) {
            out.raw({&before, 1}).text(key).raw(":");
            write_json(out, value);
            before = ',';
          }
          out.raw(before == '{' ? "{}" : "}");
        } else {
          out.number(v);
        }
      },
      what.data);
}

result<json_value> parse_json(std::string_view text) {
  if (text.empty())
    return make_error(errc::bad_request, "the frame is empty",
                      "send one JSON object in each frame");
  if (auto at = find_invalid_utf8(text))
    return make_error(errc::bad_request,
                      "not UTF-8, at byte " + std::to_string(*at + 1));
  try {
    builder events;
    auto parsed = json::sax_parse(text.begin(), text.end(), &events);
    return std::move(events).finish(parsed);
  } catch (const std::bad_alloc&) {
    return make_error(errc::limit_exceeded,
                      "not enough memory to read the frame");
  } catch (const std::exception& reason) {
    return make_error(errc::internal,
                      "the JSON parser failed: " + excerpt(reason.what(), 160));
  }
}

} // namespace hiisi::protocol
