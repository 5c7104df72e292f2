#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <string>

#include "bench/peers.hpp"
#include "guildscope/metrics/exposition.hpp"
#include "guildscope/metrics/registry.hpp"

/// `/metrics` of a counter with so many guilds: from the cells to the text. The SDK has no such exporter on Debian.
namespace guildscope::bench {
namespace {

constexpr metrics::CounterDescriptor<1> kRequests{"{prefix}.requests", "{request}", "Requests.", {"guild_id"}};
constexpr std::uint64_t kFirstGuild = 1'000'000'000'000'000'000;

std::string Guild(std::int64_t i) { return std::to_string(kFirstGuild + static_cast<std::uint64_t>(i) * 4'194'304); }

void Report(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void Fill(metrics::Registry& registry, std::int64_t series) {
  for (std::int64_t i = 0; i < series; ++i) registry.Get(kRequests).Add(static_cast<std::uint64_t>(i), {Guild(i)});
}

void ScrapeGuildscope(benchmark::State& state) {
  metrics::Registry registry({.max_series_per_metric = static_cast<std::size_t>(state.range(0))});
  Fill(registry, state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string text = metrics::Expose(registry.Collect(), metrics::Format::kPrometheusText);
    bytes = text.size();
    benchmark::DoNotOptimize(text.data());
  }
  Report(state, bytes);
}

void ScrapePrometheus(benchmark::State& state) {
  prometheus::Registry registry;
  auto& family = prometheus::BuildCounter().Name("disruptor_requests_total").Help("Requests.").Register(registry);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    family.Add({{"guild_id", Guild(i)}}).Increment(static_cast<double>(i));
  }
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string text = prometheus::TextSerializer().Serialize(registry.Collect());
    bytes = text.size();
    benchmark::DoNotOptimize(text.data());
  }
  Report(state, bytes);
}

// Writing the bytes, when all that stands in them is known.
void ScrapeFloor(benchmark::State& state) {
  metrics::Registry registry({.max_series_per_metric = static_cast<std::size_t>(state.range(0))});
  Fill(registry, state.range(0));
  const std::string known = metrics::Expose(registry.Collect(), metrics::Format::kPrometheusText);
  for (auto _ : state) {
    const std::string text = known;
    benchmark::DoNotOptimize(text.data());
  }
  Report(state, known.size());
}

BENCHMARK(ScrapeGuildscope)->Name("BM_Scrape/guildscope")->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(ScrapePrometheus)->Name("BM_Scrape/prometheus_cpp")->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(ScrapeFloor)->Name("BM_Scrape/floor")->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace guildscope::bench
