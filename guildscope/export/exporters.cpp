#include "guildscope/export/exporters.hpp"

#include <opentelemetry/context/propagation/global_propagator.h>

#include <algorithm>
#include <array>
#include <exception>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/export/flight.hpp"
#include "guildscope/export/metric_pipeline.hpp"
#include "guildscope/export/metric_source.hpp"
#include "guildscope/export/providers.hpp"
#include "guildscope/export/pull_metric_reader.hpp"
#include "guildscope/export/resource.hpp"
#include "guildscope/export/road.hpp"
#include "guildscope/export/sdk_log_handler.hpp"
#include "guildscope/export/sdk_parts.hpp"
#include "guildscope/export/self_metrics.hpp"
#include "guildscope/export/span_sink.hpp"
#include "guildscope/export/transports.hpp"
#include "guildscope/export/wire_encoder.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kDestructorLimit{1'000};

/// `queue_full 3, shutdown 12`.
std::string LossesOf(const Account& account) {
  std::string text;
  for (const Loss why : kLosses) {
    if (account.lost(why) == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::string(ToString(why)) + ' ' + std::to_string(account.lost(why));
  }
  return text;
}

}  // namespace

struct Exporters::Impl {
  Impl(const config::TelemetryOptions& o, metrics::Registry& r, logging::Logging& l,
       std::shared_ptr<const Redactor> secrets, const Clock& c)
      : options(o),
        registry(r),
        logging(l),
        redactor(std::move(secrets)),
        clock(c),
        logger(l.Get(logging::kExporterLogger)),
        resource(MakeResource(o, *redactor)) {}

  void Start();
  void StartTraces();
  void StartLogs();
  void StartMetrics();
  /// What a start throws is one line, and that signal is not exported.
  void Guarded(const Road& road, void (Impl::*start)()) noexcept;
  void StartFlight();
  /// What processes left that crashed goes the way of today's.
  void Recover();
  [[nodiscard]] std::shared_ptr<BatchPipeline> StartBatches(Road& road, const char* thread_name, const char* processor,
                                                            const config::BatchOptions& batch,
                                                            std::unique_ptr<Encoder> encoder);
  void StartSpool();
  void Show(const Road& road, const Component& processor, std::optional<QueueView> queue);
  [[nodiscard]] config::Exporter Wanted(config::Exporter exporter) const noexcept {
    return exporter == config::Exporter::kOtlp && !options.otlp_enabled ? config::Exporter::kNone : exporter;
  }
  [[nodiscard]] std::array<Road*, 3> Roads() noexcept { return {&trace_road, &log_road, &metric_road}; }
  bool Shutdown(milliseconds limit);

  const config::TelemetryOptions& options;
  metrics::Registry& registry;
  logging::Logging& logging;
  const std::shared_ptr<const Redactor> redactor;
  const Clock& clock;
  const logging::Logger logger;
  const otel::sdk::resource::Resource resource;

  Road trace_road{Signal::kTraces, Wanted(options.traces.exporter), options.traces.otlp,
                  options.traces.batch.export_timeout};
  Road log_road{Signal::kLogs, Wanted(options.logs.exporter), options.logs.otlp, options.logs.batch.export_timeout};
  Road metric_road{Signal::kMetrics, Wanted(options.metrics.exporter), options.metrics.otlp,
                   options.metrics.export_timeout};
  RoadMaker maker{options, registry, logger, clock};
  std::unique_ptr<Flight> flight;  ///< May be null.
  Providers providers;
  std::shared_ptr<BatchPipeline> traces;
  std::shared_ptr<BatchPipeline> logs;
  std::unique_ptr<MetricPipeline> points;

  std::once_flag shut_down;
  bool shut_down_whole = true;
  std::vector<metrics::Subscription> subscriptions;
};

void Exporters::Impl::Start() {
  SendSdkLogsTo(logging.GetThirdParty(logging::kOpenTelemetryLogger));
  otel::context::propagation::GlobalTextMapPropagator::SetGlobalPropagator(
      otel::nostd::shared_ptr<otel::context::propagation::TextMapPropagator>(
          MakePropagator(options.propagators).release()));
  if (options.sdk_disabled) return;
  StartSpool();
  StartFlight();
  Guarded(trace_road, &Impl::StartTraces);
  Guarded(log_road, &Impl::StartLogs);
  Guarded(metric_road, &Impl::StartMetrics);
  if (!traces) providers.InstallTracerThatRecordsNothing();
  if (logs) logging.EnableOtlp();
  if (flight) Recover();
}

