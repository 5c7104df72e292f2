#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "guildscope/export/span_provider.hpp"
#include "guildscope/tracing/tracer.hpp"
#include "tests/allocations/allocations.hpp"

namespace guildscope {
namespace {

namespace otel = opentelemetry;
using namespace exporting;

class SpanAllocations : public AllocationTest {
 protected:
  SpanAllocations() : AllocationTest(WireMessage::kSpan) {
    auto sink = std::make_shared<SpanSink>(config::SpanLimits{}, SpanSampler(config::Sampler::kParentBasedAlwaysOn, 1),
                                           redactor_);
    sink->pipeline = pipeline_;
    otel::trace::Provider::SetTracerProvider(
        otel::nostd::shared_ptr<otel::trace::TracerProvider>(new SpanProvider(std::move(sink))));
  }
  ~SpanAllocations() override {
    otel::trace::Provider::SetTracerProvider(
        otel::nostd::shared_ptr<otel::trace::TracerProvider>(new otel::trace::NoopTracerProvider()));
    pipeline_->Shutdown(std::chrono::seconds(10));
  }
};

TEST_F(SpanAllocations, NoneThroughOpenTelemetrysApi) {
  const auto tracer = otel::trace::Provider::GetTracerProvider()->GetTracer("a test");
  EXPECT_EQ(Allocations([&] {
              const auto span = tracer->StartSpan("POST /channels/{channel.id}/messages");
              span->SetAttribute("http.request.method", "POST");
              span->SetAttribute("http.response.status_code", std::int64_t{200});
              span->SetAttribute("discord.bucket", "0123456789abcdef0123456789abcdef");
              span->AddEvent("exception", {{"exception.type", "std::runtime_error"}});
              span->SetStatus(otel::trace::StatusCode::kError, "it did not work");
              span->End();
            }),
            0);
}

TEST_F(SpanAllocations, NoneForASpanOfSeveralKilobytes) {
  const auto tracer = otel::trace::Provider::GetTracerProvider()->GetTracer("a test");
  const std::string statement(3'000, 'x');
  EXPECT_EQ(Allocations([&] {
              const auto span = tracer->StartSpan("SELECT guilds");
              span->SetAttribute("db.query.text", statement);
              span->End();
            }),
            0);
}

// What is left is what OpenTelemetry's context takes to be made current (five for each of two entries, a token), and
// the attributes, the name and the route, which an outermost span has.
TEST_F(SpanAllocations, OfAnActiveOneAreThoseOfOpenTelemetrysContext) {
  const tracing::Tracer tracer("a test");
  EXPECT_LE(Allocations([&] {
              const auto span = tracer.StartActive("POST /channels/{channel.id}/messages",
                                                   {.kind = tracing::SpanKind::kClient,
                                                    .attributes = {{"http.request.method", "POST"},
                                                                   {"http.response.status_code", 200},
                                                                   {"discord.bucket", "0123456789abcdef0123456789"}}});
            }),
            15);
}

}  // namespace
}  // namespace guildscope
