#include "guildscope/export/providers.hpp"

#include <opentelemetry/logs/noop.h>
#include <opentelemetry/logs/provider.h>
#include <opentelemetry/metrics/noop.h>
#include <opentelemetry/metrics/provider.h>
#include <opentelemetry/sdk/metrics/meter_provider.h>
#include <opentelemetry/sdk/metrics/view/view_registry.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <utility>

#include "guildscope/export/log_provider.hpp"
#include "guildscope/export/span_provider.hpp"

namespace guildscope::exporting {

namespace otel = opentelemetry;

void Providers::InstallTracer(std::shared_ptr<const SpanSink> sink) {
  tracer_ = otel::nostd::shared_ptr<otel::trace::TracerProvider>(new SpanProvider(std::move(sink)));
  otel::trace::Provider::SetTracerProvider(tracer_);
}

void Providers::InstallTracerThatRecordsNothing() {
  InstallTracer(std::make_shared<const SpanSink>(config::SpanLimits{}, SpanSampler(config::Sampler::kAlwaysOff, 0),
                                                 /*redactor=*/nullptr));
}

void Providers::InstallLogger(std::shared_ptr<const LogSink> sink, const Clock& clock) {
  logger_ = otel::nostd::shared_ptr<otel::logs::LoggerProvider>(new LogProvider(LentLogSink(std::move(sink)), clock));
  otel::logs::Provider::SetLoggerProvider(logger_);
}

void Providers::InstallMeter(std::shared_ptr<otel::sdk::metrics::MetricReader> reader,
                             const otel::sdk::resource::Resource& resource) {
  auto* provider =
      new otel::sdk::metrics::MeterProvider(std::make_unique<otel::sdk::metrics::ViewRegistry>(), resource);
  meter_ = otel::nostd::shared_ptr<otel::metrics::MeterProvider>(provider);
  provider->AddMetricReader(std::move(reader));
  otel::metrics::Provider::SetMeterProvider(meter_);
}

void Providers::Uninstall() noexcept {
  if (tracer_ && otel::trace::Provider::GetTracerProvider().get() == tracer_.get()) {
    otel::trace::Provider::SetTracerProvider(
        otel::nostd::shared_ptr<otel::trace::TracerProvider>(new otel::trace::NoopTracerProvider()));
  }
  if (logger_ && otel::logs::Provider::GetLoggerProvider().get() == logger_.get()) {
    otel::logs::Provider::SetLoggerProvider(
        otel::nostd::shared_ptr<otel::logs::LoggerProvider>(new otel::logs::NoopLoggerProvider()));
  }
  if (meter_ && otel::metrics::Provider::GetMeterProvider().get() == meter_.get()) {
    otel::metrics::Provider::SetMeterProvider(
        otel::nostd::shared_ptr<otel::metrics::MeterProvider>(new otel::metrics::NoopMeterProvider()));
  }
  tracer_ = {};
  logger_ = {};
  meter_ = {};
}

}  // namespace guildscope::exporting
