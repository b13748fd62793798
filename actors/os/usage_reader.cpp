#include "actors/os/usage_reader.hpp"

#include "actors/core/kernel_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <tuple>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

namespace {

using core::number_at;
using core::value_of;
using protocol::process_usage;
using std::chrono::microseconds;

/// The kernel walks all of a process's memory to tell its proportional share,
/// while the process may have to wait; one so large is left alone.
constexpr uint64_t largest_walked = uint64_t{1} << 30;

/// How long one pass over so many may take for what is dear to read, at some 50
/// us for a small process: a tenth of the 5 ms per hundred processes that a
/// scrape may take. With a scrape each 15 s all are gone through in minutes.
std::chrono::microseconds measuring_time(size_t count) {
  return microseconds{std::clamp<size_t>(5 * count, 500, 4'000)};
}

/// "PID/NAME", for openat; good as long as this lives.
class pid_path {
public:
  pid_path(int32_t pid, const char* name) {
    std::snprintf(text_.data(), text_.size(), "%d/%s", pid, name);
  }
  operator const char*() const { return text_.data(); }

private:
  std::array<char, 64> text_{};
};

void add_to(std::optional<uint64_t>& sum, uint64_t more) {
  sum = sum.value_or(0) + more;
}

/// Each process after its parent, else in the order of pids.
void order_tree(std::vector<protocol::tree_member>& tree) {
  std::ranges::sort(tree, {}, &protocol::tree_member::pid);
  std::unordered_map<int32_t, std::vector<size_t>> children;
  std::vector<size_t> next;
  for (size_t i = 0; i < tree.size(); ++i) {
    const auto parent = tree[i].parent;
    if (parent != tree[i].pid
        && std::ranges::binary_search(tree, parent, {},
                                      &protocol::tree_member::pid))
      children[parent].push_back(i);
    else
      next.push_back(i);
  }
  std::ranges::reverse(next);
  std::vector<protocol::tree_member> ordered;
  while (!next.empty()) {
    auto& one = tree[next.back()];
    next.pop_back();
    if (auto i = children.find(one.pid); i != children.end())
      next.insert(next.end(), i->second.rbegin(), i->second.rend());
    ordered.push_back(std::move(one));
  }
  tree = std::move(ordered);
}

} // namespace

usage_reader::usage_reader(size_t kept, std::string proc,
                           std::vector<std::string> cgroup_mounts)
    : proc_(proc), kept_(kept), mounts_(std::move(cgroup_mounts)) {}

std::vector<std::optional<process_usage>>
usage_reader::read(std::span<const usage_target> targets, usage_detail detail) {
  kept_.begin_pass(detail == usage_detail::measured);
  std::vector<std::optional<process_usage>> out(targets.size());
  std::vector<size_t> without_leaf;
  std::vector<members> trees(targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    auto& who = trees[i];
    process_usage usage;
    auto found = leaves_ && read_leaf(targets[i], usage, who);
    if (!found && find_leaves(targets[i]))
      found = read_leaf(targets[i], usage, who);
    if (!found) {
      if (targets[i].pid > 0)
        without_leaf.push_back(i);
      continue;
    }
    if (who.empty())
      continue;
    add_members(who, false, usage, detail);
    out[i] = std::move(usage);
  }
  if (!without_leaf.empty())
    read_host(targets, without_leaf, out, trees, detail);
  if (detail == usage_detail::measured)
    measure_some(targets, trees, out);
  else if (detail == usage_detail::whole)
    for (size_t i = 0; i < targets.size(); ++i)
      if (out[i])
        measure(trees[i], *out[i]);
  if (detail == usage_detail::whole)
    for (size_t i = 0; i < targets.size(); ++i)
      if (out[i] && targets[i].pid > 0) {
        out[i]->limits
            = read_limits(proc_.read(pid_path(targets[i].pid, "limits")));
        add_leaf_limits(targets[i], out[i]->limits);
      }
  kept_.end_pass();
  return out;
}

// -- cgroups ------------------------------------------------------------------

/// Learns from one process where the keeper's cgroups are: its own is
/// <there>/<uid>/<id>.
bool usage_reader::find_leaves(const usage_target& of) {
  if (of.pid <= 0)
    return false;
  auto text = proc_.read(pid_path(of.pid, "cgroup"));
  // The line of cgroup v2 is the last.
  const auto line = text.rfind("0::/");
  if (line == text.npos || (line != 0 && text[line - 1] != '\n'))
    return false;
  text.remove_prefix(line + 3);
  const std::string path{text.substr(0, text.find('\n'))};
  const auto leaf = "/" + std::to_string(of.uid) + "/" + std::to_string(of.id);
  if (!path.ends_with(leaf))
    return false;
  const auto above = path.substr(0, path.size() - leaf.size());
  for (const auto& mount : mounts_) {
    proc_files there{mount + above};
    if (!there
        || there.read((leaf.substr(1) + "/cgroup.procs").c_str()).empty())
      continue;
    leaves_.emplace(std::move(there));
    return true;
  }
  return false;
}

bool usage_reader::read_leaf(const usage_target& of, process_usage& into,
                             members& who) {
  std::array<char, 64> path{};
  const auto leaf_file = [&](const char* name, kept_files::kind what) {
    std::snprintf(path.data(), path.size(), "%u/%u/%s", of.uid, of.id, name);
    return leaves_->read(path.data(), kept_.of(what, of.id));
  };
  const auto stat = leaf_file("cpu.stat", kept_files::kind::cpu_stat);
  if (stat.empty())
    return false;
  into.cpu_user = microseconds{value_of(stat, "user_usec").value_or(0)};
  into.cpu_system = microseconds{value_of(stat, "system_usec").value_or(0)};
  auto pids = leaf_file("cgroup.procs", kept_files::kind::cgroup_procs);
  while (!pids.empty()) {
    const auto end = std::min(pids.find('\n'), pids.size());
    if (const auto pid = number_at<int32_t>(pids.substr(0, end)))
      if (auto one = read_member(*pid, kept_.of(kept_files::kind::stat,
                                                static_cast<uint32_t>(*pid))))
        who.push_back(std::move(*one));
    pids.remove_prefix(std::min(end + 1, pids.size()));
  }
  return true;
}

void usage_reader::add_leaf_limits(const usage_target& of,
                                   std::vector<protocol::resource_limit>& to) {
  if (!leaves_)
    return;
  const auto leaf = std::to_string(of.uid) + "/" + std::to_string(of.id);
  const auto text_of = [&](const char* name) {
    return std::string{leaves_->read((leaf + name).c_str())};
  };
  // What is not limited says "max".
  const auto add = [&](std::string_view name, std::optional<uint64_t> value) {
    if (value)
      to.push_back({std::string{name}, value});
  };
  add(protocol::limit_names::tree_memory,
      number_at<uint64_t>(text_of("/memory.max")));
  add(protocol::limit_names::tree_tasks,
      number_at<uint64_t>(text_of("/pids.max")));
  // "150000 100000": so much in so much time.
  const auto cpu = text_of("/cpu.max");
  const auto used = number_at<uint64_t>(cpu);
  const auto period = number_at<uint64_t>(
      std::string_view{cpu}.substr(std::min(cpu.find(' ') + 1, cpu.size())));
  if (used && period && *period > 0)
    add(protocol::limit_names::tree_cpus, *used * 1000 / *period);
}

// -- /proc --------------------------------------------------------------------

std::optional<usage_reader::member> usage_reader::read_member(int32_t pid,
                                                              fd& kept) {
  auto stat = core::read_proc_stat(proc_.read(pid_path(pid, "stat"), kept));
  if (!stat)
    return std::nullopt;
  member one{*stat, std::string{stat->name}};
  one.stat.name = {};
  return one;
}

/// Without cgroups a pass over everything that runs says who belongs to whom.
void usage_reader::read_host(std::span<const usage_target> targets,
                             std::span<const size_t> which,
                             std::vector<std::optional<process_usage>>& out,
                             std::vector<members>& trees, usage_detail detail) {
  // A descriptor of its own, for reading moves its position.
  const int listed
      = ::openat(proc_.directory(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* directory = listed < 0 ? nullptr : ::fdopendir(listed);
  if (!directory) {
    const fd lost{listed};
    return;
  }
  members all;
  std::vector<core::proc_stat> stats;
  while (const auto* entry = ::readdir(directory)) {
    const auto pid = number_at<int32_t>(entry->d_name);
    if (!pid)
      continue;
    fd file;
    if (auto one = read_member(*pid, file)) {
      stats.push_back(one->stat);
      all.push_back(std::move(*one));
    }
  }
  ::closedir(directory);
  std::vector<int32_t> roots;
  for (const auto i : which)
    roots.push_back(targets[i].pid);
  const auto tree_of = core::trees_of(stats, roots);
  for (size_t i = 0; i < all.size(); ++i)
    if (tree_of[i] != core::no_tree)
      trees[which[tree_of[i]]].push_back(std::move(all[i]));
  for (const auto i : which) {
    if (trees[i].empty())
      continue;
    process_usage usage;
    add_members(trees[i], true, usage, detail);
    out[i] = std::move(usage);
  }
}

void usage_reader::add_members(const members& who, bool count_cpu,
                               process_usage& into, usage_detail detail) {
  for (const auto& [stat, name] : who) {
    ++into.processes;
    into.threads += stat.threads;
    const auto resident = from_pages(stat.resident_pages);
    into.resident += resident;
    if (count_cpu) {
      into.cpu_user += from_ticks(stat.user_ticks + stat.children_user_ticks);
      into.cpu_system
          += from_ticks(stat.system_ticks + stat.children_system_ticks);
    }
    if (detail != usage_detail::basic)
      if (const auto open
          = proc_.count_descriptors(pid_path(stat.pid, "fd"),
                                    kept_.of(kept_files::kind::descriptors,
                                             static_cast<uint32_t>(stat.pid))))
        add_to(into.descriptors, *open);
    if (detail == usage_detail::whole)
      into.tree.push_back({stat.pid, stat.parent, name,
                           from_ticks(stat.user_ticks + stat.system_ticks),
                           resident});
  }
  if (detail == usage_detail::whole)
    order_tree(into.tree);
}

/// What is dear to read is read of as many as there is time for, going on where
/// the last pass left off; of the others the last value stands.
void usage_reader::measure_some(
    std::span<const usage_target> targets, std::span<const members> trees,
    std::vector<std::optional<process_usage>>& out) {
  const auto count = targets.size();
  const auto until = std::chrono::steady_clock::now() + measuring_time(count);
  std::unordered_map<uint32_t, measured> known;
  size_t done = 0;
  for (; done < count && std::chrono::steady_clock::now() < until; ++done) {
    const auto i = (next_measured_ + done) % count;
    if (out[i])
      measure(trees[i], *out[i]);
  }
  for (size_t i = 0; i < count; ++i) {
    if (!out[i])
      continue;
    const auto fresh = (i + count - next_measured_ % count) % count < done;
    const auto last = measured_.find(targets[i].id);
    if (!fresh && last != measured_.end() && last->second.pid == targets[i].pid)
      std::tie(out[i]->read_bytes, out[i]->written_bytes, out[i]->proportional)
          = std::tie(last->second.read_bytes, last->second.written_bytes,
                     last->second.proportional);
    known[targets[i].id] = {targets[i].pid, out[i]->read_bytes,
                            out[i]->written_bytes, out[i]->proportional};
  }
  measured_ = std::move(known);
  next_measured_ = count == 0 ? 0 : (next_measured_ + done) % count;
}

void usage_reader::measure(const members& who, process_usage& into) {
  bool walked = true;
  for (const auto& [stat, name] : who) {
    const auto io = proc_.read(pid_path(stat.pid, "io"));
    if (const auto bytes = value_of(io, "read_bytes:"))
      add_to(into.read_bytes, *bytes);
    if (const auto bytes = value_of(io, "write_bytes:"))
      add_to(into.written_bytes, *bytes);
    // Whose disk traffic is hidden from us has hidden memory as well, and a
    // sum over some of them would look like the whole.
    walked = walked && !io.empty()
             && from_pages(stat.resident_pages) <= largest_walked;
    if (!walked)
      continue;
    const auto memory = proc_.read(pid_path(stat.pid, "smaps_rollup"));
    if (const auto kib = value_of(memory, "Pss:"))
      add_to(into.proportional, *kib * 1024);
  }
  if (!walked)
    into.proportional.reset();
}

// -- limits -------------------------------------------------------------------

std::vector<protocol::resource_limit> read_limits(std::string_view text) {
  // "Max open files            1024                 1048576              files"
  constexpr size_t value_column = 26;
  std::vector<protocol::resource_limit> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    constexpr std::string_view head = "Max ";
    if (!line.starts_with(head) || line.size() <= value_column)
      continue;
    auto name = line.substr(head.size(), value_column - head.size());
    name = name.substr(0, name.find_last_not_of(' ') + 1);
    out.push_back(
        {std::string{name}, number_at<uint64_t>(line.substr(value_column))});
  }
  return out;
}

} // namespace hiisi::os
