#include "guildscope/telemetry/telemetry.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "guildscope/base/uuid.hpp"
#include "guildscope/base/version.hpp"
#include "guildscope/config/schema.hpp"
#include "guildscope/config/telemetry_schema.hpp"
#include "guildscope/export/exporters.hpp"
#include "guildscope/export/resource.hpp"
#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/profiling/process_profiler.hpp"
#include "guildscope/profiling/readings.hpp"
#include "guildscope/profiling/system_metrics.hpp"
#include "guildscope/telemetry/console.hpp"
#include "guildscope/telemetry/endpoints.hpp"
#include "guildscope/telemetry/health_endpoints.hpp"
#include "guildscope/telemetry/logger_endpoints.hpp"
#include "guildscope/tracing/current_span.hpp"

namespace guildscope {
namespace {

constexpr int kServerShare = 4;  ///< The server gets at most a quarter of shutdown_timeout.

config::TelemetryOptions LoadOptions(const std::string& file, std::vector<std::string>& warnings) {
  config::TelemetryOptions options;
  config::Schema schema;
  config::AddTelemetryFields(schema, options);
  config::LoadWithOpenTelemetry(schema, options, file, config::ProcessEnvironment(), warnings);
  return options;
}

logging::LoggingOptions ToLoggingOptions(const config::TelemetryOptions& options) {
  const config::LoggingSettings& settings = options.logging;
  logging::LoggingOptions result;
  result.level = logging::ParseLevel(settings.level);
  for (const auto& [name, level] : settings.loggers) result.loggers.emplace(name, logging::ParseLevel(level));
  result.third_party_level = logging::ParseLevel(settings.third_party_level);
  result.otlp_only = settings.otlp_only;
  result.log_dir = settings.log_dir;
  result.log_file_count = settings.log_file_count;
  result.log_file_max_bytes = settings.log_file_max_bytes;
  result.queue_size = settings.queue_size;
  result.queue_bytes = settings.queue_bytes;
  for (const auto& [key, value] : {std::pair{"service.name", options.service_name},
                                   {"service.version", options.service_version},
                                   {"service.instance.id", options.resource_attributes.at("service.instance.id")},
                                   {"deployment.environment.name", options.deployment_environment}}) {
    if (!value.empty()) result.resource.emplace(key, value);
  }
  return result;
}

void TellMetrics(const tracing::SpanContext& current) noexcept {
  const metrics::SpanIdentity span{.trace_id = current.trace_id, .span_id = current.span_id};
  metrics::SetCurrentSpan(current.sampled ? &span : nullptr);
}

/// Lets histograms know the spans that they are recorded in, when they are to keep exemplars.
metrics::ExemplarFilter FollowSpans(config::ExemplarFilter filter) {
  if (filter == config::ExemplarFilter::kAlwaysOff) return metrics::ExemplarFilter::kAlwaysOff;
  tracing::FollowCurrentSpan(TellMetrics);
  return filter == config::ExemplarFilter::kAlwaysOn ? metrics::ExemplarFilter::kAlwaysOn
                                                     : metrics::ExemplarFilter::kTraceBased;
}

/// Log files and OTLP must name the same instance.
config::TelemetryOptions WithInstanceId(config::TelemetryOptions options) {
  options.resource_attributes.try_emplace("service.instance.id", NewUuid());
  return options;
}

}  // namespace

struct Telemetry::Impl {
  Impl(config::TelemetryOptions o, std::shared_ptr<Redactor> r, const Clock& c)
      : options(WithInstanceId(std::move(o))),
        clock(c),
        redactor(r ? std::move(r) : std::make_shared<Redactor>()),
        registry({.prefix = options.prefix,
                  .max_series_per_metric = options.cardinality.max_series_per_metric,
                  .max_series_overrides = options.cardinality.overrides,
                  .idle = options.cardinality.idle,
                  .exemplars = FollowSpans(options.metrics.exemplars),
                  .exponential_histograms =
                      options.metrics.histogram_aggregation == config::HistogramAggregation::kBase2Exponential},
                 clock),
        tracer("guildscope", Version()),
        logging(ToLoggingOptions(options), redactor, clock),
        health({.stale_after = options.loop_stale_after}, clock),
        readings(profiling::Sources::Real(), clock),
        system_metrics(registry, readings) {
    for (const std::string& secret : config::SecretValues(options)) redactor->AddSecret(secret);
    heartbeat = health::RegisterHeartbeatGauge(registry, health);
    lost_records = registry.Observe(metrics::catalogue::kLogRecordsLost, [this](metrics::Observer<0>& observer) {
      observer(static_cast<double>(logging.lost()));
    });
    dropped_records = registry.Observe(metrics::catalogue::kLogRecordsDropped, [this](metrics::Observer<1>& observer) {
      const logging::LevelCounts dropped = logging.dropped();
      for (std::size_t level = 0; level < dropped.size(); ++level) {
        observer(static_cast<double>(dropped[level]), {logging::ToString(static_cast<logging::Level>(level))});
      }
    });
    uptime = registry.Observe(metrics::catalogue::kProcessUptime,
                              [this, start = clock.SteadyNow()](metrics::Observer<0>& observer) {
                                observer(std::chrono::duration<double>(clock.SteadyNow() - start).count());
                              });
    registry.Get(metrics::catalogue::kBuildInfo)
        .Set(1, {options.service_version.empty() ? Version() : options.service_version, Commit(), Compiler()});
    if (options.process_metrics.enabled) {
      process_profiler.emplace(readings, logging.Get("process_metrics"), health, tracer,
                               options.process_metrics.interval);
    }
    if (options.health_server.enabled) StartServer();
    exporters.emplace(options, registry, logging, redactor, clock);
  }

