#pragma once

#include <opentelemetry/proto/trace/v1/trace.pb.h>
#include <opentelemetry/sdk/trace/recordable.h>

#include <memory>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/attribute_writer.hpp"
#include "guildscope/export/item.hpp"

namespace guildscope::exporting {

/// What every span of a processor has in common.
struct SpanSettings {
  SpanSettings(const config::SpanLimits& span_limits, const std::shared_ptr<const Redactor>& redactor)
      : limits(span_limits), writer(span_limits.attributes.value_length, redactor) {}
  const config::SpanLimits limits;
  const AttributeWriter writer;
};

/// A span as OTLP has it, written while it runs, within the span limits (SDK 1.19 knows none). What goes past a limit
/// is counted in the span's own dropped_*_count, as the specification asks.
///
/// Threads: one at a time (the SDK sees to that).
class SpanRecordable final : public opentelemetry::sdk::trace::Recordable, public Item {
 public:
  explicit SpanRecordable(std::shared_ptr<const SpanSettings> settings) noexcept : settings_(std::move(settings)) {}

  void SetIdentity(const opentelemetry::trace::SpanContext& context,
                   opentelemetry::trace::SpanId parent) noexcept override;
  void SetAttribute(opentelemetry::nostd::string_view key,
                    const opentelemetry::common::AttributeValue& value) noexcept override;
  void AddEvent(opentelemetry::nostd::string_view name, opentelemetry::common::SystemTimestamp timestamp,
                const opentelemetry::common::KeyValueIterable& attributes) noexcept override;
  void AddLink(const opentelemetry::trace::SpanContext& context,
               const opentelemetry::common::KeyValueIterable& attributes) noexcept override;
  void SetStatus(opentelemetry::trace::StatusCode code,
                 opentelemetry::nostd::string_view description) noexcept override;
  void SetName(opentelemetry::nostd::string_view name) noexcept override;
  void SetTraceFlags(opentelemetry::trace::TraceFlags flags) noexcept override;
  void SetSpanKind(opentelemetry::trace::SpanKind kind) noexcept override;
  void SetResource(const opentelemetry::sdk::resource::Resource&) noexcept override {}  // the encoder has it
  void SetStartTime(opentelemetry::common::SystemTimestamp start) noexcept override;
  void SetDuration(std::chrono::nanoseconds duration) noexcept override;
  void SetInstrumentationScope(
      const opentelemetry::sdk::instrumentationscope::InstrumentationScope& scope) noexcept override {
    scope_ = &scope;
  }

  [[nodiscard]] opentelemetry::proto::trace::v1::Span& span() noexcept { return span_; }
  /// Lives as long as the tracer provider; may be null.
  [[nodiscard]] const opentelemetry::sdk::instrumentationscope::InstrumentationScope* scope() const noexcept {
    return scope_;
  }

 private:
  const std::shared_ptr<const SpanSettings> settings_;
  opentelemetry::proto::trace::v1::Span span_;
  const opentelemetry::sdk::instrumentationscope::InstrumentationScope* scope_ = nullptr;
};

}  // namespace guildscope::exporting
