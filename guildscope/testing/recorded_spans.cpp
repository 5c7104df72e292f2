#include "guildscope/testing/recorded_spans.hpp"

#include <opentelemetry/exporters/memory/in_memory_span_data.h>
#include <opentelemetry/exporters/memory/in_memory_span_exporter_factory.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/span_data.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <sstream>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "guildscope/tracing/opentelemetry_bridge.hpp"

namespace guildscope::testing {
namespace {

namespace otel = opentelemetry;
using otel::sdk::trace::SpanData;

constexpr int kKeptSpans = 1'000'000;

void Install(otel::trace::TracerProvider* provider) {
  otel::trace::Provider::SetTracerProvider(otel::nostd::shared_ptr<otel::trace::TracerProvider>(provider));
}

template <typename T>
std::string ToText(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_arithmetic_v<T>) {
    std::ostringstream text;
    text << std::boolalpha << value;
    return text.str();
  } else {
    return "an array";
  }
}

tracing::SpanKind ToKind(otel::trace::SpanKind kind) {
  switch (kind) {
    case otel::trace::SpanKind::kServer:
      return tracing::SpanKind::kServer;
    case otel::trace::SpanKind::kClient:
      return tracing::SpanKind::kClient;
    case otel::trace::SpanKind::kProducer:
      return tracing::SpanKind::kProducer;
    case otel::trace::SpanKind::kConsumer:
      return tracing::SpanKind::kConsumer;
    default:
      return tracing::SpanKind::kInternal;
  }
}

RecordedSpan ToRecorded(const SpanData& data) {
  RecordedSpan span;
  span.name = std::string(data.GetName());
  span.kind = ToKind(data.GetSpanKind());
  span.context = tracing::FromOpenTelemetry(data.GetSpanContext());
  const otel::trace::SpanId parent = data.GetParentSpanId();
  std::copy(parent.Id().begin(), parent.Id().end(), span.parent_span_id.begin());
  for (const auto& [key, value] : data.GetAttributes()) {
    span.attributes[key] = otel::nostd::visit([](const auto& v) { return ToText(v); }, value);
  }
  for (const auto& link : data.GetLinks()) span.links.push_back(tracing::FromOpenTelemetry(link.GetSpanContext()));
  span.is_error = data.GetStatus() == otel::trace::StatusCode::kError;
  span.description = std::string(data.GetDescription());
  return span;
}

}  // namespace

std::string RecordedSpan::operator[](std::string_view key) const {
  const auto found = attributes.find(std::string(key));
  return found == attributes.end() ? "absent" : found->second;
}

struct RecordedSpans::Impl {
  std::shared_ptr<otel::exporter::memory::InMemorySpanData> data;
};

RecordedSpans::RecordedSpans() : impl_(std::make_unique<Impl>()) {
  auto exporter = otel::exporter::memory::InMemorySpanExporterFactory::Create(impl_->data, kKeptSpans);
  auto processor = otel::sdk::trace::SimpleSpanProcessorFactory::Create(std::move(exporter));
  Install(otel::sdk::trace::TracerProviderFactory::Create(std::move(processor)).release());
}

RecordedSpans::~RecordedSpans() { Install(new otel::trace::NoopTracerProvider()); }

std::vector<RecordedSpan> RecordedSpans::Take() {
  std::vector<RecordedSpan> spans;
  for (const auto& data : impl_->data->GetSpans()) spans.push_back(ToRecorded(*data));
  return spans;
}

RecordedSpan RecordedSpans::TakeOnly() {
  auto spans = Take();
  if (spans.size() == 1) return std::move(spans.front());
  std::string names;
  for (const RecordedSpan& span : spans) names += " '" + span.name + "'";
  throw std::runtime_error(std::to_string(spans.size()) + " spans ended, not one:" + names);
}

}  // namespace guildscope::testing
