#include "actors/core/port_text.hpp"

#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/struct_reader.hpp"
#include "actors/core/ron/writer.hpp"
#include "protocol/names.hpp"

#include <chrono>
#include <optional>

namespace hiisi::core {

namespace {

using namespace std::chrono;
using protocol::errc;
using protocol::result;
using ron::struct_builder;
using ron::struct_reader;
using ron::value;
using ron::view;

/// Rust's serde writes a SystemTime in these two fields.
value system_time(protocol::wall_time time) {
  const auto whole = floor<seconds>(time);
  return struct_builder{}
      .add("secs_since_epoch", whole.time_since_epoch().count())
      .add("nanos_since_epoch", (time - whole).count())
      .build();
}

result<void> read_system_time(const view& from, protocol::wall_time& out) {
  int64_t whole = 0;
  int64_t nanos = 0;
  constexpr int64_t year_2262 = 9'223'372'036;
  auto done = struct_reader(from)
                  .required("secs_since_epoch", whole, 0, year_2262 - 1)
                  .required("nanos_since_epoch", nanos, 0, 999'999'999)
                  .finish();
  if (done)
    out = protocol::wall_time{seconds{whole} + nanoseconds{nanos}};
  return done;
}

result<void> read_label(const view& from, std::string& out) {
  auto label = from.as_string();
  if (!label)
    return std::move(label).failure();
  if (auto checked = protocol::check_name(*label); !checked)
    return from.fail(checked.failure().message);
  out = *std::move(label);
  return {};
}

result<void>
read_allocation(const view& key, const view& from, port_table& table,
                const std::function<uint32_t(const std::string&)>& uid_of) {
  port_allocation read;
  auto port = key.as_integer<uint16_t>(protocol::min_port, protocol::max_port);
  if (!port)
    return std::move(port).failure();
  read.port = *port;
  std::optional<uint32_t> uid;
  auto done = struct_reader(from)
                  .required("user", read.user)
                  .optional_by("uid",
                               [&](const view& v) {
                                 uint32_t number = 0;
                                 auto ok = ron::read_into(v, number);
                                 uid = number;
                                 return ok;
                               })
                  .required_by("allocated_at",
                               [&](const view& v) {
                                 return read_system_time(v, read.allocated_at);
                               })
                  .optional("home", read.home)
                  .optional_by(
                      "label",
                      [&](const view& v) { return read_label(v, read.label); })
                  .optional("udp", read.udp)
                  .optional("keep", read.keep)
                  .optional("process", read.process)
                  .optional("offered_to", read.offered_to)
                  .optional("offered_uid", read.offered_uid)
                  .finish();
  if (!done)
    return done;
  read.uid = uid ? *uid : uid_of(read.user);
  if (auto entered = table.allocate(std::move(read)); !entered)
    return key.fail(entered.failure().message);
  return {};
}

result<port_table>
read_table(std::string_view text, std::string_view source,
           const std::function<uint32_t(const std::string&)>& uid_of) {
  auto content = ron::read(text, {.source = std::string{source}});
  if (!content)
    return std::move(content).failure();
  port_table table;
  auto done = struct_reader(view{*content, source})
                  .required_by("allocations",
                               [&](const view& from) -> result<void> {
                                 auto entries = from.as_map();
                                 if (!entries)
                                   return std::move(entries).failure();
                                 for (const auto& [key, allocation] : *entries)
                                   if (auto read = read_allocation(
                                           key, allocation, table, uid_of);
                                       !read)
                                     return read;
                                 return {};
                               })
                  .finish();
  if (!done)
    return std::move(done).failure();
  return table;
}

} // namespace

namespace {

/// What is as usual is left out: the file stays what people like to read.
value allocation_text(const port_allocation& a) {
  struct_builder fields;
  fields.add("user", a.user).add("uid", a.uid);
  fields.add("allocated_at", system_time(a.allocated_at));
  if (!a.home.empty())
    fields.add("home", a.home);
  if (!a.label.empty())
    fields.add("label", a.label);
  if (a.udp)
    fields.add("udp", true);
  if (a.keep)
    fields.add("keep", true);
  if (a.process != 0)
    fields.add("process", a.process);
  if (!a.offered_to.empty())
    fields.add("offered_to", a.offered_to).add("offered_uid", a.offered_uid);
  return fields.build();
}

} // namespace

std::string write_ports(const port_table& table) {
  std::vector<ron::entry> entries;
  for (const auto& [port, allocation] : table.entries())
    entries.push_back({value(port), allocation_text(allocation)});
  return ron::write(struct_builder{}
                        .add("allocations", value::map(std::move(entries)))
                        .build());
}

result<port_table>
read_ports(std::string_view text, std::string_view source,
           const std::function<uint32_t(const std::string& user)>& uid_of) {
  auto table = read_table(text, source, uid_of);
  if (!table)
    return protocol::make_error(errc::registry_damaged,
                                table.failure().message);
  return table;
}

} // namespace hiisi::core
