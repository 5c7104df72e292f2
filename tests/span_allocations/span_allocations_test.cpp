#include <gtest/gtest.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include "guildscope/export/span_provider.hpp"
#include "guildscope/export/wire_encoder.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace {
thread_local std::uint64_t allocations = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;  // NOLINT(cppcoreguidelines-no-malloc)
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }               // NOLINT(cppcoreguidelines-no-malloc)
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }  // NOLINT(cppcoreguidelines-no-malloc)

namespace guildscope {
namespace {

namespace otel = opentelemetry;
using namespace exporting;

class NoTransport final : public Transport {
 public:
  Reply Send(const Request&, std::chrono::steady_clock::time_point) noexcept override {
    return {.outcome = Reply::Outcome::kAccepted, .rejected = 0, .detail = {}, .retry_after = {}};
  }
  void Cancel() noexcept override {}
  [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

 private:
  const std::string destination_ = "nowhere";
};

/// Spans that really go through a queue to an exporting thread, which frees them.
class SpanAllocations : public ::testing::Test {
 protected:
  SpanAllocations() {
    auto redactor = std::make_shared<Redactor>();
    BatchPipeline::Parts parts;
    parts.encoder = std::make_unique<WireEncoder>(WireMessage::kSpan, otel::proto::resource::v1::Resource(), redactor);
    parts.delivery = std::make_unique<Delivery>(std::make_unique<NoTransport>());
    parts.account = account_;
    pipeline_ = std::make_shared<BatchPipeline>(std::move(parts));
    auto sink = std::make_shared<SpanSink>(config::SpanLimits{}, SpanSampler(config::Sampler::kParentBasedAlwaysOn, 1),
                                           redactor);
    sink->pipeline = pipeline_;
    otel::trace::Provider::SetTracerProvider(
        otel::nostd::shared_ptr<otel::trace::TracerProvider>(new SpanProvider(std::move(sink))));
  }
  ~SpanAllocations() override {
    otel::trace::Provider::SetTracerProvider(
        otel::nostd::shared_ptr<otel::trace::TracerProvider>(new otel::trace::NoopTracerProvider()));
    pipeline_->Shutdown(std::chrono::seconds(10));
  }

  /// What this thread allocates for one span, in the steady state: in the best of many rounds, because in one where the
  /// exporting thread is late to give memory back, more spans are under way than ever before.
  template <typename MakeSpan>
  double Allocations(MakeSpan make_span) {
    constexpr int kRounds = 30;
    constexpr int kSpans = 500;
    std::uint64_t least = UINT64_MAX;
    for (int round = 0; round < kRounds; ++round) {
      const std::uint64_t before = allocations;
      for (int i = 0; i < kSpans; ++i) make_span();
      least = std::min(least, allocations - before);
      EXPECT_TRUE(pipeline_->Flush(std::chrono::seconds(60)));
    }
    EXPECT_EQ(account_->lost(), 0);
    return static_cast<double>(least) / kSpans;
  }

  std::shared_ptr<Account> account_ = std::make_shared<Account>();
  std::shared_ptr<BatchPipeline> pipeline_;
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
