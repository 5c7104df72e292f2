#include <benchmark/benchmark.h>
#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/trace/provider.h>
#include <opentelemetry/trace/tracer.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bench/export_peers.hpp"
#include "guildscope/base/fast_clock.hpp"
#include "guildscope/export/pool.hpp"
#include "guildscope/export/span_ids.hpp"
#include "guildscope/export/span_provider.hpp"
#include "guildscope/tracing/current_span.hpp"
#include "guildscope/tracing/tracer.hpp"
#include "opentelemetry/exporters/otlp/otlp_recordable.h"

/// A span through OpenTelemetry's API: started, three attributes, ended, handed to the exporter's queue. The exporting
/// thread takes batches beside it, as it does in a bot, and drops them. When it falls behind, those who make spans
/// wait, and that wait is not measured: what is dropped because the queue is full would be cheaper. `dropped` counts
/// them, and is 0.
namespace guildscope::bench {
namespace {

namespace otel = opentelemetry;

class Guildscope {
 public:
  Guildscope() {
    const auto redactor = BotRedactor();
    pipeline_ = MakePipeline(exporting::WireMessage::kSpan, redactor, account_);
    auto sink = std::make_shared<exporting::SpanSink>(
        config::SpanLimits{}, exporting::SpanSampler(config::Sampler::kParentBasedAlwaysOn, 1), redactor);
    sink->pipeline = pipeline_;
    provider_ = otel::nostd::shared_ptr<otel::trace::TracerProvider>(new exporting::SpanProvider(std::move(sink)));
  }

  otel::nostd::shared_ptr<otel::trace::TracerProvider> provider() { return provider_; }
  [[nodiscard]] std::uint64_t taken() const { return account_->delivered() + account_->lost(); }
  [[nodiscard]] std::uint64_t dropped() const { return account_->lost(); }

  std::atomic<std::uint64_t> made{0};

 private:
  std::shared_ptr<exporting::Account> account_ = std::make_shared<exporting::Account>();
  std::shared_ptr<exporting::BatchPipeline> pipeline_;
  otel::nostd::shared_ptr<otel::trace::TracerProvider> provider_;
};

/// The SDK's batch processor and its OTLP records.
class Sdk {
 public:
  Sdk() {
    auto processor = otel::sdk::trace::BatchSpanProcessorFactory::Create(
        std::make_unique<DropsSpans>(exported_), SdkBatchOptions<otel::sdk::trace::BatchSpanProcessorOptions>());
    provider_ = otel::nostd::shared_ptr<otel::trace::TracerProvider>(
        new otel::sdk::trace::TracerProvider(std::move(processor)));
  }

  otel::nostd::shared_ptr<otel::trace::TracerProvider> provider() { return provider_; }
  [[nodiscard]] std::uint64_t taken() const { return exported_->load(); }
  /// Waits until what was made has been exported. (Its ForceFlush alone may come back before.)
  [[nodiscard]] std::uint64_t dropped() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (exported_->load() < made.load() - dropped_ && std::chrono::steady_clock::now() < deadline) {
      static_cast<otel::sdk::trace::TracerProvider&>(*provider_).ForceFlush();
    }
    return dropped_ = made.load() - exported_->load();
  }

  std::atomic<std::uint64_t> made{0};

 private:
  using DropsSpans =
      Drops<otel::sdk::trace::SpanExporter, otel::sdk::trace::Recordable, otel::exporter::otlp::OtlpRecordable>;

