#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <functional>
#include <string>

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
  for (auto _ : state) counter.Add();
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

BENCHMARK(CounterAddGuildscope)->Name("BM_CounterAdd/guildscope")->ThreadRange(1, 2);
BENCHMARK(AddSdk)->Name("BM_CounterAdd/opentelemetry_sdk")->ThreadRange(1, 2);
BENCHMARK(CounterAddPrometheus)->Name("BM_CounterAdd/prometheus_cpp")->ThreadRange(1, 2);
BENCHMARK(CounterAddFloor)->Name("BM_CounterAdd/floor")->ThreadRange(1, 2);

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

BENCHMARK(CounterAddLabelsGuildscope)->Name("BM_CounterAddLabels/guildscope")->ThreadRange(1, 2);
BENCHMARK(AddSdk)->Name("BM_CounterAddLabels/opentelemetry_sdk")->ThreadRange(1, 2);
BENCHMARK(CounterAddLabelsPrometheus)->Name("BM_CounterAddLabels/prometheus_cpp")->ThreadRange(1, 2);
BENCHMARK(CounterAddLabelsFloor)->Name("BM_CounterAddLabels/floor")->ThreadRange(1, 2);

}  // namespace
}  // namespace guildscope::bench
