#include "actors/core/proc_stat.hpp"

#include <charconv>
#include <unordered_map>

namespace hiisi::core {

namespace {

/// Takes one field and the blank behind it off `rest`.
std::string_view next_field(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

/// Fields that do not fit are numbers we never use (rsslim, -1 as unsigned).
template <class Number>
Number number_in(std::string_view field) {
  Number out{};
  std::from_chars(field.data(), field.data() + field.size(), out);
  return out;
}

} // namespace

std::optional<proc_stat> read_proc_stat(std::string_view text) {
  // The name may hold blanks and parentheses itself.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open)
    return std::nullopt;
  proc_stat out;
  out.pid = number_in<int32_t>(text.substr(0, open));
  out.name = text.substr(open + 1, close - open - 1);
  auto rest = text.substr(std::min(close + 2, text.size()));
  const auto state = next_field(rest);
  out.state = state.empty() ? '?' : state.front();
  for (int field = 4; field <= 24; ++field) {
    const auto value = next_field(rest);
    if (value.empty())
      return std::nullopt;
    switch (field) {
    case 4:
      out.parent = number_in<int32_t>(value);
      break;
    case 5:
      out.group = number_in<int32_t>(value);
      break;
    case 6:
      out.session = number_in<int32_t>(value);
      break;
    case 14:
      out.user_ticks = number_in<uint64_t>(value);
      break;
    case 15:
      out.system_ticks = number_in<uint64_t>(value);
      break;
    case 16:
      out.children_user_ticks = number_in<uint64_t>(value);
      break;
    case 17:
      out.children_system_ticks = number_in<uint64_t>(value);
      break;
    case 20:
      out.threads = number_in<uint32_t>(value);
      break;
    case 22:
      out.start_ticks = number_in<uint64_t>(value);
      break;
    case 23:
      out.virtual_bytes = number_in<uint64_t>(value);
      break;
    case 24:
      out.resident_pages = number_in<uint64_t>(value);
      break;
    default:
      break;
    }
  }
  return out.pid > 0 ? std::optional{out} : std::nullopt;
}

std::vector<size_t> trees_of(std::span<const proc_stat> processes,
                             std::span<const int32_t> roots) {
  std::unordered_map<int32_t, size_t> tree_of_root;
  for (size_t i = 0; i < roots.size(); ++i)
    if (roots[i] > 0)
      tree_of_root.emplace(roots[i], i);
  std::unordered_map<int32_t, size_t> by_pid;
  for (size_t i = 0; i < processes.size(); ++i)
    by_pid.emplace(processes[i].pid, i);
  constexpr size_t undecided = no_tree - 1;
  std::vector<size_t> trees(processes.size(), undecided);
  std::vector<size_t> path;
  for (size_t start = 0; start < processes.size(); ++start) {
    path.clear();
    auto found = no_tree;
    for (size_t at = start;;) {
      if (trees[at] != undecided) {
        found = trees[at];
        break;
      }
      path.push_back(at);
      // Parents may seem to go in a circle where pids were reused meanwhile.
      trees[at] = no_tree;
      const auto& p = processes[at];
      bool own = false;
      for (const auto number : {p.pid, p.session, p.group})
        if (const auto i = tree_of_root.find(number);
            !own && i != tree_of_root.end()) {
          found = i->second;
          own = true;
        }
      const auto parent = by_pid.find(p.parent);
      if (own || parent == by_pid.end())
        break;
      at = parent->second;
    }
    for (const auto at : path)
      trees[at] = found;
  }
  return trees;
}

} // namespace hiisi::core
