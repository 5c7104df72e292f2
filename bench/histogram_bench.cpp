#include <benchmark/benchmark.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "bench/peers.hpp"
#include "guildscope/metrics/registry.hpp"

/// One value recorded in a histogram with the default buckets and two labels, bound where that is possible.
namespace guildscope::bench {
namespace {

constexpr metrics::HistogramDescriptor<2> kDuration{
    "{prefix}.request.duration", "s", "Latency.", {"endpoint", "method"}};

// Spread over the buckets, in an order that a branch predictor does not learn.
constexpr std::array<double, 16> kValues{0.003, 0.2, 0.04, 1.5, 0.012, 7.5, 0.3, 0.08,
                                         0.002, 12,  0.6,  0.1, 0.03,  3,   0.9, 0.007};

class Values {
 public:
  double Next() noexcept {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return kValues[state_ >> 60];
  }

 private:
  std::uint64_t state_ = 42;
};

void HistogramRecordGuildscope(benchmark::State& state) {
  static metrics::Registry registry;
  auto histogram = registry.Get(kDuration).Bind({kEndpoint, kMethod});
  Values values;
  for (auto _ : state) {
    histogram.Record(values.Next());
    benchmark::ClobberMemory();
  }
}

/// With exponential buckets beside the explicit ones. The SDK, as Debian packages it, has none to compare with.
void HistogramRecordExponentialGuildscope(benchmark::State& state) {
  static metrics::Registry registry({.exponential_histograms = true});
  auto histogram = registry.Get(kDuration).Bind({kEndpoint, kMethod});
  Values values;
  for (auto _ : state) {
    histogram.Record(values.Next());
    benchmark::ClobberMemory();
  }
}

/// A slot is written once between two collections; most records find that it was.
void HistogramRecordInSpanGuildscope(benchmark::State& state) {
  static metrics::Registry registry;
  metrics::SpanIdentity span;
  span.trace_id.fill(0xAB);
  metrics::SetCurrentSpan(&span);
  auto histogram = registry.Get(kDuration).Bind({kEndpoint, kMethod});
  Values values;
  for (auto _ : state) {
    histogram.Record(values.Next());
    benchmark::ClobberMemory();
  }
  metrics::SetCurrentSpan(nullptr);
}

void HistogramRecordSdk(benchmark::State& state) {
  static SdkMeter meter;
  static const auto histogram = meter->CreateDoubleHistogram("request.duration");
  const opentelemetry::context::Context context;
  Values values;
  for (auto _ : state) {
    histogram->Record(values.Next(), {{"endpoint", kEndpoint.data()}, {"method", kMethod.data()}}, context);
  }
}

void HistogramRecordPrometheus(benchmark::State& state) {
  static prometheus::Registry registry;
  static auto& family = prometheus::BuildHistogram().Name("request_duration").Help("Latency.").Register(registry);
  auto& histogram = family.Add(
      {{"endpoint", std::string(kEndpoint)}, {"method", std::string(kMethod)}},
      prometheus::Histogram::BucketBoundaries(metrics::kDefaultBuckets.begin(), metrics::kDefaultBuckets.end()));
  Values values;
  for (auto _ : state) histogram.Observe(values.Next());
}

void HistogramRecordFloor(benchmark::State& state) {
  thread_local std::array<OwnedCell, metrics::kDefaultBuckets.size() + 1> buckets;
  thread_local std::atomic<double> sum{0};
  Values values;
  for (auto _ : state) {
    const double value = values.Next();
    std::size_t bucket = 0;
    for (const double bound : metrics::kDefaultBuckets) bucket += value > bound ? 1 : 0;
    buckets[bucket].Add(1);
    sum.store(sum.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
    benchmark::ClobberMemory();
  }
}

/// What an exponential histogram alone must do: the exponent of the value, the part of the octave, a count and a sum.
void HistogramRecordExponentialFloor(benchmark::State& state) {
  constexpr std::array<double, 3> kRoots{0x1.306fe0a31b715p0, 0x1.6a09e667f3bccp0, 0x1.ae89f995ad3adp0};
  constexpr std::int64_t kLowest = 1023 - 23;
  constexpr int kMantissaBits = 52;
  thread_local std::array<OwnedCell, 164> buckets;
  thread_local std::atomic<double> sum{0};
  Values values;
  for (auto _ : state) {
    const double value = values.Next();
    const auto bits = std::bit_cast<std::int64_t>(value);
    const double mantissa =
        std::bit_cast<double>((bits & ((std::int64_t{1} << kMantissaBits) - 1)) | std::bit_cast<std::int64_t>(1.0));
    std::size_t bucket = static_cast<std::size_t>((bits >> kMantissaBits) - kLowest) * 4;
    for (const double root : kRoots) bucket += mantissa > root ? 1 : 0;
    buckets[bucket].Add(1);
    sum.store(sum.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
    benchmark::ClobberMemory();
  }
}

BENCHMARK(HistogramRecordGuildscope)->Name("BM_HistogramRecord/guildscope")->ThreadRange(1, 16);
BENCHMARK(HistogramRecordExponentialGuildscope)->Name("BM_HistogramRecordExponential/guildscope")->ThreadRange(1, 16);
BENCHMARK(HistogramRecordExponentialFloor)->Name("BM_HistogramRecordExponential/floor")->ThreadRange(1, 2);
BENCHMARK(HistogramRecordInSpanGuildscope)->Name("BM_HistogramRecordInSpan/guildscope")->ThreadRange(1, 2);
BENCHMARK(HistogramRecordSdk)->Name("BM_HistogramRecord/opentelemetry_sdk")->ThreadRange(1, 2);
BENCHMARK(HistogramRecordPrometheus)->Name("BM_HistogramRecord/prometheus_cpp")->ThreadRange(1, 2);
BENCHMARK(HistogramRecordFloor)->Name("BM_HistogramRecord/floor")->ThreadRange(1, 2);

}  // namespace
}  // namespace guildscope::bench
