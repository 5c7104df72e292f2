#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// What a user of the library can choose, as plain values: filled by config::TelemetrySchema from YAML, the environment
/// and OpenTelemetry's standard variables, or by hand. Durations are never negative.
namespace guildscope::config {

enum class OtlpProtocol { kGrpc, kHttpProtobuf };
enum class Exporter { kOtlp, kConsole, kNone };
/// Totals since the start, or what was added since the last export; see guildscope/export/temporality.hpp.
enum class MetricTemporality { kCumulative, kDelta, kLowMemory };
/// Of which values histograms keep exemplars; see guildscope/metrics/exemplar.hpp.
enum class ExemplarFilter { kTraceBased, kAlwaysOn, kAlwaysOff };

/// How one signal reaches its collector.
struct OtlpOptions {
  OtlpProtocol protocol = OtlpProtocol::kGrpc;
  /// gRPC: `http(s)://host:port` or `host:port`. HTTP: the whole URL, `/v1/traces` and the like included.
  std::string endpoint;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::chrono::milliseconds timeout{10'000};
  bool gzip = false;
  bool insecure = false;                     ///< gRPC without TLS when the endpoint has no scheme.
  std::string certificate_file = {};         ///< PEM of the authorities to trust; empty: the system's.
  std::string client_key_file = {};          ///< PEM; with client_certificate_file for mutual TLS.
  std::string client_certificate_file = {};  ///< PEM.
};

struct BatchOptions {
  std::size_t max_queue_size = 2048;
  std::size_t max_export_batch_size = 512;
  std::chrono::milliseconds schedule_delay{5'000};
  std::chrono::milliseconds export_timeout{30'000};
};

struct AttributeLimits {
  std::size_t value_length = SIZE_MAX;  ///< Characters; longer strings are cut.
  std::size_t count = 128;
};

struct SpanLimits {
  AttributeLimits attributes;
  std::size_t event_count = 128;
  std::size_t link_count = 128;
  std::size_t event_attribute_count = 128;
  std::size_t link_attribute_count = 128;
};

enum class Sampler {
  kAlwaysOn,
  kAlwaysOff,
  kTraceIdRatio,
  kParentBasedAlwaysOn,
  kParentBasedAlwaysOff,
  kParentBasedTraceIdRatio
};

struct TracesOptions {
  Exporter exporter = Exporter::kOtlp;
  OtlpOptions otlp{.protocol = OtlpProtocol::kHttpProtobuf, .endpoint = "http://localhost:4318/v1/traces"};
  BatchOptions batch;
  SpanLimits limits;
  Sampler sampler = Sampler::kParentBasedAlwaysOn;
  double sampler_ratio = 1.0;  ///< 0 to 1.
  /// Names, with `*` for any text, of spans that are not sent when they went well.
  std::vector<std::string> drop_successful;
};

struct MetricsOptions {
  Exporter exporter = Exporter::kOtlp;
  OtlpOptions otlp{.endpoint = "http://localhost:4317"};
  std::chrono::milliseconds export_interval{60'000};
  std::chrono::milliseconds export_timeout{30'000};
  MetricTemporality temporality = MetricTemporality::kCumulative;
  ExemplarFilter exemplars = ExemplarFilter::kTraceBased;
  /// Points of one request; a collection with more is sent in several.
  std::size_t max_export_batch_size = 8'192;
};

struct LogsOptions {
  Exporter exporter = Exporter::kOtlp;
  OtlpOptions otlp{.endpoint = "http://localhost:4317"};
  BatchOptions batch{.schedule_delay = std::chrono::milliseconds{1'000}};
  AttributeLimits limits;
};

struct HealthServerOptions {
  bool enabled = true;
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;   ///< 0: the kernel chooses.
  bool allow_changes = false;  ///< Of log levels, also when the address is no loopback address.
};

struct CardinalityOptions {
  std::size_t max_series_per_metric = 20'000;
  std::map<std::string, std::size_t> overrides;  ///< By metric name.
  std::chrono::seconds idle{0};                  ///< 0: series are kept.
};

struct ProcessMetricsOptions {
  bool enabled = false;  ///< The log records; the metrics are there always.
  std::chrono::seconds interval{15};
};

struct LoggingSettings {
  std::string level = "INFO";
  std::map<std::string, std::string> loggers;
  std::string third_party_level = "WARNING";
  bool otlp_only = false;
  std::string log_dir;
  std::size_t log_file_count = 5;
  std::size_t log_file_max_bytes = 10 * 1024 * 1024;
  std::size_t queue_size = 8'192;
  std::size_t queue_bytes = 2 * 1024 * 1024;
};

struct TelemetryOptions {
  /// OTEL_SDK_DISABLED: nothing is exported; `/metrics`, `/health` and local logs go on.
  bool sdk_disabled = false;

  std::string service_name = "disruptor";
  std::string service_version;
  std::string deployment_environment;
  /// More resource attributes; these win over what is detected.
  std::map<std::string, std::string> resource_attributes;
  std::vector<std::string> propagators{"tracecontext", "baggage"};

  std::string prefix = "disruptor";  ///< monitoring.prefix
  bool otlp_enabled = false;         ///< monitoring.otlp.enabled; any OTEL_EXPORTER_OTLP_*ENDPOINT turns it on too.
  TracesOptions traces;
  MetricsOptions metrics;
  LogsOptions logs;
  bool prometheus_enabled = true;
  HealthServerOptions health_server;
  std::chrono::seconds loop_stale_after{300};
  CardinalityOptions cardinality;
  ProcessMetricsOptions process_metrics;
  LoggingSettings logging;
  std::chrono::milliseconds shutdown_timeout{5'000};
};

}  // namespace guildscope::config
