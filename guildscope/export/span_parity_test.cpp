#include <gtest/gtest.h>
#include <opentelemetry/exporters/otlp/otlp_recordable.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/scope.h>

#include <functional>
#include <string>

#include "guildscope/export/collected_spans.hpp"

/// What OpenTelemetry's SDK says of a span, ours says.
namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using otel::trace::StatusCode;
using Span = otel::proto::trace::v1::Span;
using Use = std::function<void(otel::trace::Tracer&)>;

class KeepsRecords final : public otel::sdk::trace::SpanExporter {
 public:
  explicit KeepsRecords(std::vector<Span>& spans) : spans_(spans) {}
  std::unique_ptr<otel::sdk::trace::Recordable> MakeRecordable() noexcept override {
    return std::make_unique<otel::exporter::otlp::OtlpRecordable>();
  }
  otel::sdk::common::ExportResult Export(
      const otel::nostd::span<std::unique_ptr<otel::sdk::trace::Recordable>>& records) noexcept override {
    for (const auto& record : records) {
      spans_.push_back(static_cast<otel::exporter::otlp::OtlpRecordable&>(*record).span());
    }
    return otel::sdk::common::ExportResult::kSuccess;
  }
  bool ForceFlush(std::chrono::microseconds) noexcept override { return true; }
  bool Shutdown(std::chrono::microseconds) noexcept override { return true; }

 private:
  std::vector<Span>& spans_;
};

std::vector<Span> ThroughTheSdk(const Use& use) {
  std::vector<Span> spans;
  auto processor = otel::sdk::trace::SimpleSpanProcessorFactory::Create(std::make_unique<KeepsRecords>(spans));
  const auto provider = otel::sdk::trace::TracerProviderFactory::Create(std::move(processor));
  use(*provider->GetTracer("parity", "1.0"));
  return spans;
}

std::vector<Span> ThroughOurs(const Use& use) {
  CollectedSpans spans;
  use(*spans.tracer("parity"));
  return spans.Take();
}

/// Without what is another one each time, and without what ours says more of: whether a parent is remote, and the flags
/// of links.
std::string Comparable(Span span) {
  EXPECT_EQ(span.trace_id().size(), 16);
  EXPECT_EQ(span.span_id().size(), 8);
  EXPECT_LE(span.start_time_unix_nano(), span.end_time_unix_nano());
  span.set_trace_id("");
  span.set_span_id("");
  if (!span.parent_span_id().empty()) span.set_parent_span_id("a parent");
  span.set_start_time_unix_nano(0);
  span.set_end_time_unix_nano(0);
  span.set_flags(span.flags() & 0xFF);
  for (auto& link : *span.mutable_links()) link.set_flags(0);
  return span.DebugString();
}

void ExpectTheSame(const Use& use) {
  const auto sdk = ThroughTheSdk(use);
  const auto ours = ThroughOurs(use);
  ASSERT_EQ(sdk.size(), ours.size());
  for (std::size_t i = 0; i < sdk.size(); ++i) EXPECT_EQ(Comparable(ours[i]), Comparable(sdk[i]));
}

TEST(SpanParity, OfAttributesEventsLinksAndStatus) {
  ExpectTheSame([](otel::trace::Tracer& tracer) {
    static constexpr std::uint8_t kId[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const otel::trace::SpanContext link(
        otel::trace::TraceId(kId), otel::trace::SpanId(otel::nostd::span<const std::uint8_t, 8>(kId, 8)),
        otel::trace::TraceFlags(1), true, otel::trace::TraceState::FromHeader("vendor=1"));
    otel::trace::StartSpanOptions options;
    options.kind = otel::trace::SpanKind::kProducer;
    const auto span =
        tracer.StartSpan("first", {{"at the start", "x"}, {"n", std::int64_t{-1}}}, {{link, {{"why", true}}}}, options);
    const std::int32_t numbers[] = {1, -2, 300};
    const otel::nostd::string_view words[] = {"a", "", "b"};
    span->SetAttribute("numbers", otel::nostd::span<const std::int32_t>(numbers, 3));
    span->SetAttribute("words", otel::nostd::span<const otel::nostd::string_view>(words, 3));
    span->SetAttribute("double", 0.25);
    span->SetAttribute("unsigned", std::uint64_t{7});
    span->AddEvent("event", otel::common::SystemTimestamp(std::chrono::nanoseconds(5)), {{"key", "value"}});
    span->SetStatus(StatusCode::kError, "it failed");
    span->UpdateName("second");
    span->End();
  });
}

TEST(SpanParity, OfParentsAndChildren) {
  ExpectTheSame([](otel::trace::Tracer& tracer) {
    const auto outer = tracer.StartSpan("outer");
    {
      const otel::trace::Scope scope(outer);
      tracer.StartSpan("inner")->End();
    }
    outer->SetStatus(StatusCode::kOk, "no text");
    outer->End();
  });
}

}  // namespace
}  // namespace guildscope::exporting
