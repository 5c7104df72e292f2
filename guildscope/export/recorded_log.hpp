#pragma once

#include <opentelemetry/logs/log_record.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "guildscope/export/log_sink.hpp"
#include "guildscope/export/pool.hpp"
#include "guildscope/export/wire_item.hpp"
#include "guildscope/tracing/span_context.hpp"

namespace guildscope::exporting {

/// A log record behind OpenTelemetry's API that is the bytes of its OTLP message from the start, within the attribute
/// limits. What goes past them is counted in the record's own dropped_attributes_count.
///
/// Cost: see docs/performance.md, BM_LogRecord; no malloc in the steady state.
/// Threads: one at a time. Lifetime: keeps its sink alive.
class RecordedLog final : public opentelemetry::logs::LogRecord {
 public:
  RecordedLog(const LentLogSink& lent, const WireScope& scope, std::chrono::system_clock::time_point observed,
              const tracing::SpanContext& span);

  static void* operator new(std::size_t bytes) { return PoolAllocate(bytes); }
  static void operator delete(void* record, std::size_t bytes) noexcept { PoolFree(record, bytes); }

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

  /// The end: hands the record to the sink. False when it was dropped, and counted.
  bool Emit() noexcept;

 private:
  static constexpr std::size_t kNone = 0;

  /// Memory may be short: then that part of the record is missing.
  template <typename Work>
  void Guarded(Work&& work) noexcept;
  /// Writes over the field's value at `at`, or, without one, appends it.
  void PutId(std::size_t at, char tag, std::string_view id) noexcept;
  [[nodiscard]] std::string_view FindBody() const noexcept;

  [[nodiscard]] const LogSink& sink() const noexcept { return **lent_; }

  const LentLogSink lent_;
  std::unique_ptr<WireItem> item_;  // gone when it was handed over
  AttributeList attributes_;
  std::size_t text_at_ = 0;  // behind the head
  // Where the head has them; kNone: nowhere.
  std::size_t trace_id_at_ = kNone;
  std::size_t span_id_at_ = kNone;
  std::size_t flags_at_ = kNone;
  bool has_body_ = false;
  std::size_t level_ = 1;  // records without a severity count as INFO
};

}  // namespace guildscope::exporting