void Exporters::Impl::StartFlight() {
  if (options.flight_recorder.directory.empty()) return;
  if (trace_road.exporter == config::Exporter::kNone && log_road.exporter == config::Exporter::kNone) {
    logger.Warning("the flight recorder is off: neither traces nor logs are exported");
    return;
  }
  flight = Flight::Start(options, ToProto(resource), redactor, registry, logger);
}

void Exporters::Impl::Recover() {
  if (!traces && !logs) return;
  flight->Recover(traces ? maker.MakePlain(trace_road) : nullptr, logs ? maker.MakePlain(log_road) : nullptr);
}

void Exporters::Impl::Guarded(const Road& road, void (Impl::*start)()) noexcept {
  if (road.exporter == config::Exporter::kNone) return;
  try {
    (this->*start)();
  } catch (const std::exception& exception) {
    logger.Error("{} are not exported: {}", ToString(road.signal), exception.what());
  }
}

void Exporters::Impl::StartSpool() {
  const auto roads = Roads();
  const bool used = std::any_of(roads.begin(), roads.end(),
                                [](const Road* road) { return road->exporter == config::Exporter::kOtlp; });
  if (used) subscriptions = maker.StartSpool({trace_road.account, metric_road.account, log_road.account});
}

void Exporters::Impl::Show(const Road& road, const Component& processor, std::optional<QueueView> queue) {
  const Component exporter(ExporterType(road.signal, road.exporter, road.otlp.protocol));
  auto shown = ShowAccount(registry, road.signal, road.account, exporter, processor, std::move(queue));
  std::move(shown.begin(), shown.end(), std::back_inserter(subscriptions));
}

std::shared_ptr<BatchPipeline> Exporters::Impl::StartBatches(Road& road, const char* thread_name, const char* processor,
                                                             const config::BatchOptions& batch,
                                                             std::unique_ptr<Encoder> encoder) {
  BatchPipeline::Parts parts;
  parts.thread_name = thread_name;
  parts.batch = batch;
  parts.encoder = std::move(encoder);
  parts.delivery = maker.Make(road, parts.on_verdict);
  if (flight) parts.encoder = flight->Follow(road.signal, std::move(parts.encoder), parts.on_verdict);
  parts.account = road.account;
  auto pipeline = std::make_shared<BatchPipeline>(std::move(parts));
  Show(road, Component(processor),
       QueueView{[pipeline] { return pipeline->queue_size(); }, pipeline->queue_capacity()});
  return pipeline;
}

void Exporters::Impl::StartTraces() {
  traces = StartBatches(trace_road, "gs-traces", "batching_span_processor", options.traces.batch,
                        std::make_unique<WireEncoder>(WireMessage::kSpan, ToProto(resource), redactor));
  auto sink = std::make_shared<SpanSink>(options.traces.limits,
                                         SpanSampler(options.traces.sampler, options.traces.sampler_ratio), redactor);
  sink->pipeline = traces;
  if (!options.traces.drop_successful.empty()) {
    sink->filter = std::make_shared<const SpanFilter>(options.traces.drop_successful);
    subscriptions.push_back(ShowFilter(registry, sink->filter, Component("batching_span_processor")));
  }
  if (flight) sink->listener = flight->span_listener();
  providers.InstallTracer(std::move(sink));
}

void Exporters::Impl::StartLogs() {
  logs = StartBatches(log_road, "gs-logs", "batching_log_processor", options.logs.batch,
                      std::make_unique<WireEncoder>(WireMessage::kLogRecord, ToProto(resource), redactor));
  auto sink = std::make_shared<LogSink>(options.logs.limits, redactor, logs, flight ? flight->log_listener() : nullptr);
  subscriptions.push_back(
      registry.Observe(metrics::catalogue::kLogRecordsDroppedByQueue, [sink](metrics::Observer<1>& observe) {
        const logging::LevelCounts dropped = sink->dropped();
        for (std::size_t level = 0; level < dropped.size(); ++level) {
          observe(static_cast<double>(dropped[level]), {logging::ToString(static_cast<logging::Level>(level))});
        }
      }));
  providers.InstallLogger(std::move(sink), clock);
}

