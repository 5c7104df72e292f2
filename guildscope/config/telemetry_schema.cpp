#include "guildscope/config/telemetry_schema.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "guildscope/config/otlp_endpoint.hpp"
#include "guildscope/config/otlp_schema.hpp"
#include "guildscope/config/values.hpp"

namespace guildscope::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<std::string> kLevels{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "OFF"};
constexpr const char* kLevelForm = "a level: DEBUG, INFO, WARNING, ERROR, CRITICAL or OFF";

bool IsPrefix(const std::string& text) {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

bool IsLevel(const std::string& text) {
  const std::string word = Lower(Trim(text));
  return std::any_of(kLevels.begin(), kLevels.end(),
                     [&word](const std::string& level) { return Lower(level) == word; });
}

bool IsSeriesCount(const std::string& text) {
  const auto count = ParseInteger(text);
  return count && *count >= 1 && *count <= 10'000'000;
}

void AddExporter(Schema& schema, const std::string& key, Exporter* exporter) {
  schema.Choice<Exporter>(key, exporter,
                          {{"otlp", Exporter::kOtlp}, {"console", Exporter::kConsole}, {"none", Exporter::kNone}},
                          "Where this signal goes while monitoring.otlp.enabled is on");
}

void AddBatch(Schema& schema, const std::string& section, BatchOptions* batch) {
  schema
      .Integer(section + ".max_queue_size", &batch->max_queue_size, 1, 10'000'000,
               "What waits for export; more is dropped and counted")
      .Integer(section + ".max_export_batch_size", &batch->max_export_batch_size, 1, 1'000'000,
               "Of one request; at most max_queue_size")
      .Duration(section + ".schedule_delay", &batch->schedule_delay, milliseconds{1}, hours{1}, "Between two exports")
      .Duration(section + ".export_timeout", &batch->export_timeout, milliseconds{1}, hours{1}, "Of one export");
  schema.Finally([section, batch](const Schema& loaded, std::vector<Problem>& problems) {
    if (batch->max_export_batch_size <= batch->max_queue_size) return;
    // Who sets a short queue alone does not mean to be told about the batch.
    if (!loaded.IsSet(section + ".max_export_batch_size")) {
      batch->max_export_batch_size = batch->max_queue_size;
      return;
    }
    problems.push_back({loaded.Where(section + ".max_export_batch_size"), section + ".max_export_batch_size",
                        "'" + std::to_string(batch->max_export_batch_size) + "'",
                        "at most max_queue_size, " + std::to_string(batch->max_queue_size)});
  });
}

void AddSignals(Schema& schema, TelemetryOptions& options) {
  AddExporter(schema, "monitoring.traces.exporter", &options.traces.exporter);
  schema.Choice<Sampler>("monitoring.traces.sampler", &options.traces.sampler,
                         {{"always_on", Sampler::kAlwaysOn},
                          {"always_off", Sampler::kAlwaysOff},
                          {"traceidratio", Sampler::kTraceIdRatio},
                          {"parentbased_always_on", Sampler::kParentBasedAlwaysOn},
                          {"parentbased_always_off", Sampler::kParentBasedAlwaysOff},
                          {"parentbased_traceidratio", Sampler::kParentBasedTraceIdRatio}},
                         "Which traces are kept, decided when they begin");
  schema.Number("monitoring.traces.sampler_ratio", &options.traces.sampler_ratio, 0, 1,
                "The part that the traceidratio samplers keep");
  schema.StringList("monitoring.traces.drop_successful", &options.traces.drop_successful,
                    "Names of spans that are not exported when they end without an error, * for any text, such as `GET "
                    "/gateway/*`; never a SERVER or CONSUMER span. Their children keep the id of a parent that is not "
                    "there");
  AddBatch(schema, "monitoring.traces", &options.traces.batch);
  AddExporter(schema, "monitoring.metrics.exporter", &options.metrics.exporter);
  schema
      .Duration("monitoring.metrics.export_interval", &options.metrics.export_interval, milliseconds{10}, hours{24},
                "Between two exports")
      .Duration("monitoring.metrics.export_timeout", &options.metrics.export_timeout, milliseconds{1}, hours{1},
                "Of one export")
      .Choice<MetricTemporality>("monitoring.metrics.temporality", &options.metrics.temporality,
                                 {{"cumulative", MetricTemporality::kCumulative},
                                  {"delta", MetricTemporality::kDelta},
                                  {"lowmemory", MetricTemporality::kLowMemory}},
                                 "Totals since the start, or what was added since the last export: of all counters and "
                                 "histograms (delta), or of those that are not observed (lowmemory)")
      .Choice<ExemplarFilter>("monitoring.metrics.exemplars", &options.metrics.exemplars,
                              {{"trace_based", ExemplarFilter::kTraceBased},
                               {"always_on", ExemplarFilter::kAlwaysOn},
                               {"always_off", ExemplarFilter::kAlwaysOff}},
                              "Of which values the buckets of histograms keep one, with the trace it belongs to: of "
                              "those recorded in sampled spans, of all, or of none")
      .Choice<HistogramAggregation>(
          "monitoring.metrics.histogram_aggregation", &options.metrics.histogram_aggregation,
          {{"explicit_bucket_histogram", HistogramAggregation::kExplicitBuckets},
           {"base2_exponential_bucket_histogram", HistogramAggregation::kBase2Exponential}},
          "Histograms with the buckets of docs/metrics.md, or with 160 that are 19 % wider each than the one before: "
          "by "
          "OTLP instead of the others, on `/metrics` as native histograms beside them, for a Prometheus that asks for "
          "protocol buffers")
      .Integer("monitoring.metrics.max_export_batch_size", &options.metrics.max_export_batch_size, 1, 10'000'000,
               "Points of one request; what is more, or longer than a receiver of gRPC takes, goes in several");
  AddExporter(schema, "monitoring.logs.exporter", &options.logs.exporter);
  AddBatch(schema, "monitoring.logs", &options.logs.batch);
}

void AddCardinality(Schema& schema, CardinalityOptions& cardinality) {
  schema
      .Integer("monitoring.cardinality.max_series_per_metric", &cardinality.max_series_per_metric, 1, 10'000'000,
               "Series of one metric; the rest is folded into one with otel_metric_overflow=\"true\"")
      .Duration("monitoring.cardinality.idle_seconds", &cardinality.idle, seconds{0}, hours{24 * 365},
                "Counters and histograms that were not written for this long are removed; 0: none");
  auto overrides = std::make_shared<std::map<std::string, std::string>>();
  schema
      .CheckedMap("monitoring.cardinality.overrides", overrides.get(), "a whole number from 1 to 10000000",
                  IsSeriesCount, "Another limit for single metrics, by their OpenTelemetry name")
      .Finally([overrides, &cardinality](const Schema& /*loaded*/, std::vector<Problem>& /*problems*/) {
        for (const auto& [metric, limit] : *overrides) {
          if (const auto count = ParseInteger(limit)) cardinality.overrides[metric] = static_cast<std::size_t>(*count);
        }
      });
}

void AddProfilers(Schema& schema, TelemetryOptions& options) {
  schema
      .Bool("monitoring.process_metrics.enabled", &options.process_metrics.enabled,
            "Logs what the process takes up (logger process_metrics). The metrics process.* are exported always")
      .Duration("monitoring.process_metrics.interval_seconds", &options.process_metrics.interval, seconds{1}, hours{24},
                "Between two of these records");
}

void AddFlightRecorder(Schema& schema, FlightRecorderOptions& recorder) {
  schema
      .String(
          "monitoring.flight_recorder.directory", &recorder.directory,
          "Where each process keeps its last spans and log records in a file, which is exported at the next start when "
          "it crashed; off when absent. Best in memory: /run or /dev/shm")
      .Integer("monitoring.flight_recorder.max_bytes", &recorder.max_bytes, 262'144, 1'073'741'824,
               "Of that file; the oldest is overwritten")
      .Bool("monitoring.flight_recorder.crash_handler", &recorder.crash_handler,
            "A signal that ends the process (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) leaves its name and the calls");
}

void AddLogging(Schema& schema, LoggingSettings& logging) {
  schema.Choice("logging.level", &logging.level, kLevels, "Of every logger that has none of its own")
      .CheckedMap("logging.loggers", &logging.loggers, kLevelForm, IsLevel, "Levels of single loggers, by name")
      .Choice("logging.third_party_level", &logging.third_party_level, kLevels,
              "Of loggers that carry other libraries' messages, D++'s among them")
      .Bool("logging.otlp_only", &logging.otlp_only,
            "No log file, and a console that shows only the start, errors of the exporter, and everything when OTLP "
            "cannot start")
      .String("logging.log_dir", &logging.log_dir, "Where log files are written, one for each logger; none when absent")
      .Integer("logging.log_file_count", &logging.log_file_count, 1, 1'000, "Files of one logger, the current included")
      .Integer("logging.log_file_max_bytes", &logging.log_file_max_bytes, 4'096, 1'073'741'824,
               "Size at which a log file is rotated")
      .Integer("logging.queue_size", &logging.queue_size, 1, 10'000'000,
               "Records that may wait for the thread that writes console and files. DEBUG may fill half of them, INFO "
               "70 %, WARNING 85 %; more is dropped and counted")
      .Integer("logging.queue_bytes", &logging.queue_bytes, 65'536, 1'073'741'824,
               "What those records may take of memory, rounded up to a power of two");
}

}  // namespace

void AddTelemetryFields(Schema& schema, TelemetryOptions& options) {
  schema
      .Checked("monitoring.prefix", &options.prefix, "letters, digits and underscores, a letter first", IsPrefix,
               "What the names of the bot's own metrics begin with")
      .String("monitoring.service_name", &options.service_name, "Resource attribute service.name")
      .String("monitoring.deployment_environment", &options.deployment_environment,
              "Resource attribute deployment.environment.name, such as production")
      .StringMap("monitoring.resource_attributes", &options.resource_attributes,
                 "More resource attributes; they win over what is detected")
      .Duration("monitoring.shutdown_timeout", &options.shutdown_timeout, milliseconds{100}, minutes{1},
                "What the last export may take at the end of the process");
  AddOtlpFields(schema, options);
  AddSignals(schema, options);
  schema.Bool("monitoring.prometheus.enabled", &options.prometheus_enabled, "Serves /metrics")
      .Bool("monitoring.health_server.enabled", &options.health_server.enabled,
            "Serves the console at /, /health, /ready and, with monitoring.prometheus.enabled, /metrics")
      .Checked("monitoring.health_server.address", &options.health_server.address, "an IP address or localhost",
               IsListenAddress, "Where the server listens; 0.0.0.0 for every interface")
      .Integer("monitoring.health_server.port", &options.health_server.port, 0, 65535, "0: the kernel chooses")
      .Bool("monitoring.health_server.allow_changes", &options.health_server.allow_changes,
            "Lets whoever reaches the server change log levels (PUT and DELETE /loggers/NAME). On a loopback address "
            "that is always possible")
      .Finally([&options](const Schema& /*loaded*/, std::vector<Problem>& /*problems*/) {
        if (options.health_server.address == "localhost") options.health_server.address = "127.0.0.1";
      });
  schema.Duration("monitoring.loop_health.stale_after_seconds", &options.loop_stale_after, seconds{1}, hours{168},
                  "After this long without a successful iteration a background loop counts as stalled");
  AddCardinality(schema, options.cardinality);
  AddProfilers(schema, options);
  AddFlightRecorder(schema, options.flight_recorder);
  AddLogging(schema, options.logging);
}

std::vector<std::string> SecretValues(const TelemetryOptions& options) {
  std::vector<std::string> secrets;
  for (const OtlpOptions* otlp : {&options.traces.otlp, &options.metrics.otlp, &options.logs.otlp}) {
    for (const auto& [name, value] : otlp->headers) {
      if (value.size() < kShortestCredential) continue;
      secrets.push_back(value);
      // `Bearer abc`: the credential alone may turn up without its scheme.
      if (const std::size_t space = value.rfind(' '); space != std::string::npos)
        secrets.push_back(value.substr(space + 1));
    }
    if (const auto password = UrlPassword(otlp->endpoint)) secrets.push_back(*password);
  }
  return secrets;
}

}  // namespace guildscope::config
