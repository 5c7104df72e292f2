#include <benchmark/benchmark.h>

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "bench/peers.hpp"
#include "guildscope/export/metric_source.hpp"
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
  explicit GuildscopeMetrics(std::int64_t points, exporting::MetricSource::Options options = {})
      : source_(registry_, opentelemetry::sdk::resource::Resource::GetDefault(), nullptr, options) {
    for (std::int64_t metric = 0; metric < points / kPointsPerMetric; ++metric) {
      const std::string& name = names_.emplace_back(MetricName(metric));
      const auto family = registry_.Get(metrics::CounterDescriptor<1>{name, "{request}", "Requests.", {"guild_id"}});
      for (std::int64_t i = 0; i < kPointsPerMetric; ++i) counters_.push_back(family.Bind({Guild(i)}));
    }
    AddToEach();
  }
  /// Every request is delivered, so that deltas are what was added since the one before.
  std::vector<exporting::Request> Collect() {
    auto requests = source_.Collect();
    for (std::size_t i = 0; i < requests.size(); ++i) source_.Settle(i, true);
    return requests;
  }
  void AddToEach() {
    for (auto& counter : counters_) counter.Add(1);
  }

 private:
  std::deque<std::string> names_;
  metrics::Registry registry_;
  std::vector<metrics::Counter> counters_;
  exporting::MetricSource source_;
};

std::size_t Bytes(const std::vector<exporting::Request>& requests) {
  std::size_t bytes = 0;
  for (const auto& request : requests) bytes += request.bytes.size();
  return bytes;
}

/// The points without a registry: what encoding them alone costs.
void WritePoints(benchmark::State& state) {
  std::vector<std::string> guilds;
  for (std::int64_t i = 0; i < kPointsPerMetric; ++i) guilds.push_back(Guild(i));
  const std::vector<std::string> labels{"guild_id"};
  exporting::OtlpMetricWriter writer("", "", {}, {});
  const auto now = std::chrono::system_clock::now();
  std::size_t bytes = 0;
  for (auto _ : state) {
    for (std::int64_t metric = 0; metric < state.range(0) / kPointsPerMetric; ++metric) {
      writer.BeginMetric({.name = "requests",
                          .unit = "{request}",
                          .help = "Requests.",
                          .kind = metrics::Kind::kCounter,
                          .label_names = labels,
                          .time = now},
                         false);
      metrics::SeriesView series;
      series.start = now;
      for (const std::string& guild : guilds) {
        series.packed_values = guild;
        ++series.integer;
        writer.AddPoint(series);
      }
    }
    bytes = Bytes(writer.Finish());
    benchmark::DoNotOptimize(bytes);
  }
  Report(state, bytes);
}

void OtlpEncodeGuildscope(benchmark::State& state) {
  GuildscopeMetrics metrics(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = Bytes(metrics.Collect());
    benchmark::DoNotOptimize(bytes);
  }
  Report(state, bytes);
}

void OtlpEncodeDeltas(benchmark::State& state) {
  GuildscopeMetrics metrics(state.range(0), {.temporality = config::MetricTemporality::kDelta});
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = Bytes(metrics.Collect());
    benchmark::DoNotOptimize(bytes);
    state.PauseTiming();
    metrics.AddToEach();
    state.ResumeTiming();
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
  const std::vector<exporting::Request> known = GuildscopeMetrics(state.range(0)).Collect();
  for (auto _ : state) {
    const std::vector<exporting::Request> wire = known;
    benchmark::DoNotOptimize(wire.data());
  }
  Report(state, Bytes(known));
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
}

BENCHMARK(OtlpEncodeGuildscope)->Name("BM_OtlpEncode/guildscope")->Apply(Sizes);
BENCHMARK(OtlpEncodeSdk)->Name("BM_OtlpEncode/opentelemetry_sdk")->Apply(Sizes);
BENCHMARK(OtlpEncodeFloor)->Name("BM_OtlpEncode/floor")->Apply(Sizes);
BENCHMARK(OtlpEncodeDeltas)->Name("BM_OtlpEncodeDeltas/guildscope")->Apply(Sizes);
BENCHMARK(WritePoints)->Name("BM_OtlpEncodeWrite/guildscope")->Apply(Sizes);

}  // namespace
}  // namespace guildscope::bench
