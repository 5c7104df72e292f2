#include <benchmark/benchmark.h>
#include <malloc.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <memory>
#include <string>

#include "bench/peers.hpp"
#include "guildscope/metrics/blocks.hpp"
#include "guildscope/metrics/cells.hpp"
#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/registry.hpp"

/// Bytes for each series of a counter with one label, a guild's id, that one thread has written and that was collected
/// once. Counted is what is in use: of malloc, with its own overhead, and of what the library maps itself. Look at the
/// counter bytes_per_series; the time means nothing.
namespace guildscope::bench {
namespace {

constexpr metrics::CounterDescriptor<1> kRequests{"{prefix}.requests", "{request}", "Requests.", {"guild_id"}};

class Nobody final : public metrics::Collector {
 public:
  void BeginMetric(const metrics::MetricView&) override {}
  void AddSeries(const metrics::SeriesView&) override {}
};

std::int64_t InUse() {
  const struct mallinfo2 info = mallinfo2();
  const std::size_t blocks = metrics::internal::BlocksInUse().now;
  const std::size_t cells = metrics::internal::CellsInUse().now * sizeof(metrics::internal::Cell);
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd + blocks + cells);
}

/// Calls make(series), and reports how much more memory is in use while its result lives.
template <typename Make>
void Measure(benchmark::State& state, Make make) {
  for (auto _ : state) {
    const std::int64_t before = InUse();
    const auto kept = make(state.range(0));
    benchmark::DoNotOptimize(kept.get());
    state.counters["bytes_per_series"] = static_cast<double>(InUse() - before) / static_cast<double>(state.range(0));
  }
}

void MemoryGuildscope(benchmark::State& state) {
  Measure(state, [](std::int64_t series) {
    auto registry = std::make_unique<metrics::Registry>(
        metrics::RegistryOptions{.max_series_per_metric = static_cast<std::size_t>(series)});
    const auto requests = registry->Get(kRequests);
    for (std::int64_t i = 0; i < series; ++i) requests.Add(1, {Guild(i)});
    Nobody nobody;
    registry->Collect(nobody);
    return registry;
  });
}

void MemoryPrometheus(benchmark::State& state) {
  Measure(state, [](std::int64_t series) {
    auto registry = std::make_unique<prometheus::Registry>();
    auto& family = prometheus::BuildCounter().Name("requests_total").Help("Requests.").Register(*registry);
    for (std::int64_t i = 0; i < series; ++i) family.Add({{"guild_id", Guild(i)}}).Increment();
    static_cast<void>(registry->Collect());
    return registry;
  });
}

BENCHMARK(MemoryGuildscope)
    ->Name("BM_SeriesMemory/guildscope")
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(1);
BENCHMARK(MemoryPrometheus)
    ->Name("BM_SeriesMemory/prometheus_cpp")
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(1);

}  // namespace
}  // namespace guildscope::bench