  std::shared_ptr<std::atomic<std::uint64_t>> exported_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  otel::nostd::shared_ptr<otel::trace::TracerProvider> provider_;
  std::uint64_t dropped_ = 0;
};

/// Lets the exporting thread catch up where it has fallen behind by half a queue.
template <typename Peer>
class Pace {
 public:
  explicit Pace(benchmark::State& state, Peer& peer) : state_(state), peer_(peer) {}
  ~Pace() { peer_.made.fetch_add(kStep - left_); }
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  void Made() {
    if (--left_ > 0) return;
    left_ = kStep;
    if (peer_.made.fetch_add(kStep) + kStep < peer_.taken() + kQueue / 2) return;
    state_.PauseTiming();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (peer_.made.load() > peer_.taken() + kBatch + kStep && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    state_.ResumeTiming();
  }

 private:
  static constexpr std::uint64_t kStep = 256;
  benchmark::State& state_;
  Peer& peer_;
  std::uint64_t left_ = kStep;
};

/// The metrics' exemplars want to know which span is current.
void FollowAsTelemetryDoes() {
  static std::once_flag once;
  std::call_once(once, [] {
    tracing::FollowCurrentSpan([](const tracing::SpanContext& current) noexcept {
      const auto bytes = current;
      benchmark::DoNotOptimize(&bytes);
    });
  });
}

void OneSpan(otel::trace::Tracer& tracer) {
  const auto span = tracer.StartSpan("POST /channels/{channel.id}/messages");
  span->SetAttribute("http.request.method", "POST");
  span->SetAttribute("http.response.status_code", std::int64_t{200});
  span->SetAttribute("discord.bucket", "0123456789abcdef0123456789abcdef");
  span->End();
}

template <typename Peer>
void BM_Span(benchmark::State& state) {
  static Peer peer;
  FollowAsTelemetryDoes();
  const auto tracer = peer.provider()->GetTracer("bench", "1.0");
  const std::uint64_t dropped = peer.dropped();
  const std::uint64_t before = peer.made.load();
  {
    Pace<Peer> pace(state, peer);
    for (auto _ : state) {
      OneSpan(*tracer);
      pace.Made();
    }
  }
  if (state.thread_index() == 0) {
    // The other thread may still be about to say how many it made.
    const auto all = static_cast<std::uint64_t>(state.iterations() * state.threads());
    while (peer.made.load() < before + all) std::this_thread::yield();
    state.counters["dropped"] = static_cast<double>(peer.dropped() - dropped);
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_SpanActive(benchmark::State& state) {
  static Guildscope guildscope;
  FollowAsTelemetryDoes();
  if (state.thread_index() == 0) otel::trace::Provider::SetTracerProvider(guildscope.provider());
  const tracing::Tracer tracer("bench", "1.0");
  Pace<Guildscope> pace(state, guildscope);
  for (auto _ : state) {
    {
      const auto span = tracer.StartActive("POST /channels/{channel.id}/messages",
                                           {.kind = tracing::SpanKind::kClient,
                                            .attributes = {{"http.request.method", "POST"},
                                                           {"http.response.status_code", 200},
                                                           {"discord.bucket", "0123456789abcdef0123456789abcdef"}}});
      benchmark::DoNotOptimize(span);
    }
    pace.Made();
  }
  if (state.thread_index() == 0) state.counters["dropped"] = static_cast<double>(guildscope.dropped());
  state.SetItemsProcessed(state.iterations());
}

/// What no span does without: the time, twice, an id, and its bytes, written into memory of its own.
void BM_Floor(benchmark::State& state) {
  constexpr std::size_t kSpanBytes = 270;
  const std::string encoded(kSpanBytes, 'x');
  std::string to(kSpanBytes, '\0');
  for (auto _ : state) {
    auto start = FastClock().Now();
    auto trace_id = exporting::NewTraceId();
    auto span_id = exporting::NewSpanId();
    std::memcpy(to.data(), encoded.data(), kSpanBytes);
    auto end = FastSteadyNow();
    benchmark::DoNotOptimize(start);
    benchmark::DoNotOptimize(trace_id);
    benchmark::DoNotOptimize(span_id);
    benchmark::DoNotOptimize(to.data());
    benchmark::DoNotOptimize(end);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(BM_Span<Guildscope>)->Name("BM_Span/guildscope")->Threads(1)->Threads(2);
BENCHMARK(BM_Span<Sdk>)->Name("BM_Span/opentelemetry_sdk")->Threads(1)->Threads(2);
BENCHMARK(BM_Floor)->Name("BM_Span/floor")->Threads(1)->Threads(2);
BENCHMARK(BM_SpanActive)->Name("BM_SpanActive/guildscope")->Threads(1)->Threads(2);

}  // namespace
}  // namespace guildscope::bench
