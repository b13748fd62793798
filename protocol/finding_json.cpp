#include "protocol/finding_json.hpp"

#include "protocol/json_cursor.hpp"
#include "protocol/json_writer.hpp"

namespace hiisi::protocol {

void write_command(json_writer& out, const doctor_request&) {
  out.raw(R"("Doctor")");
}

command doctor_command(const json_cursor&) {
  return doctor_request{};
}

void write_finding(json_writer& out, const finding& what) {
  out.raw(R"({"verdict":)").text(to_string(what.what));
  out.raw(R"(,"subject":)").text(what.subject);
  out.raw(R"(,"message":)").text(what.message);
  if (!what.advice.empty())
    out.raw(R"(,"advice":)").text(what.advice);
  out.raw("}");
}

void write_answer(json_writer& out, const doctor_report& what) {
  out.raw(R"({"Ok":{"Doctor":)");
  out.array(what.findings,
            [&](const finding& one) { write_finding(out, one); });
  out.raw("}");
}

payload read_findings(const json_cursor& data) {
  doctor_report report;
  data.for_each_item([&](const json_cursor& item) {
    finding one;
    const auto word = item.member("verdict");
    if (const auto known = verdict_from_string(word.text()))
      one.what = *known;
    else
      word.fail(errc::bad_request, "unknown verdict");
    one.subject = item.member("subject").text();
    one.message = item.member("message").text();
    if (const auto advice = item.member("advice"); advice.present())
      one.advice = advice.text();
    report.findings.push_back(std::move(one));
  });
  return report;
}

} // namespace hiisi::protocol
