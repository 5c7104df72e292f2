#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "bench/peers.hpp"
#include "guildscope/metrics/registry.hpp"

/// One increment of a counter with three labels: through a bound handle, and with the labels given in the call.
namespace guildscope::bench {
namespace {

constexpr metrics::CounterDescriptor<3> kRequests{
    "{prefix}.requests", "{request}", "Requests.", {"endpoint", "method", "status_code"}};

metrics::Registry& SharedRegistry() {
  static metrics::Registry registry;
  return registry;
}

opentelemetry::metrics::Counter<std::uint64_t>& SdkCounter() {
  static SdkMeter meter;
  static const auto counter = meter->CreateUInt64Counter("requests");
  return *counter;
}

prometheus::Family<prometheus::Counter>& PrometheusFamily() {
  static prometheus::Registry registry;
  static auto& family = prometheus::BuildCounter().Name("requests_total").Help("Requests.").Register(registry);
  return family;
}

prometheus::Labels PrometheusLabels() {
  return {{"endpoint", std::string(kEndpoint)},
          {"method", std::string(kMethod)},
          {"status_code", std::string(kStatusCode)}};
}

void AddSdk(benchmark::State& state) {
  auto& counter = SdkCounter();
  for (auto _ : state) {
    counter.Add(1, {{"endpoint", kEndpoint.data()}, {"method", kMethod.data()}, {"status_code", kStatusCode.data()}});
  }
}

void CounterAddGuildscope(benchmark::State& state) {
  auto counter = SharedRegistry().Get(kRequests).Bind({kEndpoint, kMethod, kStatusCode});
  for (auto _ : state) {
    counter.Add();
    benchmark::ClobberMemory();  // as in the floor: nothing may be kept in registers from one call to the next
  }
}

void CounterAddPrometheus(benchmark::State& state) {
  auto& counter = PrometheusFamily().Add(PrometheusLabels());
  for (auto _ : state) counter.Increment();
}

void CounterAddFloor(benchmark::State& state) {
  thread_local OwnedCell cell;
  for (auto _ : state) {
    cell.Add(1);
    benchmark::ClobberMemory();
  }
}

BENCHMARK(CounterAddGuildscope)->Name("BM_CounterAdd/guildscope")->ThreadRange(1, 16);
BENCHMARK(AddSdk)->Name("BM_CounterAdd/opentelemetry_sdk")->ThreadRange(1, 2);
BENCHMARK(CounterAddPrometheus)->Name("BM_CounterAdd/prometheus_cpp")->ThreadRange(1, 16);
BENCHMARK(CounterAddFloor)->Name("BM_CounterAdd/floor")->ThreadRange(1, 16);

void CounterAddLabelsGuildscope(benchmark::State& state) {
  const auto requests = SharedRegistry().Get(kRequests);
  for (auto _ : state) requests.Add(1, {kEndpoint, kMethod, kStatusCode});
}

void CounterAddLabelsPrometheus(benchmark::State& state) {
  auto& family = PrometheusFamily();
  for (auto _ : state) family.Add(PrometheusLabels()).Increment();
}

// The labels must be read at least once.
void CounterAddLabelsFloor(benchmark::State& state) {
  thread_local OwnedCell cells[64];
  const std::hash<std::string_view> hash;
  std::string_view labels[3] = {kEndpoint, kMethod, kStatusCode};
  for (auto _ : state) {
    benchmark::DoNotOptimize(labels);
    cells[(hash(labels[0]) ^ hash(labels[1]) ^ hash(labels[2])) % std::size(cells)].Add(1);
    benchmark::ClobberMemory();
  }
}

// With so many other series. They are visited in an order that no prefetcher sees, as events of many guilds come.
void CounterAddGuildGuildscope(benchmark::State& state) {
  constexpr metrics::CounterDescriptor<1> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"guild_id"}};
  metrics::Registry registry({.max_series_per_metric = static_cast<std::size_t>(state.range(0))});
  const auto jobs = registry.Get(kJobs);
  std::vector<std::string> guilds;
  for (std::int64_t i = 0; i < state.range(0); ++i) guilds.push_back(Guild(i));
  for (const std::string& guild : guilds) jobs.Add(1, {guild});
  std::shuffle(guilds.begin(), guilds.end(), std::minstd_rand(1));
  std::size_t next = 0;
  for (auto _ : state) {
    jobs.Add(1, {guilds[next]});
    if (++next == guilds.size()) next = 0;
  }
}

void CounterAddGuildPrometheus(benchmark::State& state) {
  prometheus::Registry registry;
  auto& family = prometheus::BuildCounter().Name("jobs_total").Help("Jobs.").Register(registry);
  std::vector<std::string> guilds;
  for (std::int64_t i = 0; i < state.range(0); ++i) guilds.push_back(Guild(i));
  for (const std::string& guild : guilds) family.Add({{"guild_id", guild}}).Increment();
  std::shuffle(guilds.begin(), guilds.end(), std::minstd_rand(1));
  std::size_t next = 0;
  for (auto _ : state) {
    family.Add({{"guild_id", guilds[next]}}).Increment();
    if (++next == guilds.size()) next = 0;
  }
}

BENCHMARK(CounterAddGuildPrometheus)
    ->Name("BM_CounterAddGuild/prometheus_cpp")
    ->RangeMultiplier(10)
    ->Range(1, 1'000'000);
BENCHMARK(CounterAddGuildGuildscope)->Name("BM_CounterAddGuild/guildscope")->RangeMultiplier(10)->Range(1, 1'000'000);
BENCHMARK(CounterAddLabelsGuildscope)->Name("BM_CounterAddLabels/guildscope")->ThreadRange(1, 2);
BENCHMARK(AddSdk)->Name("BM_CounterAddLabels/opentelemetry_sdk")->ThreadRange(1, 2);
BENCHMARK(CounterAddLabelsPrometheus)->Name("BM_CounterAddLabels/prometheus_cpp")->ThreadRange(1, 2);
BENCHMARK(CounterAddLabelsFloor)->Name("BM_CounterAddLabels/floor")->ThreadRange(1, 2);

}  // namespace
}  // namespace guildscope::bench
