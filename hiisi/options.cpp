#include "hiisi/options.hpp"

#include "hiisi/call_errors.hpp"
#include "hiisi/parsed_values.hpp"
#include "hiisi/port_words.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verb_readers.hpp"
#include "hiisi/verbs_table.hpp"

#include <algorithm>

namespace hiisi::cli {

namespace {

using protocol::result;

/// Reads the words of one verb. `options` are those that stood before it.
result<invocation> read_verb(const verb_spec& spec,
                             std::span<const std::string> before,
                             std::span<const std::string> behind) {
  std::string where = "hiisi " + std::string{spec.name};
  std::vector<option_spec> table = options_of(spec);
  std::vector<std::string> command;
  std::vector<std::string> joined;
  std::string bare;
  if (spec.takes_command) {
    if (spec.name == "run")
      behind = joined = join_port_values(behind, table);
    command_cut cut = cut_command(behind, table);
    command.assign(behind.begin() + ptrdiff_t(cut.rest), behind.end());
    if (cut.options > 0 && cut.rest == cut.options)
      if (const auto& last = behind[cut.options - 1];
          last == "--restart" || last == "--port" || last == "--listen")
        bare = last;
    behind = behind.first(cut.options);
  }
  auto sorted = sort_words(behind, table, where);
  if (!sorted)
    return sorted.failure();
  std::vector<std::string> options(before.begin(), before.end());
  options.insert(options.end(), sorted->options.begin(), sorted->options.end());
  auto values = parsed_values::parse(options, table, where);
  if (!values)
    return values.failure();
  if (values->has("help"))
    return invocation{{}, help_verb{std::string{spec.name}}};
  auto global = read_globals(*values);
  if (!global)
    return global.failure();
  if (values->has("version"))
    return invocation{*global, version_verb{}};

  std::vector<std::string>& words
      = spec.takes_command ? command : sorted->others;
  if (words.size() < spec.min_words)
    return wrong(where + " needs " + std::string{spec.wants},
                 "see " + where + " --help");
  if (words.size() > spec.max_words)
    return wrong(where + " does not know what to do with '"
                     + printable(words[spec.max_words]) + "'",
                 "see " + where + " --help");
  auto what = read_verb_words(spec.name, *values, std::move(words));
  if (!what)
    return what.failure();
  if (auto* run = std::get_if<run_verb>(&*what))
    run->bare_option_before_command = bare;
  return invocation{*global, std::move(*what)};
}

/// What stands behind a word such as `port`, with the options before it.
result<invocation> read_family(const std::string& family,
                               std::vector<std::string> before,
                               std::span<const std::string> behind) {
  std::string where = "hiisi " + family;
  command_cut cut = cut_command(behind, global_options_table());
  auto options
      = sort_words(behind.first(cut.options), global_options_table(), where);
  if (!options)
    return options.failure();
  before.insert(before.end(), options->options.begin(), options->options.end());
  std::string there_are = "there are " + where + " " + members_of(family);
  if (cut.rest < behind.size()) {
    std::string name = family + " " + behind[cut.rest];
    if (const verb_spec* spec = find_verb(name))
      return read_verb(*spec, before, behind.subspan(cut.rest + 1));
    auto near = nearest_verb(name);
    return wrong(where + " has no '" + printable(behind[cut.rest]) + "'",
                 near && near->starts_with(family + " ")
                     ? "did you mean hiisi " + *near + "?"
                     : there_are);
  }
  auto values = parsed_values::parse(before, global_options_table(), where);
  if (values && values->has("help"))
    return invocation{{}, help_verb{family}};
  return wrong(where + " needs to know what to do", there_are);
}

} // namespace

result<invocation> parse_options(std::span<const std::string> words) {
  command_cut cut = cut_command(words, global_options_table());
  auto before
      = sort_words(words.first(cut.options), global_options_table(), "hiisi");
  if (!before)
    return before.failure();
  if (cut.rest >= words.size()) {
    auto values = parsed_values::parse(before->options, global_options_table(),
                                       "hiisi");
    if (!values)
      return values.failure();
    if (values->has("help"))
      return invocation{{}, help_verb{}};
    auto global = read_globals(*values);
    if (!global)
      return global.failure();
    if (values->has("version"))
      return invocation{*global, version_verb{}};
    return wrong("hiisi needs to know what to do",
                 "hiisi run, status, logs, stop, start, restart, rm, port; "
                 "see hiisi --help");
  }
  const std::string& word = words[cut.rest];
  auto behind = words.subspan(cut.rest + 1);
  if (is_family(word))
    return read_family(word, before->options, behind);
  if (const verb_spec* spec = find_verb(word))
    return read_verb(*spec, before->options, behind);
  auto near = nearest_verb(word);
  return wrong("there is no verb '" + printable(word) + "'",
               near ? "did you mean hiisi " + *near + "?" : "see hiisi --help");
}

bool wants_json(std::span<const std::string> words) {
  command_cut cut = cut_command(words, global_options_table());
  if (cut.rest < words.size()) {
    // A verb of two words first, then one of one.
    std::string name = words[cut.rest];
    size_t taken = cut.rest + 1;
    if (is_family(name) && taken < words.size())
      name += " " + words[taken++];
    if (const verb_spec* spec = find_verb(name); spec && spec->takes_command) {
      auto table = options_of(*spec);
      std::vector<std::string> own(words.begin(), words.end());
      if (name == "run")
        own = join_port_values(words.subspan(taken), table);
      else
        own.erase(own.begin(), own.begin() + ptrdiff_t(taken));
      own.resize(cut_command(own, table).options);
      if (std::ranges::find(own, "--json") != own.end())
        return true;
      words = words.first(taken);
    }
  }
  return std::ranges::find(words, "--json") != words.end();
}

verb::verb() = default;
verb::verb(const verb&) = default;
verb::verb(verb&&) noexcept = default;
verb& verb::operator=(const verb&) = default;
verb& verb::operator=(verb&&) noexcept = default;
verb::~verb() = default;

} // namespace hiisi::cli
