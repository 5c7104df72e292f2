#pragma once

#include <opentelemetry/logs/logger_provider.h>
#include <opentelemetry/metrics/meter_provider.h>
#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/sdk/metrics/metric_reader.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/trace/tracer_provider.h>

#include <memory>

#include "guildscope/base/clock.hpp"
#include "guildscope/export/log_sink.hpp"
#include "guildscope/export/span_sink.hpp"

namespace guildscope::exporting {

/// Our tracer provider and the SDK's other ones, installed as OpenTelemetry's global ones, and taken out again where
/// they are still ours.
///
/// Threads: one. What others still hold of a provider that was taken out goes on working; its items are lost and
/// counted.
class Providers {
 public:
  Providers() = default;
  ~Providers() { Uninstall(); }
  Providers(const Providers&) = delete;
  Providers& operator=(const Providers&) = delete;

  void InstallTracer(std::shared_ptr<const SpanSink> sink);
  /// Spans get valid ids, and nothing is recorded.
  void InstallTracerThatRecordsNothing();
  void InstallLogger(std::shared_ptr<const LogSink> sink, const Clock& clock);
  void InstallMeter(std::shared_ptr<opentelemetry::sdk::metrics::MetricReader> reader,
                    const opentelemetry::sdk::resource::Resource& resource);

  void Uninstall() noexcept;

 private:
  opentelemetry::nostd::shared_ptr<opentelemetry::trace::TracerProvider> tracer_;
  opentelemetry::nostd::shared_ptr<opentelemetry::logs::LoggerProvider> logger_;
  opentelemetry::nostd::shared_ptr<opentelemetry::metrics::MeterProvider> meter_;
};

}  // namespace guildscope::exporting
