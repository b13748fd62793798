#include "hiisi/render_ports.hpp"

#include "hiisi/duration.hpp"
#include "hiisi/render_table.hpp"

namespace hiisi::cli {

std::string render_ports(std::span<const protocol::port_entry> entries,
                         const layout& how) {
  constexpr column columns[] = {
      {"PORT", 100, 0, true},
      {"USER", 90, 6, false},
      {"STATE", 80, 0, false},
      {"ALLOCATED", 50, 0, false},
  };
  std::vector<row> rows;
  for (const protocol::port_entry& entry : entries)
    rows.push_back({
        {std::to_string(entry.port)},
        {entry.user},
        {entry.active ? "in use" : "idle",
         entry.active ? tint::good : tint::none},
        {describe_time(entry.allocated_at)},
    });
  return render_table(columns, rows, how);
}

} // namespace hiisi::cli
