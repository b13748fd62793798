#include "hiisi/command_cut.hpp"

#include "hiisi/nearest.hpp"
#include "hiisi/text.hpp"

namespace hiisi::cli {

bool is_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

namespace {

using protocol::errc;
using protocol::make_error;

const option_spec* find(std::span<const option_spec> table,
                        std::string_view name) {
  for (const option_spec& option : table)
    if (option.name == name)
      return &option;
  return nullptr;
}

const option_spec* find(std::span<const option_spec> table, char letter) {
  for (const option_spec& option : table)
    if (option.letter != 0 && option.letter == letter)
      return &option;
  return nullptr;
}

bool is_long(std::string_view word) {
  return word.starts_with("--");
}

std::string_view long_name(std::string_view word) {
  word.remove_prefix(2);
  return word.substr(0, word.find('='));
}

/// The option of a word whose value must be the next word, if there is one.
const option_spec* awaits_value(std::string_view word,
                                std::span<const option_spec> table) {
  if (is_long(word)) {
    const option_spec* option = find(table, long_name(word));
    bool awaits = option && option->value == takes::a_value
                  && word.find('=') == std::string_view::npos;
    return awaits ? option : nullptr;
  }
  for (size_t i = 1; i < word.size(); ++i) {
    const option_spec* option = find(table, word[i]);
    // -nfoo: all behind n is its value.
    if (option && option->value == takes::a_value)
      return i + 1 == word.size() ? option : nullptr;
  }
  return nullptr;
}

protocol::error unknown(std::string_view shown, std::string_view name,
                        std::span<const option_spec> table,
                        std::string_view where) {
  std::vector<std::string_view> names;
  for (const option_spec& option : table)
    names.push_back(option.name);
  std::string hint = "see " + std::string{where} + " --help";
  if (auto near = nearest(name, names))
    hint = "did you mean --" + *near + "?";
  return make_error(errc::invalid_argument,
                    std::string{where} + " has no option " + printable(shown),
                    std::move(hint));
}

protocol::result<void> check_option(std::string_view word,
                                    std::span<const option_spec> table,
                                    std::string_view where) {
  if (is_long(word)) {
    std::string_view name = long_name(word);
    const option_spec* option = find(table, name);
    if (!option)
      return unknown(word.substr(0, name.size() + 2), name, table, where);
    bool has_value = name.size() + 2 < word.size();
    if (has_value && option->value == takes::nothing)
      return make_error(errc::invalid_argument,
                        "--" + std::string{name} + " takes no value",
                        "write just --" + std::string{name});
    return {};
  }
  for (size_t i = 1; i < word.size(); ++i) {
    const option_spec* option = find(table, word[i]);
    if (!option) {
      std::string_view letter
          = word.substr(i, first_code_point(word.substr(i)).bytes);
      return unknown("-" + std::string{letter}, word.substr(1), table, where);
    }
    if (option->value != takes::nothing)
      break;
  }
  return {};
}

protocol::error missing_value(std::string_view word) {
  return make_error(errc::invalid_argument,
                    std::string{word} + " needs a value behind it");
}

} // namespace

command_cut cut_command(std::span<const std::string> words,
                        std::span<const option_spec> table) {
  size_t i = 0;
  while (i < words.size()) {
    if (words[i] == "--")
      return {i, i + 1};
    if (!is_option(words[i]))
      return {i, i};
    i += awaits_value(words[i], table) ? 2 : 1;
  }
  return {words.size(), words.size()};
}

protocol::result<sorted_words> sort_words(std::span<const std::string> words,
                                          std::span<const option_spec> table,
                                          std::string_view where) {
  sorted_words sorted;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      sorted.others.insert(sorted.others.end(),
                           words.begin() + ptrdiff_t(i) + 1, words.end());
      break;
    }
    if (!is_option(word)) {
      sorted.others.push_back(word);
      continue;
    }
    if (auto good = check_option(word, table, where); !good)
      return good.failure();
    if (!awaits_value(word, table)) {
      sorted.options.push_back(word);
      continue;
    }
    if (i + 1 == words.size())
      return missing_value(word);
    // cxxopts would take "--restart" for the name in "--name --restart".
    const std::string& value = words[i + 1];
    if (value == "--" || (is_long(value) && find(table, long_name(value))))
      return missing_value(word);
    sorted.options.push_back(word);
    sorted.options.push_back(value);
    ++i;
  }
  return sorted;
}

} // namespace hiisi::cli
