#include <algorithm>

#include "guildscope/config/otel_otlp_environment.hpp"
#include "guildscope/config/otlp_endpoint.hpp"
#include "guildscope/config/telemetry_schema.hpp"
#include "guildscope/config/values.hpp"
#include "guildscope/config/variables.hpp"

namespace guildscope::config {
namespace {

/// Moves an attribute that has an option of its own there.
void Take(std::map<std::string, std::string>& attributes, const std::string& name, std::string* option) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return;
  *option = found->second;
  attributes.erase(found);
}

void ApplyResource(TelemetryOptions& options, Variables& variables) {
  variables.Pairs("OTEL_RESOURCE_ATTRIBUTES", &options.resource_attributes);
  Take(options.resource_attributes, "service.name", &options.service_name);
  Take(options.resource_attributes, "service.version", &options.service_version);
  Take(options.resource_attributes, "deployment.environment.name", &options.deployment_environment);
  if (const auto name = variables.Get("OTEL_SERVICE_NAME")) options.service_name = *name;
}

void ApplyPropagators(TelemetryOptions& options, Variables& variables) {
  const std::string name = "OTEL_PROPAGATORS";
  const auto text = variables.Get(name);
  if (!text) return;
  std::vector<std::string> chosen;
  bool none = false;
  for (const std::string& part : Split(*text, ',')) {
    const std::string word = Lower(part);
    none = none || word == "none";
    if (word != "tracecontext" && word != "baggage" && word != "none") {
      variables.Warn(name, part, "tracecontext, baggage or none");
    } else if (word != "none" && std::find(chosen.begin(), chosen.end(), word) == chosen.end()) {
      chosen.push_back(word);
    }
  }
  if (none || !chosen.empty()) options.propagators = std::move(chosen);
}

void ApplySampler(TracesOptions& traces, Variables& variables) {
  variables.Choice<Sampler>("OTEL_TRACES_SAMPLER", &traces.sampler,
                            {{"always_on", Sampler::kAlwaysOn},
                             {"always_off", Sampler::kAlwaysOff},
                             {"traceidratio", Sampler::kTraceIdRatio},
                             {"parentbased_always_on", Sampler::kParentBasedAlwaysOn},
                             {"parentbased_always_off", Sampler::kParentBasedAlwaysOff},
                             {"parentbased_traceidratio", Sampler::kParentBasedTraceIdRatio}});
  const auto text = variables.Get("OTEL_TRACES_SAMPLER_ARG");
  if (!text) return;
  const auto ratio = ParseNumber(*text);
  if (!ratio || *ratio < 0 || *ratio > 1)
    return variables.Warn("OTEL_TRACES_SAMPLER_ARG", *text, "a number from 0 to 1");
  traces.sampler_ratio = *ratio;
}

void ApplyBatch(const std::string& prefix, BatchOptions& batch, Variables& variables) {
  variables.Interval(prefix + "SCHEDULE_DELAY", &batch.schedule_delay);
  variables.Timeout(prefix + "EXPORT_TIMEOUT", &batch.export_timeout);
  variables.Count(prefix + "MAX_QUEUE_SIZE", &batch.max_queue_size, 1);
  variables.Count(prefix + "MAX_EXPORT_BATCH_SIZE", &batch.max_export_batch_size, 1);
  if (batch.max_export_batch_size <= batch.max_queue_size) return;
  if (variables.Get(prefix + "MAX_EXPORT_BATCH_SIZE")) {
    variables.Warn(prefix + "MAX_EXPORT_BATCH_SIZE", std::to_string(batch.max_export_batch_size),
                   "at most the size of the queue, " + std::to_string(batch.max_queue_size));
  }
  batch.max_export_batch_size = batch.max_queue_size;
}

void ApplyLimits(TelemetryOptions& options, Variables& variables) {
  SpanLimits& span = options.traces.limits;
  const auto apply = [&variables](const std::string& prefix, AttributeLimits& limits) {
    variables.Count(prefix + "VALUE_LENGTH_LIMIT", &limits.value_length, 0);
    variables.Count(prefix + "COUNT_LIMIT", &limits.count, 0);
  };
  apply("OTEL_ATTRIBUTE_", span.attributes);
  apply("OTEL_ATTRIBUTE_", options.logs.limits);
  apply("OTEL_SPAN_ATTRIBUTE_", span.attributes);
  apply("OTEL_LOGRECORD_ATTRIBUTE_", options.logs.limits);
  variables.Count("OTEL_SPAN_EVENT_COUNT_LIMIT", &span.event_count, 0);
  variables.Count("OTEL_SPAN_LINK_COUNT_LIMIT", &span.link_count, 0);
  variables.Count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", &span.event_attribute_count, 0);
  variables.Count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", &span.link_attribute_count, 0);
}

void ApplyMetrics(TelemetryOptions& options, Variables& variables) {
  variables.Interval("OTEL_METRIC_EXPORT_INTERVAL", &options.metrics.export_interval);
  variables.Timeout("OTEL_METRIC_EXPORT_TIMEOUT", &options.metrics.export_timeout);
  variables.Choice<MetricTemporality>("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", &options.metrics.temporality,
                                      {{"cumulative", MetricTemporality::kCumulative},
                                       {"delta", MetricTemporality::kDelta},
                                       {"lowmemory", MetricTemporality::kLowMemory}});
  variables.Choice<ExemplarFilter>("OTEL_METRICS_EXEMPLAR_FILTER", &options.metrics.exemplars,
                                   {{"trace_based", ExemplarFilter::kTraceBased},
                                    {"always_on", ExemplarFilter::kAlwaysOn},
                                    {"always_off", ExemplarFilter::kAlwaysOff}});
  variables.Choice<HistogramAggregation>(
      "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", &options.metrics.histogram_aggregation,
      {{"explicit_bucket_histogram", HistogramAggregation::kExplicitBuckets},
       {"base2_exponential_bucket_histogram", HistogramAggregation::kBase2Exponential}});

  if (const auto host = variables.Get("OTEL_EXPORTER_PROMETHEUS_HOST")) {
    if (IsListenAddress(*host)) {
      options.health_server.address = *host == "localhost" ? "127.0.0.1" : *host;
    } else {
      variables.Report("OTEL_EXPORTER_PROMETHEUS_HOST", "'" + *host + "'", "an IP address or localhost");
    }
  }
  if (const auto text = variables.Get("OTEL_EXPORTER_PROMETHEUS_PORT")) {
    const auto port = ParseInteger(*text);
    if (port && *port >= 0 && *port <= 65535) {
      options.health_server.port = static_cast<std::uint16_t>(*port);
    } else {
      variables.Report("OTEL_EXPORTER_PROMETHEUS_PORT", "'" + *text + "'", "a whole number from 0 to 65535");
    }
  }
}

/// OTEL_LOG_LEVEL is about what the OpenTelemetry SDK itself reports: the logger `opentelemetry`.
void ApplyLogLevel(LoggingSettings& logging, Variables& variables) {
  std::string level;
  variables.Choice<std::string>("OTEL_LOG_LEVEL", &level,
                                {{"none", "OFF"},
                                 {"off", "OFF"},
                                 {"fatal", "CRITICAL"},
                                 {"critical", "CRITICAL"},
                                 {"error", "ERROR"},
                                 {"warn", "WARNING"},
                                 {"warning", "WARNING"},
                                 {"info", "INFO"},
                                 {"debug", "DEBUG"},
                                 {"trace", "DEBUG"},
                                 {"verbose", "DEBUG"},
                                 {"all", "DEBUG"}});
  if (!level.empty()) logging.loggers["opentelemetry"] = level;
}

std::vector<Problem> Apply(TelemetryOptions& options, const Environment& environment,
                           std::vector<std::string>& warnings) {
  Variables variables(environment);
  variables.Bool("OTEL_SDK_DISABLED", &options.sdk_disabled);
  ApplyResource(options, variables);
  ApplyPropagators(options, variables);
  ApplySampler(options.traces, variables);
  ApplyBatch("OTEL_BSP_", options.traces.batch, variables);
  ApplyBatch("OTEL_BLRP_", options.logs.batch, variables);
  ApplyLimits(options, variables);
  ApplyMetrics(options, variables);
  ApplyLogLevel(options.logging, variables);
  ApplyOtlpEnvironment(options, variables);
  warnings.insert(warnings.end(), variables.warnings().begin(), variables.warnings().end());
  return variables.problems();
}

}  // namespace

void ApplyOpenTelemetryEnvironment(TelemetryOptions& options, const Environment& environment,
                                   std::vector<std::string>& warnings) {
  std::vector<Problem> problems = Apply(options, environment, warnings);
  if (!problems.empty()) throw ConfigError(std::move(problems));
}

void LoadWithOpenTelemetry(Schema& schema, TelemetryOptions& options, const std::string& path,
                           const Environment& environment, std::vector<std::string>& warnings) {
  std::vector<Problem> problems;
  try {
    schema.Load(path, environment);
  } catch (const ConfigError& error) {
    problems = error.problems();
  }
  const std::vector<Problem> more = Apply(options, environment, warnings);
  problems.insert(problems.end(), more.begin(), more.end());
  if (!problems.empty()) throw ConfigError(std::move(problems));
}

}  // namespace guildscope::config
