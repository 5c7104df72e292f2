#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/peers.hpp"
#include "guildscope/metrics/registry.hpp"

/// What it takes to forget a guild: its series in 30 metrics that have one for each guild.
namespace guildscope::bench {
namespace {

constexpr int kMetrics = 30;

class Nobody final : public metrics::Collector {
 public:
  void BeginMetric(const metrics::MetricView&) override {}
  void AddSeries(const metrics::SeriesView&) override {}
};

void RemoveGuild(benchmark::State& state) {
  metrics::Registry registry({.max_series_per_metric = static_cast<std::size_t>(state.range(0))});
  std::vector<std::string> names;
  for (int i = 0; i < kMetrics; ++i) names.push_back("{prefix}.requests" + std::to_string(i));
  const auto add = [&](std::int64_t guild) {
    for (const std::string& name : names) {
      registry.Get(metrics::CounterDescriptor<2>{name.c_str(), "{request}", "Requests.", {"status", "guild_id"}})
          .Add(1, {"success", Guild(guild)});
    }
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) add(i);
  Nobody nobody;
  registry.Collect(nobody);
  std::int64_t guild = 0;
  for (auto _ : state) {
    guild = (guild + 7'919) % state.range(0);
    benchmark::DoNotOptimize(registry.RemoveSeries("guild_id", Guild(guild)));
    state.PauseTiming();
    add(guild);
    registry.Collect(nobody);
    state.ResumeTiming();
  }
}

BENCHMARK(RemoveGuild)->Name("BM_RemoveGuild/guildscope")->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace guildscope::bench
