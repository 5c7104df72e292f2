#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <opentelemetry/exporters/otlp/otlp_log_recordable.h>
#include <opentelemetry/logs/logger.h>
#include <opentelemetry/logs/provider.h>
#include <opentelemetry/sdk/logs/batch_log_record_processor_factory.h>
#include <opentelemetry/sdk/logs/batch_log_record_processor_options.h>
#include <opentelemetry/sdk/logs/exporter.h>
#include <opentelemetry/sdk/logs/logger_provider.h>
#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/scope.h>
#include <spdlog/async.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "bench/export_peers.hpp"
#include "guildscope/base/fast_clock.hpp"
#include "guildscope/export/log_provider.hpp"
#include "guildscope/logging/logging.hpp"
#include "guildscope/tracing/current_span.hpp"

/// A log record through OpenTelemetry's API (severity, a body of 40 characters, three attributes, inside an active
/// span), handed to the exporter's queue; and one of our own Logger, to a file. What the exporting or writing thread
/// does is not measured: it is given the time to empty its queue between the records that are, so that none is dropped
/// because a queue was full, which would be cheaper. `dropped` counts them, and is 0.
namespace guildscope::bench {
namespace {

namespace otel = opentelemetry;

constexpr int kBetweenPauses = 1'000;  // a thread; two threads' together fit into INFO's part of the queue

class Guildscope {
 public:
  Guildscope() {
    const auto redactor = BotRedactor();
    pipeline_ = MakePipeline(exporting::WireMessage::kLogRecord, redactor, account_);
    provider_ = otel::nostd::shared_ptr<otel::logs::LoggerProvider>(new exporting::LogProvider(exporting::LentLogSink(
        std::make_shared<const exporting::LogSink>(config::AttributeLimits{}, redactor, pipeline_))));
  }

  otel::nostd::shared_ptr<otel::logs::LoggerProvider> provider() { return provider_; }
  void Drain() { pipeline_->Flush(std::chrono::seconds(60)); }
  [[nodiscard]] std::uint64_t dropped() const { return account_->lost(); }

 private:
  std::shared_ptr<exporting::Account> account_ = std::make_shared<exporting::Account>();
  std::shared_ptr<exporting::BatchPipeline> pipeline_;
  otel::nostd::shared_ptr<otel::logs::LoggerProvider> provider_;
};

/// The SDK's batch processor and its OTLP records.
class Sdk {
 public:
  Sdk() {
    provider_ = otel::nostd::shared_ptr<otel::logs::LoggerProvider>(
        new otel::sdk::logs::LoggerProvider(otel::sdk::logs::BatchLogRecordProcessorFactory::Create(
            std::make_unique<DropsRecords>(exported_),
            SdkBatchOptions<otel::sdk::logs::BatchLogRecordProcessorOptions>())));
  }

  otel::nostd::shared_ptr<otel::logs::LoggerProvider> provider() { return provider_; }
  // Its ForceFlush spins while it waits; it begins to export by itself when a batch is full, and a pause's last records
  // wait for the next one.
  void Drain() {
    std::uint64_t before = exported_->load();
    do {
      before = exported_->load();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    } while (exported_->load() != before);
  }
  void Flush() { static_cast<otel::sdk::logs::LoggerProvider&>(*provider_).ForceFlush(); }
  [[nodiscard]] std::uint64_t delivered() const { return exported_->load(); }

 private:
  using DropsRecords =
      Drops<otel::sdk::logs::LogRecordExporter, otel::sdk::logs::Recordable, otel::exporter::otlp::OtlpLogRecordable>;

