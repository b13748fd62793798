#pragma once

#include "actors/core/record_storage.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::test {

/// A record_storage in memory, which can be told to fail.
class fake_records : public core::record_storage {
public:
  protocol::result<core::stored_records> load() override {
    core::stored_records found;
    for (const auto& [id, record] : records)
      found.records.push_back(record);
    for (const auto& [id, record] : live)
      found.live.push_back(record);
    return found;
  }
  protocol::result<void> save(const core::process_record& record) override {
    calls.push_back("save " + std::to_string(record.spec->id) + "/"
                    + std::to_string(record.run));
    if (failure)
      return *failure;
    records[record.spec->id] = record;
    return {};
  }
  protocol::result<void> remove(uint32_t id) override {
    calls.push_back("remove " + std::to_string(id));
    if (failure)
      return *failure;
    records.erase(id);
    live.erase(id);
    return {};
  }
  protocol::result<void> save_live(const core::live_record& record) override {
    calls.push_back("live " + std::to_string(record.id) + "/"
                    + std::to_string(record.run));
    if (failure)
      return *failure;
    live[record.id] = record;
    return {};
  }
  protocol::result<void> sync() override {
    calls.push_back("sync");
    return {};
  }

  /// What was called since the last look, in order.
  std::string take_calls() {
    std::string out;
    for (const auto& call : calls)
      out += (out.empty() ? "" : ", ") + call;
    calls.clear();
    return out;
  }

  std::vector<std::string> calls;
  std::optional<protocol::error> failure;
  std::map<uint32_t, core::process_record> records;
  std::map<uint32_t, core::live_record> live;
};

} // namespace hiisi::test
