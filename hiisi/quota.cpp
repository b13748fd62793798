#include "hiisi/json_object.hpp"
#include "hiisi/render_table.hpp"
#include "hiisi/render_usage.hpp"
#include "hiisi/text.hpp"
#include "hiisi/verbs.hpp"
#include "protocol/json_writer.hpp"

#include <algorithm>
#include <limits>
#include <ostream>

namespace hiisi::cli {

namespace {

std::string shown(const std::string& what, uint64_t amount) {
  if (what != "bytes_in_flight" && what != "log_bytes")
    return std::to_string(amount);
  // Logs that are not rotated may grow for ever.
  return amount == std::numeric_limits<uint64_t>::max()
             ? "no end"
             : describe_bytes(amount);
}

/// "starts per minute" for "starts_per_minute".
std::string words_of(std::string what) {
  std::ranges::replace(what, '_', ' ');
  return what;
}

std::string render_quota(const protocol::quota_report& report,
                         const layout& how) {
  constexpr column columns[]
      = {{"WHAT", 9, 0, false}, {"USE", 9, 0, true}, {"LIMIT", 9, 0, true}};
  std::vector<row> rows;
  for (const auto& one : report.entries) {
    const auto full = one.limit && one.use >= *one.limit;
    rows.push_back({{words_of(one.what), {}},
                    {shown(one.what, one.use), full ? tint::bad : tint::none},
                    {one.limit ? shown(one.what, *one.limit) : "none", {}}});
  }
  return render_table(columns, rows, how);
}

std::string json_quota(const protocol::quota_report& report) {
  protocol::json_writer out;
  {
    json_object o{out};
    o.text("user", report.user);
    o.key("uid").number(report.uid);
    o.key("limits").array(report.entries,
                          [&](const protocol::quota_entry& one) {
                            json_object entry{out};
                            entry.text("what", one.what);
                            entry.key("use").number(one.use);
                            entry.number_if(one.limit.has_value(), "limit",
                                            one.limit.value_or(0));
                          });
  }
  out.raw("\n");
  return std::move(out).take();
}

} // namespace

exit_status perform(const context& around, const quota_verb& what) {
  return ask_for<protocol::quota_report>(
      around, protocol::quota_request{what.user},
      [&](const protocol::quota_report& report) {
        around.out << (around.global.json ? json_quota(report)
                                          : render_quota(report, around.how));
        return exit_status::done;
      });
}

} // namespace hiisi::cli