  std::shared_ptr<std::atomic<std::uint64_t>> exported_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  otel::nostd::shared_ptr<otel::logs::LoggerProvider> provider_;
};

/// An active span, as in a command's handler. Both sides ask OpenTelemetry which one that is.
otel::trace::Scope ActiveSpan() {
  tracing::FollowCurrentSpan([](const tracing::SpanContext&) noexcept {});  // as Telemetry does
  const std::uint8_t trace_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const std::uint8_t span_id[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  return otel::trace::Scope(otel::nostd::shared_ptr<otel::trace::Span>(new otel::trace::DefaultSpan(
      otel::trace::SpanContext(otel::trace::TraceId(trace_id), otel::trace::SpanId(span_id),
                               otel::trace::TraceFlags(otel::trace::TraceFlags::kIsSampled), false))));
}

void OneRecord(otel::logs::Logger& logger) {
  auto record = logger.CreateLogRecord();
  record->SetSeverity(otel::logs::Severity::kInfo);
  record->SetBody("a member joined the channel of the guild");
  record->SetAttribute("guild_id", "1000000000004194304");
  record->SetAttribute("shard", std::int64_t{3});
  record->SetAttribute("command", "disrupt");
  logger.EmitLogRecord(std::move(record));
}

template <typename Work, typename Drain>
void Measure(benchmark::State& state, Work&& work, Drain&& drain) {
  drain();  // what is left of the run before
  int until_pause = kBetweenPauses;
  for (auto _ : state) {
    work();
    if (--until_pause > 0) continue;
    state.PauseTiming();
    drain();
    until_pause = kBetweenPauses;
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations());
}

void LogRecordGuildscope(benchmark::State& state) {
  static Guildscope guildscope;
  const auto logger = guildscope.provider()->GetLogger("bench", "bench");
  const auto active = ActiveSpan();
  const std::uint64_t dropped = guildscope.dropped();
  Measure(state, [&] { OneRecord(*logger); }, [&] { guildscope.Drain(); });
  state.counters["dropped"] = static_cast<double>(guildscope.dropped() - dropped);
}

void LogRecordSdk(benchmark::State& state) {
  static Sdk sdk;
  const auto logger = sdk.provider()->GetLogger("bench", "bench");
  const auto active = ActiveSpan();
  const std::uint64_t before = sdk.delivered();
  Measure(state, [&] { OneRecord(*logger); }, [&] { sdk.Drain(); });
  if (state.threads() == 1) {
    sdk.Flush();
    state.counters["dropped"] = static_cast<double>(state.iterations()) - static_cast<double>(sdk.delivered() - before);
  }
}

/// What no record does without: the time, and its bytes, written into memory of its own.
void LogRecordFloor(benchmark::State& state) {
  constexpr std::size_t kRecordBytes = 205;
  const std::string encoded(kRecordBytes, 'x');
  std::string to(kRecordBytes, '\0');
  for (auto _ : state) {
    auto now = FastClock().Now();
    std::memcpy(to.data(), encoded.data(), kRecordBytes);
    benchmark::DoNotOptimize(now);
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

/// A whole line of our own Logger: formatted, with where it was written, the thread and the span; to a file, and, with
/// OTLP, to the exporter's queue too.
class OwnLogging {
 public:
  explicit OwnLogging(bool otlp)
      : folder_(std::filesystem::temp_directory_path() /
                ("guildscope_log_bench_" + std::to_string(getpid()) + (otlp ? "_otlp" : ""))) {
    logging::LoggingOptions options;
    options.log_dir = folder_.string();
    options.log_file_count = 2;
    logging_.emplace(std::move(options), BotRedactor());
    if (!otlp) return;
    otel::logs::Provider::SetLoggerProvider(exporter_.emplace().provider());
    logging_->EnableOtlp();
  }
  ~OwnLogging() {
    logging_.reset();
    std::filesystem::remove_all(folder_);
  }
  OwnLogging(const OwnLogging&) = delete;
  OwnLogging& operator=(const OwnLogging&) = delete;

  logging::Logger logger() { return logging_->Get("bench"); }
  void Drain() {
    logging_->Flush(std::chrono::seconds(60));
    if (exporter_) exporter_->Drain();
  }
  [[nodiscard]] std::uint64_t dropped() const { return logging_->lost() + (exporter_ ? exporter_->dropped() : 0); }

 private:
  const std::filesystem::path folder_;
  std::optional<Guildscope> exporter_;
  std::optional<logging::Logging> logging_;
};

/// Lines go to the console too: to /dev/null while they are measured.
int console = -1;
void HideConsole(const benchmark::State&) {
  console = dup(STDERR_FILENO);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(null, STDERR_FILENO);
  close(null);
}
void ShowConsole(const benchmark::State&) {
  dup2(console, STDERR_FILENO);
  close(console);
}

void LogLine(benchmark::State& state, OwnLogging& own) {
  const logging::Logger logger = own.logger();
  const auto active = ActiveSpan();
  const std::uint64_t dropped = own.dropped();
  std::uint64_t guild = 1'000'000'000'004'194'304;
  Measure(state, [&] { logger.Info("a member joined the channel of guild {}", ++guild); }, [&] { own.Drain(); });
  state.counters["dropped"] = static_cast<double>(own.dropped() - dropped);
}

void LogGuildscope(benchmark::State& state) {
  static OwnLogging own(false);
  LogLine(state, own);
}

void LogOtlpGuildscope(benchmark::State& state) {
  static OwnLogging own(true);
  LogLine(state, own);
}

void LogSpdlog(benchmark::State& state) {
  static auto pool = std::make_shared<spdlog::details::thread_pool>(8'192, 1);
  static auto logger = std::make_shared<spdlog::async_logger>("bench", std::make_shared<spdlog::sinks::null_sink_mt>(),
                                                              pool, spdlog::async_overflow_policy::overrun_oldest);
  const std::size_t dropped = pool->overrun_counter();
  std::uint64_t guild = 1'000'000'000'004'194'304;
  Measure(
      state, [&] { logger->info("a member joined the channel of guild {}", ++guild); },
      [&] {
        while (pool->queue_size() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      });
  state.counters["dropped"] = static_cast<double>(pool->overrun_counter() - dropped);
}

void LogBelowLevel(benchmark::State& state) {
  static logging::Logging logging({}, BotRedactor());
  const logging::Logger logger = logging.Get("bench");
  std::uint64_t guild = 0;
  for (auto _ : state) {
    logger.Debug("a member joined the channel of guild {}", ++guild);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

void Threads(benchmark::internal::Benchmark* benchmark) { benchmark->Threads(1)->Threads(2); }

BENCHMARK(LogRecordGuildscope)->Name("BM_LogRecord/guildscope")->Apply(Threads);
BENCHMARK(LogRecordSdk)->Name("BM_LogRecord/opentelemetry_sdk")->Apply(Threads);
BENCHMARK(LogRecordFloor)->Name("BM_LogRecord/floor")->Apply(Threads);
BENCHMARK(LogGuildscope)->Name("BM_Log/guildscope")->Apply(Threads)->Setup(HideConsole)->Teardown(ShowConsole);
BENCHMARK(LogSpdlog)->Name("BM_Log/spdlog")->Apply(Threads);
BENCHMARK(LogOtlpGuildscope)->Name("BM_LogOtlp/guildscope")->Apply(Threads)->Setup(HideConsole)->Teardown(ShowConsole);
BENCHMARK(LogBelowLevel)->Name("BM_LogBelowLevel/guildscope")->Apply(Threads);

}  // namespace
}  // namespace guildscope::bench
