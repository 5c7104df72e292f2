#include "guildscope/spool/spool.hpp"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "guildscope/export/metric_source.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/spool/format.hpp"

/// A request into the spool and out of it again, beside the least that either must do: one write(2) and one read(2) of
/// the same bytes. The bytes are those of an OTLP metrics request.
namespace guildscope::bench {
namespace {

std::string MakeRequest(std::int64_t points) {
  metrics::Registry registry;
  const auto family =
      registry.Get(metrics::CounterDescriptor<2>{"requests", "{request}", "Requests.", {"guild_id", "endpoint"}});
  for (std::int64_t i = 0; i < points; ++i) {
    family.Bind({std::to_string(1'000'000'000'000'000'000 + i * 4'194'304), "/channels/{channel.id}/messages"})
        .Add(static_cast<std::uint64_t>(i * 7'919 % 10'007));
  }
  exporting::MetricSource source(registry, opentelemetry::sdk::resource::Resource::GetDefault(), nullptr, {});
  return source.Collect().front().bytes;
}

/// A folder in the machine's own temporary folder, which goes with it.
struct Folder {
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "spool_bench_XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

constexpr std::uint64_t kKept = 64 * 1024 * 1024;

spool::Options OptionsIn(const Folder& folder, bool compress) {
  return {.directory = (folder.path / "spool").string(),
          .max_bytes = kKept,
          .fsync = spool::Fsync::kNever,
          .compress = compress};
}

void Append(benchmark::State& state, bool compress) {
  const std::string request = MakeRequest(state.range(0));
  const Folder folder;
  spool::Spool spool(OptionsIn(folder, compress), {"metrics"});
  for (auto _ : state) {
    if (spool.Put(0, {.items = 1, .bytes = request}) == 0) state.SkipWithError("the spool cannot be written");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request.size()));
  const auto compressed = spool::Compress(request);
  state.counters["stored"] =
      compress && compressed ? static_cast<double>(compressed->size()) / static_cast<double>(request.size()) : 1.0;
}

void BM_SpoolAppend_guildscope(benchmark::State& state) { Append(state, true); }
void BM_SpoolAppend_guildscope_plain(benchmark::State& state) { Append(state, false); }

/// The same limit: the file begins anew where the spool drops its oldest segment.
void BM_SpoolAppend_floor(benchmark::State& state) {
  const std::string request = MakeRequest(state.range(0));
  const Folder folder;
  const int file = open((folder.path / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  std::uint64_t written = 0;
  for (auto _ : state) {
    if (written + request.size() > kKept) {
      written = 0;
      if (ftruncate(file, 0) != 0) state.SkipWithError("the file cannot be cut");
    }
    if (pwrite(file, request.data(), request.size(), static_cast<off_t>(written)) < 0) {
      state.SkipWithError("the file cannot be written");
    }
    written += request.size();
  }
  close(file);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request.size()));
}

void Read(benchmark::State& state, bool compress) {
  const std::string request = MakeRequest(state.range(0));
  const Folder folder;
  spool::Spool spool(OptionsIn(folder, compress), {"metrics"});
  for (auto _ : state) {
    if (spool.empty(0)) {
      state.PauseTiming();
      for (int i = 0; i < 64; ++i) spool.Put(0, {.items = 1, .bytes = request});
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(spool.Front(0));
    spool.Settle(0);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request.size()));
}

void BM_SpoolRead_guildscope(benchmark::State& state) { Read(state, true); }
void BM_SpoolRead_guildscope_plain(benchmark::State& state) { Read(state, false); }

void BM_SpoolRead_floor(benchmark::State& state) {
  const std::string request = MakeRequest(state.range(0));
  const Folder folder;
  const int file = open((folder.path / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (pwrite(file, request.data(), request.size(), 0) < 0) state.SkipWithError("the file cannot be written");
  for (auto _ : state) {
    std::string bytes(request.size(), '\0');
    benchmark::DoNotOptimize(pread(file, bytes.data(), bytes.size(), 0));
  }
  close(file);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request.size()));
}

BENCHMARK(BM_SpoolAppend_guildscope)->Name("BM_SpoolAppend/guildscope")->Arg(1'000);
BENCHMARK(BM_SpoolAppend_guildscope_plain)->Name("BM_SpoolAppend/guildscope_plain")->Arg(1'000);
BENCHMARK(BM_SpoolAppend_floor)->Name("BM_SpoolAppend/floor")->Arg(1'000);
BENCHMARK(BM_SpoolRead_guildscope)->Name("BM_SpoolRead/guildscope")->Arg(1'000);
BENCHMARK(BM_SpoolRead_guildscope_plain)->Name("BM_SpoolRead/guildscope_plain")->Arg(1'000);
BENCHMARK(BM_SpoolRead_floor)->Name("BM_SpoolRead/floor")->Arg(1'000);

}  // namespace
}  // namespace guildscope::bench
