#include <benchmark/benchmark.h>

#include <deque>
#include <string>
#include <vector>

#include "bench/peers.hpp"
#include "guildscope/metrics/registry.hpp"
#include "opentelemetry/exporters/otlp/otlp_metric_utils.h"
// clang-format off
#include "opentelemetry/exporters/otlp/protobuf_include_prefix.h"
#include "opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h"
#include "opentelemetry/exporters/otlp/protobuf_include_suffix.h"
// clang-format on

/// The bytes of an OTLP metrics request of so many points: from the cells to the wire. A thousand points a metric,
/// because the SDK folds what goes past two thousand.
namespace guildscope::bench {
namespace {

using opentelemetry::exporter::otlp::OtlpMetricUtils;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;

constexpr std::int64_t kPointsPerMetric = 1'000;

std::string MetricName(std::int64_t i) { return "requests_" + std::to_string(i); }
std::string Guild(std::int64_t i) { return std::to_string(1'000'000'000'000'000'000 + i * 4'194'304); }

std::string Encode(const opentelemetry::sdk::metrics::ResourceMetrics& metrics) {
  ExportMetricsServiceRequest request;
  OtlpMetricUtils::PopulateRequest(metrics, &request);
  return request.SerializeAsString();
}

void Report(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

class GuildscopeMetrics {
 public:
  explicit GuildscopeMetrics(std::int64_t points) {
    for (std::int64_t metric = 0; metric < points / kPointsPerMetric; ++metric) {
      const std::string& name = names_.emplace_back(MetricName(metric));
      const auto family = registry_.Get(metrics::CounterDescriptor<1>{name, "{request}", "Requests.", {"guild_id"}});
      for (std::int64_t i = 0; i < kPointsPerMetric; ++i) family.Add(1, {Guild(i)});
    }
  }
  auto Produce() { return producer_.Produce(); }

 private:
  std::deque<std::string> names_;
  metrics::Registry registry_;
  exporting::RegistryMetricProducer producer_{registry_};
};

void OtlpEncodeGuildscope(benchmark::State& state) {
  GuildscopeMetrics metrics(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto produced = metrics.Produce();
    const std::string wire = Encode(produced.points_);
    bytes = wire.size();
    benchmark::DoNotOptimize(wire.data());
  }
  Report(state, bytes);
}

void OtlpEncodeSdk(benchmark::State& state) {
  SdkMeter meter;
  std::vector<opentelemetry::nostd::unique_ptr<opentelemetry::metrics::Counter<std::uint64_t>>> counters;
  for (std::int64_t metric = 0; metric < state.range(0) / kPointsPerMetric; ++metric) {
    auto& counter = counters.emplace_back(meter->CreateUInt64Counter(MetricName(metric), "Requests.", "{request}"));
    for (std::int64_t i = 0; i < kPointsPerMetric; ++i) {
      const std::string guild = Guild(i);
      counter->Add(1, {{"guild_id", guild}});
    }
  }
  std::size_t bytes = 0;
  for (auto _ : state) {
    std::string wire;
    meter.reader().Collect([&](opentelemetry::sdk::metrics::ResourceMetrics& collected) {
      wire = Encode(collected);
      return true;
    });
    bytes = wire.size();
    benchmark::DoNotOptimize(wire.data());
  }
  Report(state, bytes);
}

// Writing the bytes, when all that stands in them is known.
void OtlpEncodeFloor(benchmark::State& state) {
  const std::string known = Encode(GuildscopeMetrics(state.range(0)).Produce().points_);
  for (auto _ : state) {
    const std::string wire = known;
    benchmark::DoNotOptimize(wire.data());
  }
  Report(state, known.size());
}

BENCHMARK(OtlpEncodeGuildscope)
    ->Name("BM_OtlpEncode/guildscope")
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(OtlpEncodeSdk)
    ->Name("BM_OtlpEncode/opentelemetry_sdk")
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(OtlpEncodeFloor)->Name("BM_OtlpEncode/floor")->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace guildscope::bench
