#include "hiisi/parsed_values.hpp"

#include <cxxopts.hpp>

namespace hiisi::cli {

namespace {

/// Stands for a value that was left out: no command line can hold a NUL.
const std::string left_out{'\0'};

cxxopts::Options declare(std::span<const option_spec> table) {
  cxxopts::Options options("hiisi");
  auto add = options.add_options();
  for (const option_spec& spec : table) {
    std::string names{spec.name};
    if (spec.letter != 0)
      names = std::string{spec.letter} + "," + names;
    switch (spec.value) {
    case takes::nothing:
      add(names, "");
      break;
    case takes::a_value:
      add(names, "", cxxopts::value<std::string>());
      break;
    case takes::an_optional_value:
      add(names, "", cxxopts::value<std::string>()->implicit_value(left_out));
      break;
    }
  }
  return options;
}

} // namespace

protocol::result<parsed_values>
parsed_values::parse(const std::vector<std::string>& options,
                     std::span<const option_spec> table,
                     std::string_view where) {
  std::vector<const char*> argv = {"hiisi"};
  for (const std::string& word : options)
    argv.push_back(word.c_str());
  parsed_values values;
  try {
    cxxopts::Options declared = declare(table);
    auto parsed = declared.parse(static_cast<int>(argv.size()), argv.data());
    for (const auto& pair : parsed.arguments())
      values.entries_.push_back(
          {pair.key(), pair.value() == left_out ? "" : pair.value()});
    if (parsed.unmatched().empty())
      return values;
  } catch (const cxxopts::exceptions::exception&) {
    // Its texts do not name the option; ours below points to the help.
  }
  return protocol::make_error(protocol::errc::invalid_argument,
                              "the options of " + std::string{where}
                                  + " could not be understood",
                              "see " + std::string{where} + " --help");
}

bool parsed_values::has(std::string_view name) const {
  return value(name).has_value();
}

std::optional<std::string> parsed_values::value(std::string_view name) const {
  for (auto i = entries_.rbegin(); i != entries_.rend(); ++i)
    if (i->name == name)
      return i->value;
  return std::nullopt;
}

std::vector<std::string> parsed_values::all(std::string_view name) const {
  std::vector<std::string> found;
  for (const entry& one : entries_)
    if (one.name == name)
      found.push_back(one.value);
  return found;
}

} // namespace hiisi::cli
