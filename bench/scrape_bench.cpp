#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <string>
#include <vector>

#include "guildscope/http/content_coding.hpp"
#include "guildscope/metrics/exposition.hpp"
#include "guildscope/metrics/protobuf_exposition.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/metrics/text_exposition.hpp"

/// `/metrics` of a counter with so many guilds: from the cells to the bytes. The SDK has no such exporter on Debian.
namespace guildscope::bench {
namespace {

using metrics::Format;

constexpr metrics::CounterDescriptor<1> kRequests{"{prefix}.requests", "{request}", "Requests.", {"guild_id"}};
constexpr metrics::HistogramDescriptor<1> kDurations{"{prefix}.duration", "s", "Durations.", {"guild_id"}};
constexpr std::uint64_t kFirstGuild = 1'000'000'000'000'000'000;

std::string Guild(std::int64_t i) { return std::to_string(kFirstGuild + static_cast<std::uint64_t>(i) * 4'194'304); }

void Report(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

metrics::RegistryOptions Unlimited(const benchmark::State& state) {
  return {.max_series_per_metric = static_cast<std::size_t>(state.range(0))};
}

void Fill(metrics::Registry& registry, std::int64_t series) {
  const auto family = registry.Get(kRequests);
  for (std::int64_t i = 0; i < series; ++i) family.Add(static_cast<std::uint64_t>(i), {Guild(i)});
}

template <Format kFormat, bool kGzip = false>
void Scrape(benchmark::State& state) {
  metrics::Registry registry(Unlimited(state));
  Fill(registry, state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    ByteChain text = metrics::Expose(registry, kFormat);
    if (kGzip) text = http::Gzip(text);
    bytes = text.size();
    benchmark::DoNotOptimize(bytes);
  }
  Report(state, bytes);
}

void ScrapeHistograms(benchmark::State& state) {
  metrics::Registry registry(Unlimited(state));
  for (std::int64_t i = 0; i < state.range(0); ++i) registry.Get(kDurations).Record(0.01, {Guild(i)});
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = metrics::Expose(registry, Format::kPrometheusText).size();
    benchmark::DoNotOptimize(bytes);
  }
  Report(state, bytes);
}

/// The series without a registry: what writing them alone costs.
class Source {
 public:
  explicit Source(std::int64_t series) {
    for (std::int64_t i = 0; i < series; ++i) guilds_.push_back(Guild(i));
  }
  void Tell(metrics::Collector& collector) const {
    collector.BeginMetric({.name = "disruptor.requests",
                           .unit = "{request}",
                           .help = "Requests.",
                           .kind = metrics::Kind::kCounter,
                           .label_names = labels_});
    metrics::SeriesView series;
    series.start = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
    for (const std::string& guild : guilds_) {
      series.packed_values = guild;
      ++series.integer;
      collector.AddSeries(series);
    }
  }

 private:
  const std::vector<std::string> labels_{"guild_id"};
  std::vector<std::string> guilds_;
};

template <typename Write>
void WriteSource(benchmark::State& state, Write write) {
  const Source source(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    ByteChain out;
    write(source, out);
    bytes = out.size();
    benchmark::DoNotOptimize(bytes);
  }
  Report(state, bytes);
}

template <metrics::TextFormat kFormat>
void WriteText(benchmark::State& state) {
  WriteSource(state, [](const Source& source, ByteChain& out) {
    metrics::TextExposition exposition(kFormat, out);
    source.Tell(exposition);
    exposition.Finish();
  });
}

void WriteGzip(benchmark::State& state) {
  WriteSource(state, [](const Source& source, ByteChain& out) {
    ByteChain text;
    metrics::TextExposition exposition(metrics::TextFormat::kPrometheus, text);
    source.Tell(exposition);
    exposition.Finish();
    out = http::Gzip(text);
  });
}

void WriteProtobuf(benchmark::State& state) {
  WriteSource(state, [](const Source& source, ByteChain& out) {
    metrics::ProtobufExposition exposition(out);
    source.Tell(exposition);
    exposition.Finish();
  });
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
  metrics::Registry registry(Unlimited(state));
  Fill(registry, state.range(0));
  const std::string known = metrics::Expose(registry, Format::kPrometheusText).ToString();
  for (auto _ : state) {
    ByteChain text;
    text.Append(known);
    benchmark::DoNotOptimize(text.size());
  }
  Report(state, known.size());
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
}

BENCHMARK(Scrape<Format::kPrometheusText>)->Name("BM_Scrape/guildscope")->Apply(Sizes);
BENCHMARK(ScrapePrometheus)->Name("BM_Scrape/prometheus_cpp")->Apply(Sizes);
BENCHMARK(ScrapeFloor)->Name("BM_Scrape/floor")->Apply(Sizes);
BENCHMARK(Scrape<Format::kPrometheusText, true>)->Name("BM_ScrapeGzip/guildscope")->Apply(Sizes);
BENCHMARK(Scrape<Format::kOpenMetrics>)->Name("BM_ScrapeOpenMetrics/guildscope")->Apply(Sizes);
BENCHMARK(Scrape<Format::kOpenMetrics, true>)->Name("BM_ScrapeOpenMetricsGzip/guildscope")->Apply(Sizes);
BENCHMARK(Scrape<Format::kProtobuf>)->Name("BM_ScrapeProtobuf/guildscope")->Apply(Sizes);
BENCHMARK(ScrapeHistograms)
    ->Name("BM_ScrapeHistograms/guildscope")
    ->Arg(1'000)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(WriteText<metrics::TextFormat::kPrometheus>)->Name("BM_ScrapeWriteText/guildscope")->Apply(Sizes);
BENCHMARK(WriteGzip)->Name("BM_ScrapeWriteGzip/guildscope")->Apply(Sizes);
BENCHMARK(WriteText<metrics::TextFormat::kOpenMetrics>)->Name("BM_ScrapeWriteOpenMetrics/guildscope")->Apply(Sizes);
BENCHMARK(WriteProtobuf)->Name("BM_ScrapeWriteProtobuf/guildscope")->Apply(Sizes);

}  // namespace
}  // namespace guildscope::bench
