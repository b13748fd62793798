#include "hiisi/render_table.hpp"

#include "hiisi/text.hpp"

#include <algorithm>
#include <numeric>

namespace hiisi::cli {

namespace {

constexpr size_t gap = 2;

/// The columns that are shown, and how wide each is.
struct plan {
  std::vector<size_t> shown;
  std::vector<size_t> widths;
};

size_t least_of(const column& what, size_t natural) {
  if (what.least_width == 0)
    return natural;
  return std::min(natural, std::max(what.least_width, what.title.size()));
}

plan fit(std::span<const column> columns, const std::vector<size_t>& natural,
         std::optional<size_t> available) {
  plan made{{}, natural};
  made.shown.resize(columns.size());
  std::iota(made.shown.begin(), made.shown.end(), size_t{0});
  if (!available)
    return made;
  auto total = [&](auto width_of) {
    size_t sum = made.shown.empty() ? 0 : gap * (made.shown.size() - 1);
    for (size_t i : made.shown)
      sum += width_of(i);
    return sum;
  };
  auto least = [&](size_t i) { return least_of(columns[i], natural[i]); };
  while (made.shown.size() > 1 && total(least) > *available)
    made.shown.erase(std::ranges::min_element(
        made.shown, {}, [&](size_t i) { return columns[i].importance; }));
  // What is over goes to the most important column first.
  size_t used = total(least);
  size_t spare = *available > used ? *available - used : 0;
  std::vector<size_t> order = made.shown;
  std::ranges::stable_sort(order, std::greater{},
                           [&](size_t i) { return columns[i].importance; });
  for (size_t i : order) {
    size_t more = std::min(spare, natural[i] - least(i));
    made.widths[i] = least(i) + more;
    spare -= more;
  }
  if (made.shown.size() == 1)
    made.widths[made.shown[0]] = std::min(natural[made.shown[0]], *available);
  return made;
}

std::string_view code_of(tint color) {
  switch (color) {
  case tint::good:
    return "\x1b[32m";
  case tint::busy:
    return "\x1b[33m";
  case tint::bad:
    return "\x1b[31m";
  case tint::quiet:
    return "\x1b[2m";
  case tint::none:
    break;
  }
  return {};
}

} // namespace

std::string colored(std::string text, tint color, const layout& how) {
  std::string_view code = code_of(color);
  if (!how.color || code.empty())
    return text;
  return std::string{code} + text + "\x1b[0m";
}

std::string render_table(std::span<const column> columns,
                         std::span<const row> rows, const layout& how) {
  std::vector<row> lines(1);
  for (const column& c : columns)
    lines[0].push_back({std::string{c.title}, tint::quiet});
  lines.insert(lines.end(), rows.begin(), rows.end());
  std::vector<size_t> natural(columns.size(), 0);
  for (row& line : lines)
    for (size_t i = 0; i < columns.size(); ++i) {
      line[i].text = printable(line[i].text);
      natural[i] = std::max(natural[i], display_width(line[i].text));
    }
  plan made = fit(columns, natural, how.width);
  std::string table;
  for (const row& line : lines) {
    size_t owed = 0;
    for (size_t i : made.shown) {
      std::string text = how.width ? cut_to_width(line[i].text, made.widths[i])
                                   : line[i].text;
      size_t padding = made.widths[i] - display_width(text);
      size_t before = columns[i].numeric ? padding : 0;
      // Blanks are written only once something stands behind them.
      if (!text.empty()) {
        table.append(owed + before, ' ');
        table += colored(std::move(text), line[i].color, how);
        owed = padding - before + gap;
      } else {
        owed += padding + gap;
      }
    }
    table += '\n';
  }
  return table;
}

} // namespace hiisi::cli
