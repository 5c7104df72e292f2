#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/peers.hpp"
#include "guildscope/metrics/registry.hpp"

/// What a collection costs, without what is made of it: summing the cells of all threads and telling every series.
namespace guildscope::bench {
namespace {

constexpr metrics::CounterDescriptor<1> kRequests{"{prefix}.requests", "{request}", "Requests.", {"guild_id"}};
constexpr metrics::HistogramDescriptor<1> kDuration{"{prefix}.request.duration", "s", "Latency.", {"guild_id"}};

class Listener final : public metrics::Collector {
 public:
  void BeginMetric(const metrics::MetricView&) override {}
  void AddSeries(const metrics::SeriesView& series) override {
    total_ += static_cast<std::uint64_t>(series.integer) + series.count + series.packed_values.size();
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::uint64_t total_ = 0;
};

void Collect(benchmark::State& state, metrics::Registry& registry) {
  Listener listener;
  registry.Collect(listener);  // puts the series into order, once
  for (auto _ : state) registry.Collect(listener);
  benchmark::DoNotOptimize(listener.total());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

metrics::RegistryOptions Options(const benchmark::State& state, bool exponential = false) {
  return {.max_series_per_metric = static_cast<std::size_t>(state.range(0)), .exponential_histograms = exponential};
}

void CollectCounters(benchmark::State& state) {
  metrics::Registry registry(Options(state));
  for (std::int64_t i = 0; i < state.range(0); ++i) registry.Get(kRequests).Add(1, {Guild(i)});
  Collect(state, registry);
}

void CollectHistograms(benchmark::State& state, bool exponential) {
  metrics::Registry registry(Options(state, exponential));
  for (std::int64_t i = 0; i < state.range(0); ++i) registry.Get(kDuration).Record(0.1, {Guild(i)});
  Collect(state, registry);
}

// A summed cell must at least be read where it is.
void CollectFloor(benchmark::State& state) {
  std::vector<OwnedCell> cells(static_cast<std::size_t>(state.range(0)));
  std::uint64_t total = 0;
  for (auto _ : state) {
    for (const OwnedCell& cell : cells) total += cell.Get();
    benchmark::DoNotOptimize(total);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->RangeMultiplier(10)->Range(1'000, 1'000'000)->Unit(benchmark::kMillisecond);
}
BENCHMARK(CollectCounters)->Name("BM_Collect/guildscope")->Apply(Sizes);
BENCHMARK_CAPTURE(CollectHistograms, explicit, false)
    ->Name("BM_CollectHistograms/guildscope")
    ->RangeMultiplier(10)
    ->Range(1'000, 100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(CollectHistograms, exponential, true)
    ->Name("BM_CollectExponential/guildscope")
    ->RangeMultiplier(10)
    ->Range(1'000, 10'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(CollectFloor)->Name("BM_Collect/floor")->Apply(Sizes);

}  // namespace
}  // namespace guildscope::bench