  void StartServer() {
    http::ServerOptions server_options;
    server_options.address = options.health_server.address;
    server_options.port = options.health_server.port;
    server_options.stop_timeout = std::min(server_options.stop_timeout, options.shutdown_timeout / kServerShare);
    server = std::make_unique<http::Server>(server_options);
    ServeHealth(*server, health);
    if (options.prometheus_enabled) ServeMetrics(*server, registry);
    ServeLoggers(*server, logging, options.health_server.address,
                 options.health_server.allow_changes ? Changes::kAll : Changes::kLocal);
    ServeConsole(*server, registry, options);
    server->Start();
  }

  const config::TelemetryOptions options;
  const Clock& clock;
  std::shared_ptr<Redactor> redactor;
  metrics::Registry registry;
  tracing::Tracer tracer;
  logging::Logging logging;
  health::Health health;
  metrics::Subscription heartbeat;
  metrics::Subscription lost_records;
  metrics::Subscription dropped_records;
  metrics::Subscription uptime;
  profiling::Readings readings;
  profiling::SystemMetrics system_metrics;
  std::optional<profiling::ProcessProfilerLoop> process_profiler;
  std::unique_ptr<http::Server> server;
  std::optional<exporting::Exporters> exporters;
  std::once_flag shut_down;
  bool shut_down_whole = true;
};

Telemetry::Telemetry(const std::string& config_file) {
  std::vector<std::string> warnings;
  impl_ = std::make_unique<Impl>(LoadOptions(config_file, warnings), nullptr, RealClock());
  for (const std::string& warning : warnings) logger("telemetry").Warning("{}", warning);
}

Telemetry::Telemetry(config::TelemetryOptions options, std::shared_ptr<Redactor> redactor, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(redactor), clock)) {}

Telemetry::~Telemetry() { Shutdown(); }

metrics::Registry& Telemetry::metrics() noexcept { return impl_->registry; }
tracing::Tracer& Telemetry::tracer() noexcept { return impl_->tracer; }
logging::Logging& Telemetry::logging() noexcept { return impl_->logging; }
health::Health& Telemetry::health() noexcept { return impl_->health; }
Redactor& Telemetry::redactor() noexcept { return *impl_->redactor; }
const config::TelemetryOptions& Telemetry::options() const noexcept { return impl_->options; }
const Clock& Telemetry::clock() const noexcept { return impl_->clock; }

std::uint16_t Telemetry::port() const noexcept { return impl_->server ? impl_->server->port() : 0; }

bool Telemetry::Flush(std::chrono::milliseconds limit) {
  impl_->logging.Flush();
  return impl_->exporters->Flush(limit);
}

bool Telemetry::Shutdown() {
  std::call_once(impl_->shut_down, [this] {
    const auto start = std::chrono::steady_clock::now();
    impl_->health.SetClosed();
    impl_->process_profiler.reset();
    if (impl_->server) impl_->server->Stop();
    const auto left = impl_->options.shutdown_timeout - (std::chrono::steady_clock::now() - start);
    impl_->shut_down_whole =
        impl_->exporters->Shutdown(std::chrono::duration_cast<std::chrono::milliseconds>(std::max(left, left.zero())));
    impl_->logging.Flush();
  });
  return impl_->shut_down_whole;
}

}  // namespace guildscope