void Exporters::Impl::StartMetrics() {
  auto reader = std::make_shared<PullMetricReader>(options.metrics.temporality);
  MetricPipeline::Parts parts;
  parts.interval = options.metrics.export_interval;
  parts.delivery = maker.Make(metric_road, parts.on_verdict);
  parts.account = metric_road.account;
  auto source =
      std::make_shared<MetricSource>(registry, resource, reader,
                                     MetricSource::Options{.temporality = options.metrics.temporality,
                                                           .limits = {.points = options.metrics.max_export_batch_size}},
                                     clock);
  parts.collect = [source] { return source->Collect(); };
  parts.settle = [source](std::size_t request, bool delivered) { source->Settle(request, delivered); };
  const Component collector("periodic_metric_reader");
  parts.on_collect = [durations = std::make_shared<DurationRecorder>(registry, collector), source](
                         auto took, std::string_view error_type) {
    durations->RecordCollection(took, error_type.empty() ? source->error_type() : error_type);
  };
  providers.InstallMeter(std::move(reader), resource);
  points = std::make_unique<MetricPipeline>(std::move(parts));
  Show(metric_road, collector, std::nullopt);
}

// Three fifths of the time are for traces and logs, at once; what is left is for the metrics, which tell how that went.
// A part of each is kept back, because a transport that must be cancelled takes a moment to notice.
bool Exporters::Impl::Shutdown(milliseconds limit) {
  const auto start = SteadyClock::now();
  logging.DisableOtlp();
  if (flight) flight->StopRecovery(limit / 10);
  for (const auto& pipeline : {traces, logs}) {
    if (pipeline) pipeline->BeginShutdown(start + limit * 6 / 10);
  }
  std::uint64_t lost_before = 0;
  for (const Road* road : Roads()) lost_before += road->account->lost();
  bool whole = true;
  for (const auto& pipeline : {traces, logs}) {
    if (pipeline) whole = pipeline->FinishShutdown(limit / 10) && whole;
  }
  for (const Road* road : {&trace_road, &log_road}) {
    if (road->spooled != nullptr) road->spooled->Finish(limit / 20);
  }
  if (points) {
    points->BeginShutdown(start + limit * 9 / 10);
    whole = points->FinishShutdown(limit / 10) && whole;
    if (metric_road.spooled != nullptr) metric_road.spooled->Finish(limit / 20);
  }
  if (maker.has_spool()) {
    // What was sent from there may have been refused after its pipeline ended.
    std::uint64_t lost = 0;
    for (const Road* road : Roads()) lost += road->account->lost();
    whole = whole && lost == lost_before;
  }
  providers.Uninstall();
  if (flight) flight->EndCleanly();
  for (const Road* road : Roads()) {
    if (road->durations) road->durations->Detach();
    if (road->account->spooled() > 0) {
      logger.Info("{}: {} {} are kept in {}, and sent by the next run", ToString(road->signal),
                  road->account->spooled(), ItemName(road->signal), options.spool.directory);
    }
    if (road->account->lost() == 0) continue;
    logger.Error("{}: {} {} did not reach {} in this run: {}", ToString(road->signal), road->account->lost(),
                 ItemName(road->signal), road->destination, LossesOf(*road->account));
  }
  return whole;
}

Exporters::Exporters(const config::TelemetryOptions& options, metrics::Registry& registry, logging::Logging& logging,
                     std::shared_ptr<const Redactor> redactor, const Clock& clock)
    : impl_(std::make_unique<Impl>(options, registry, logging, std::move(redactor), clock)) {
  impl_->Start();
}

Exporters::~Exporters() { Shutdown(kDestructorLimit); }

bool Exporters::Flush(milliseconds limit) {
  const auto deadline = SteadyClock::now() + limit;
  const auto remaining = [deadline] {
    const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
    return std::max(left, milliseconds(0));
  };
  bool whole = true;
  for (const auto& pipeline : {impl_->traces, impl_->logs}) {
    if (pipeline) whole = pipeline->Flush(remaining()) && whole;
  }
  if (impl_->points) whole = impl_->points->Flush(remaining()) && whole;
  for (const Road* road : impl_->Roads()) {
    if (road->spooled != nullptr) whole = road->spooled->WaitUntilSent(remaining()) && whole;
  }
  return whole;
}

bool Exporters::Shutdown(milliseconds limit) {
  std::call_once(impl_->shut_down, [&] { impl_->shut_down_whole = impl_->Shutdown(limit); });
  return impl_->shut_down_whole;
}

const Account& Exporters::account(Signal signal) const noexcept {
  switch (signal) {
    case Signal::kTraces:
      return *impl_->trace_road.account;
    case Signal::kLogs:
      return *impl_->log_road.account;
    case Signal::kMetrics:
      break;
  }
  return *impl_->metric_road.account;
}

}  // namespace guildscope::exporting
