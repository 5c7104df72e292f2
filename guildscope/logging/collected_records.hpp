#pragma once

#include <opentelemetry/sdk/instrumentationscope/instrumentation_scope.h>
#include <opentelemetry/sdk/logs/processor.h>
#include <opentelemetry/sdk/logs/read_write_log_record.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace guildscope::logging {

/// What OpenTelemetry was given in one record, as values of its own: the SDK's record only borrows them.
struct CollectedRecord {
  opentelemetry::logs::Severity severity{};
  std::chrono::nanoseconds time{};
  std::string scope;
  std::string body;
  std::map<std::string, std::string> attributes;
  std::string trace_id;
  bool sampled = false;
};

struct CollectedRecords {
  std::mutex mutex;
  std::vector<CollectedRecord> all;
  std::function<void()> on_emit;
};

/// Keeps what OpenTelemetry was given; for tests.
class CollectingProcessor : public opentelemetry::sdk::logs::LogRecordProcessor {
 public:
  explicit CollectingProcessor(std::shared_ptr<CollectedRecords> records) : records_(std::move(records)) {}

  std::unique_ptr<opentelemetry::sdk::logs::Recordable> MakeRecordable() noexcept override {
    return std::make_unique<opentelemetry::sdk::logs::ReadWriteLogRecord>();
  }

  void OnEmit(std::unique_ptr<opentelemetry::sdk::logs::Recordable>&& record) noexcept override {
    const auto given = std::move(record);
    {
      const std::lock_guard lock(records_->mutex);
      records_->all.push_back(Copy(static_cast<const opentelemetry::sdk::logs::ReadWriteLogRecord&>(*given)));
    }
    if (records_->on_emit) records_->on_emit();
  }

  bool ForceFlush(std::chrono::microseconds /*timeout*/) noexcept override { return true; }
  bool Shutdown(std::chrono::microseconds /*timeout*/) noexcept override { return true; }

 private:
  static std::string Text(const opentelemetry::common::AttributeValue& value) {
    using opentelemetry::nostd::get_if;
    if (const auto* text = get_if<opentelemetry::nostd::string_view>(&value)) return std::string(*text);
    if (const auto* number = get_if<std::int64_t>(&value)) return std::to_string(*number);
    return "neither a text nor a number";
  }

  static CollectedRecord Copy(const opentelemetry::sdk::logs::ReadWriteLogRecord& given) {
    CollectedRecord copy;
    copy.severity = given.GetSeverity();
    copy.time = given.GetTimestamp().time_since_epoch();
    copy.scope = given.GetInstrumentationScope().GetName();
    copy.body = Text(given.GetBody());
    for (const auto& [key, value] : given.GetAttributes()) copy.attributes[key] = Text(value);
    char hex[32];
    given.GetTraceId().ToLowerBase16(hex);
    copy.trace_id.assign(hex, sizeof(hex));
    copy.sampled = given.GetTraceFlags().IsSampled();
    return copy;
  }

  std::shared_ptr<CollectedRecords> records_;
};

}  // namespace guildscope::logging
