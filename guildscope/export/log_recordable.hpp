#pragma once

#include <opentelemetry/proto/logs/v1/logs.pb.h>
#include <opentelemetry/sdk/logs/recordable.h>

#include <memory>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/attribute_writer.hpp"
#include "guildscope/export/item.hpp"

namespace guildscope::exporting {

/// What every log record of a processor has in common.
struct LogSettings {
  LogSettings(const config::AttributeLimits& attribute_limits, const std::shared_ptr<const Redactor>& redactor)
      : limits(attribute_limits), writer(attribute_limits.value_length, redactor), body_writer(SIZE_MAX, redactor) {}
  const config::AttributeLimits limits;
  const AttributeWriter writer;
  const AttributeWriter body_writer;  ///< The limits are of attributes alone.
};

/// A log record as OTLP has it, within the attribute limits.
///
/// Threads: one at a time.
class LogRecordable final : public opentelemetry::sdk::logs::Recordable, public Item {
 public:
  explicit LogRecordable(std::shared_ptr<const LogSettings> settings) noexcept : settings_(std::move(settings)) {}

  void SetTimestamp(opentelemetry::common::SystemTimestamp timestamp) noexcept override;
  void SetObservedTimestamp(opentelemetry::common::SystemTimestamp timestamp) noexcept override;
  void SetSeverity(opentelemetry::logs::Severity severity) noexcept override;
  void SetBody(const opentelemetry::common::AttributeValue& body) noexcept override;
  void SetAttribute(opentelemetry::nostd::string_view key,
                    const opentelemetry::common::AttributeValue& value) noexcept override;
  void SetEventId(std::int64_t id, opentelemetry::nostd::string_view name) noexcept override;
  void SetTraceId(const opentelemetry::trace::TraceId& trace_id) noexcept override;
  void SetSpanId(const opentelemetry::trace::SpanId& span_id) noexcept override;
  void SetTraceFlags(const opentelemetry::trace::TraceFlags& flags) noexcept override;
  void SetResource(const opentelemetry::sdk::resource::Resource&) noexcept override {}  // the encoder has it
  void SetInstrumentationScope(
      const opentelemetry::sdk::instrumentationscope::InstrumentationScope& scope) noexcept override {
    scope_ = &scope;
  }

  [[nodiscard]] opentelemetry::proto::logs::v1::LogRecord& record() noexcept { return record_; }
  /// Lives as long as the logger provider; may be null.
  [[nodiscard]] const opentelemetry::sdk::instrumentationscope::InstrumentationScope* scope() const noexcept {
    return scope_;
  }

 private:
  const std::shared_ptr<const LogSettings> settings_;
  opentelemetry::proto::logs::v1::LogRecord record_;
  const opentelemetry::sdk::instrumentationscope::InstrumentationScope* scope_ = nullptr;
};

}  // namespace guildscope::exporting
