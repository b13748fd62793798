#include "protocol/quota_json.hpp"

#include "protocol/json_cursor.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/read_arguments.hpp"

namespace hiisi::protocol {

void write_command(json_writer& out, const quota_request& what) {
  if (what.user)
    out.raw(R"({"Quota":{"of":)").text(*what.user).raw("}}");
  else
    out.raw(R"("Quota")");
}

command quota_command(const json_cursor& at) {
  quota_request quota;
  if (const auto user = at.member("of"); user.present())
    quota.user = plain_text(user);
  return quota;
}

void write_answer(json_writer& out, const quota_report& what) {
  out.raw(R"({"Ok":{"Quota":{"user":)").text(what.user);
  out.raw(R"(,"uid":)").number(what.uid).raw(R"(,"limits":)");
  out.array(what.entries, [&](const quota_entry& one) {
    out.raw(R"({"what":)").text(one.what);
    out.raw(R"(,"use":)").number(one.use);
    if (one.limit)
      out.raw(R"(,"limit":)").number(*one.limit);
    out.raw("}");
  });
  out.raw("}}");
}

payload read_quota(const json_cursor& data) {
  quota_report report;
  report.user = data.member("user").text();
  report.uid = static_cast<uint32_t>(data.member("uid").number(0, UINT32_MAX));
  data.member("limits").for_each_item([&](const json_cursor& item) {
    quota_entry one;
    one.what = item.member("what").text();
    one.use = item.member("use").number(0, UINT64_MAX);
    if (const auto limit = item.member("limit"); limit.present())
      one.limit = limit.number(0, UINT64_MAX);
    report.entries.push_back(std::move(one));
  });
  return report;
}

} // namespace hiisi::protocol
