#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "guildscope/config/telemetry_schema.hpp"

namespace guildscope::config {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

using Variables = std::map<std::string, std::string>;

struct Applied {
  TelemetryOptions options;
  std::vector<std::string> warnings;
  std::string problems;
};

Applied Apply(Variables variables, TelemetryOptions options = {}) {
  Applied applied{std::move(options), {}, {}};
  try {
    ApplyOpenTelemetryEnvironment(applied.options, MapEnvironment(std::move(variables)), applied.warnings);
  } catch (const ConfigError& error) {
    applied.problems = error.what();
  }
  return applied;
}

/// One variable, a value, and what it changes.
struct Case {
  std::string name;
  std::string value;
  std::function<bool(const TelemetryOptions&)> holds;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name << "=" << c.value; }

class StandardVariable : public ::testing::TestWithParam<Case> {};

TEST_P(StandardVariable, SetsItsOption) {
  EXPECT_FALSE(GetParam().holds({})) << "the case would hold without the variable";
  const Applied applied = Apply({{GetParam().name, GetParam().value}});
  EXPECT_EQ(applied.problems, "");
  EXPECT_THAT(applied.warnings, IsEmpty());
  EXPECT_TRUE(GetParam().holds(applied.options));
}

#define GS_OPTION(expression) [](const TelemetryOptions& o) { return expression; }

INSTANTIATE_TEST_SUITE_P(
    General, StandardVariable,
    ::testing::Values(
        Case{"OTEL_SDK_DISABLED", "TRUE", GS_OPTION(o.sdk_disabled)},
        Case{"OTEL_SERVICE_NAME", "bot", GS_OPTION(o.service_name == "bot")},
        Case{"OTEL_RESOURCE_ATTRIBUTES", "team=a%20b",
             GS_OPTION(o.resource_attributes.contains("team") && o.resource_attributes.at("team") == "a b")},
        Case{"OTEL_RESOURCE_ATTRIBUTES", "service.name=x", GS_OPTION(o.service_name == "x")},
        Case{"OTEL_RESOURCE_ATTRIBUTES", "service.version=7", GS_OPTION(o.service_version == "7")},
        Case{"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=p", GS_OPTION(o.deployment_environment == "p")},
        Case{"OTEL_LOG_LEVEL", "warn",
             GS_OPTION(o.logging.loggers.contains("opentelemetry") &&
                       o.logging.loggers.at("opentelemetry") == "WARNING")},
        Case{"OTEL_PROPAGATORS", "baggage,baggage", GS_OPTION(o.propagators == std::vector<std::string>{"baggage"})},
        Case{"OTEL_PROPAGATORS", "none", GS_OPTION(o.propagators.empty())},
        Case{"OTEL_TRACES_SAMPLER", "always_on", GS_OPTION(o.traces.sampler == Sampler::kAlwaysOn)},
        Case{"OTEL_TRACES_SAMPLER", "always_off", GS_OPTION(o.traces.sampler == Sampler::kAlwaysOff)},
        Case{"OTEL_TRACES_SAMPLER", "traceidratio", GS_OPTION(o.traces.sampler == Sampler::kTraceIdRatio)},
        Case{"OTEL_TRACES_SAMPLER", "parentbased_always_off",
             GS_OPTION(o.traces.sampler == Sampler::kParentBasedAlwaysOff)},
        Case{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio",
             GS_OPTION(o.traces.sampler == Sampler::kParentBasedTraceIdRatio)},
        Case{"OTEL_TRACES_SAMPLER_ARG", "0.25", GS_OPTION(o.traces.sampler_ratio == 0.25)},
        Case{"OTEL_METRIC_EXPORT_INTERVAL", "500", GS_OPTION(o.metrics.export_interval == milliseconds(500))},
        Case{"OTEL_METRIC_EXPORT_TIMEOUT", "400", GS_OPTION(o.metrics.export_timeout == milliseconds(400))},
        Case{"OTEL_METRIC_EXPORT_TIMEOUT", "0", GS_OPTION(o.metrics.export_timeout == std::chrono::hours(1))},
        Case{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta",
             GS_OPTION(o.metrics.temporality == MetricTemporality::kDelta)},
        Case{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "lowmemory",
             GS_OPTION(o.metrics.temporality == MetricTemporality::kLowMemory)},
        Case{"OTEL_METRICS_EXEMPLAR_FILTER", "always_off",
             GS_OPTION(o.metrics.exemplars == ExemplarFilter::kAlwaysOff)},
        Case{"OTEL_METRICS_EXEMPLAR_FILTER", "always_on", GS_OPTION(o.metrics.exemplars == ExemplarFilter::kAlwaysOn)},
        Case{"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "Base2_Exponential_Bucket_Histogram",
             GS_OPTION(o.metrics.histogram_aggregation == HistogramAggregation::kBase2Exponential)},
        Case{"OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0", GS_OPTION(o.health_server.address == "0.0.0.0")},
        Case{"OTEL_EXPORTER_PROMETHEUS_PORT", "9464", GS_OPTION(o.health_server.port == 9464)}));

INSTANTIATE_TEST_SUITE_P(
    BatchesAndLimits, StandardVariable,
    ::testing::Values(
        Case{"OTEL_BSP_SCHEDULE_DELAY", "10", GS_OPTION(o.traces.batch.schedule_delay == milliseconds(10))},
        Case{"OTEL_BSP_EXPORT_TIMEOUT", "10", GS_OPTION(o.traces.batch.export_timeout == milliseconds(10))},
        Case{"OTEL_BSP_MAX_QUEUE_SIZE", "600", GS_OPTION(o.traces.batch.max_queue_size == 600)},
        Case{"OTEL_BSP_MAX_QUEUE_SIZE", "6", GS_OPTION(o.traces.batch.max_export_batch_size == 6)},
        Case{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5", GS_OPTION(o.traces.batch.max_export_batch_size == 5)},
        Case{"OTEL_BLRP_SCHEDULE_DELAY", "10", GS_OPTION(o.logs.batch.schedule_delay == milliseconds(10))},
        Case{"OTEL_BLRP_EXPORT_TIMEOUT", "10", GS_OPTION(o.logs.batch.export_timeout == milliseconds(10))},
        Case{"OTEL_BLRP_MAX_QUEUE_SIZE", "600", GS_OPTION(o.logs.batch.max_queue_size == 600)},
        Case{"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "5", GS_OPTION(o.logs.batch.max_export_batch_size == 5)},
        Case{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9",
             GS_OPTION(o.traces.limits.attributes.value_length == 9 && o.logs.limits.value_length == 9)},
        Case{"OTEL_ATTRIBUTE_COUNT_LIMIT", "9",
             GS_OPTION(o.traces.limits.attributes.count == 9 && o.logs.limits.count == 9)},
        Case{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9",
             GS_OPTION(o.traces.limits.attributes.value_length == 9 && o.logs.limits.value_length == SIZE_MAX)},
        Case{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "9", GS_OPTION(o.traces.limits.attributes.count == 9)},
        Case{"OTEL_SPAN_EVENT_COUNT_LIMIT", "9", GS_OPTION(o.traces.limits.event_count == 9)},
        Case{"OTEL_SPAN_LINK_COUNT_LIMIT", "9", GS_OPTION(o.traces.limits.link_count == 9)},
        Case{"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "9", GS_OPTION(o.traces.limits.event_attribute_count == 9)},
        Case{"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "9", GS_OPTION(o.traces.limits.link_attribute_count == 9)},
        Case{"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9", GS_OPTION(o.logs.limits.value_length == 9)},
        Case{"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "9", GS_OPTION(o.logs.limits.count == 9)}));

INSTANTIATE_TEST_SUITE_P(
    Otlp, StandardVariable,
    ::testing::Values(
        Case{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:9/base/",
             GS_OPTION(o.otlp_enabled&& o.traces.otlp.endpoint == "http://c:9/base/v1/traces" &&
                       o.metrics.otlp.endpoint == "http://c:9/base/")},
        Case{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318",
             GS_OPTION(o.logs.otlp.endpoint == "http://c:4318/v1/logs" &&
                       o.logs.otlp.protocol == OtlpProtocol::kHttpProtobuf)},
        Case{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:9/x",
             GS_OPTION(o.otlp_enabled&& o.traces.otlp.endpoint == "http://c:9/x" &&
                       o.traces.exporter == Exporter::kOtlp && o.logs.exporter == Exporter::kNone)},
        Case{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "c:9", GS_OPTION(o.metrics.otlp.endpoint == "c:9")},
        Case{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://c:9", GS_OPTION(o.logs.otlp.endpoint == "https://c:9")},
        Case{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
             GS_OPTION(o.metrics.otlp.protocol == OtlpProtocol::kHttpProtobuf &&
                       o.metrics.otlp.endpoint == "http://localhost:4318/v1/metrics")},
        Case{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc",
             GS_OPTION(o.traces.otlp.protocol == OtlpProtocol::kGrpc &&
                       o.traces.otlp.endpoint == "http://localhost:4317")},
        Case{"OTEL_EXPORTER_OTLP_HEADERS", "Api-Key=a%3Db,x=y",
             GS_OPTION((o.logs.otlp.headers ==
                        std::vector<std::pair<std::string, std::string>>{{"api-key", "a=b"}, {"x", "y"}}))},
        Case{"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "k=v",
             GS_OPTION(o.traces.otlp.headers.size() == 1 && o.logs.otlp.headers.empty())},
        Case{"OTEL_EXPORTER_OTLP_TIMEOUT", "250", GS_OPTION(o.metrics.otlp.timeout == milliseconds(250))},
        Case{"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "250",
             GS_OPTION(o.logs.otlp.timeout == milliseconds(250) && o.traces.otlp.timeout == milliseconds(10'000))},
        Case{"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", GS_OPTION(o.traces.otlp.gzip&& o.metrics.otlp.gzip)},
        Case{"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "gzip", GS_OPTION(o.metrics.otlp.gzip && !o.traces.otlp.gzip)},
        Case{"OTEL_EXPORTER_OTLP_INSECURE", "true", GS_OPTION(o.metrics.otlp.insecure)},
        Case{"OTEL_EXPORTER_OTLP_TRACES_INSECURE", "true", GS_OPTION(o.traces.otlp.insecure && !o.logs.otlp.insecure)},
        Case{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/dev/null", GS_OPTION(o.logs.otlp.certificate_file == "/dev/null")},
        Case{"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/dev/null",
             GS_OPTION(o.traces.otlp.certificate_file == "/dev/null" && o.logs.otlp.certificate_file.empty())},
        Case{"OTEL_TRACES_EXPORTER", "none", GS_OPTION(o.traces.exporter == Exporter::kNone)},
        Case{"OTEL_TRACES_EXPORTER", "console", GS_OPTION(o.otlp_enabled&& o.traces.exporter == Exporter::kConsole)},
        Case{"OTEL_LOGS_EXPORTER", "otlp",
             GS_OPTION(o.otlp_enabled&& o.logs.exporter == Exporter::kOtlp && o.traces.exporter == Exporter::kNone)},
        Case{"OTEL_METRICS_EXPORTER", "prometheus",
             GS_OPTION(o.prometheus_enabled&& o.metrics.exporter == Exporter::kNone)},
        Case{"OTEL_METRICS_EXPORTER", "none", GS_OPTION(!o.prometheus_enabled)}));

TEST(StandardVariables, AloneAreTheDefaults) {
  const Applied applied = Apply({});
  EXPECT_FALSE(applied.options.otlp_enabled);
  EXPECT_EQ(applied.options.traces.exporter, Exporter::kOtlp);
  EXPECT_EQ(applied.options.propagators, (std::vector<std::string>{"tracecontext", "baggage"}));
}

TEST(StandardVariables, WinOverTheFile) {
  TelemetryOptions file;
  file.service_name = "file";
  file.otlp_enabled = true;
  file.prometheus_enabled = false;
  file.resource_attributes = {{"team", "file"}, {"kept", "yes"}};
  const Applied applied = Apply({{"OTEL_SERVICE_NAME", "environment"},
                                 {"OTEL_RESOURCE_ATTRIBUTES", "team=environment,service.name=lower"},
                                 {"OTEL_METRICS_EXPORTER", "otlp, prometheus"}},
                                file);
  EXPECT_EQ(applied.options.service_name, "environment");
  EXPECT_THAT(applied.options.resource_attributes, ElementsAre(Pair("kept", "yes"), Pair("team", "environment")));
  EXPECT_TRUE(applied.options.prometheus_enabled);
  EXPECT_EQ(applied.options.metrics.exporter, Exporter::kOtlp);
  EXPECT_EQ(applied.options.traces.exporter, Exporter::kOtlp) << "the file's own signals stay";
}

TEST(StandardVariables, OfASignalWinOverGeneralOnes) {
  const Applied applied = Apply({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:9"},
                                 {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
                                 {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://l:9"},
                                 {"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc"},
                                 {"OTEL_EXPORTER_OTLP_HEADERS", "a=b"},
                                 {"OTEL_EXPORTER_OTLP_LOGS_HEADERS", "c=d"}});
  EXPECT_EQ(applied.options.metrics.otlp.endpoint, "http://c:9/v1/metrics");
  EXPECT_EQ(applied.options.logs.otlp.endpoint, "http://l:9");
  EXPECT_EQ(applied.options.logs.otlp.protocol, OtlpProtocol::kGrpc);
  EXPECT_THAT(applied.options.logs.otlp.headers, ElementsAre(Pair("c", "d")));
  EXPECT_THAT(applied.options.traces.otlp.headers, ElementsAre(Pair("a", "b")));
}

TEST(StandardVariables, AProtocolChangesTheFilesEndpoint) {
  TelemetryOptions file;
  file.traces.otlp.endpoint = "http://c:9/v1/traces";
  file.metrics.otlp.endpoint = "http://c:9";
  EXPECT_EQ(Apply({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}, file).options.traces.otlp.endpoint, "http://c:9");
  EXPECT_EQ(Apply({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}}, file).options.metrics.otlp.endpoint,
            "http://c:9/v1/metrics");
}

TEST(StandardVariables, ClientCertificatesNeedTheirKeys) {
  EXPECT_THAT(Apply({{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/dev/null"}}).problems,
              HasSubstr("OTEL_EXPORTER_OTLP_CLIENT_KEY: found only one of the two files"));
  const Applied both = Apply({{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/dev/null"},
                              {"OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE", "/dev/zero"},
                              {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/dev/null"}});
  EXPECT_EQ(both.problems, "");
  EXPECT_EQ(both.options.logs.otlp.client_certificate_file, "/dev/zero");
  EXPECT_EQ(both.options.traces.otlp.client_certificate_file, "/dev/null");
  EXPECT_EQ(both.options.logs.otlp.client_key_file, "/dev/null");
}

class IgnoredVariable : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(IgnoredVariable, BecomesAWarning) {
  const Applied applied = Apply({GetParam()});
  EXPECT_EQ(applied.problems, "");
  EXPECT_THAT(applied.warnings, ElementsAre(AllOf(HasSubstr("environment: " + GetParam().first + ": found '"),
                                                  HasSubstr("; accepted "), HasSubstr("; ignored"))));
}

INSTANTIATE_TEST_SUITE_P(
    Values, IgnoredVariable,
    ::testing::Values(std::pair{"OTEL_SDK_DISABLED", "1"}, std::pair{"OTEL_RESOURCE_ATTRIBUTES", "a=b,c"},
                      std::pair{"OTEL_PROPAGATORS", "xray"}, std::pair{"OTEL_TRACES_SAMPLER", "sometimes"},
                      std::pair{"OTEL_TRACES_SAMPLER_ARG", "2"}, std::pair{"OTEL_BSP_SCHEDULE_DELAY", "soon"},
                      std::pair{"OTEL_BSP_SCHEDULE_DELAY", "0"}, std::pair{"OTEL_BSP_MAX_QUEUE_SIZE", "0"},
                      std::pair{"OTEL_BLRP_EXPORT_TIMEOUT", "-1"},
                      std::pair{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100000"},
                      std::pair{"OTEL_ATTRIBUTE_COUNT_LIMIT", "-1"}, std::pair{"OTEL_LOG_LEVEL", "loud"},
                      std::pair{"OTEL_METRICS_EXEMPLAR_FILTER", "never"},
                      std::pair{"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "exponential"},
                      std::pair{"OTEL_EXPORTER_OTLP_TIMEOUT", "1s"},
                      std::pair{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"},
                      std::pair{"OTEL_EXPORTER_OTLP_INSECURE", "maybe"}));

class RefusedVariable : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(RefusedVariable, IsAProblemOnce) {
  const Applied applied = Apply({GetParam()});
  EXPECT_THAT(applied.problems, HasSubstr("environment: " + GetParam().first + ": found "));
  EXPECT_THAT(applied.problems, Not(HasSubstr("\n")));
  EXPECT_THAT(applied.warnings, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Values, RefusedVariable,
                         ::testing::Values(std::pair{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                           std::pair{"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "udp"},
                                           std::pair{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector"},
                                           std::pair{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:99"},
                                           std::pair{"OTEL_EXPORTER_OTLP_HEADERS", "secret"},
                                           std::pair{"OTEL_EXPORTER_OTLP_HEADERS", "a=b%0d%0ax: y"},
                                           std::pair{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such.pem"},
                                           std::pair{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/"},
                                           std::pair{"OTEL_TRACES_EXPORTER", "zipkin"},
                                           std::pair{"OTEL_TRACES_EXPORTER", "prometheus"},
                                           std::pair{"OTEL_METRICS_EXPORTER", "otlp,console"},
                                           std::pair{"OTEL_EXPORTER_PROMETHEUS_HOST", "example.com"},
                                           std::pair{"OTEL_EXPORTER_PROMETHEUS_PORT", "70000"}));

TEST(StandardVariables, EmptyOnesAreUnset) {
  const Applied applied = Apply({{"OTEL_TRACES_SAMPLER", ""},
                                 {"OTEL_EXPORTER_OTLP_ENDPOINT", ""},
                                 {"OTEL_BSP_MAX_QUEUE_SIZE", ""},
                                 {"OTEL_PROPAGATORS", ""}});
  EXPECT_EQ(applied.problems, "");
  EXPECT_THAT(applied.warnings, IsEmpty());
  EXPECT_FALSE(applied.options.otlp_enabled);
}

TEST(StandardVariables, NeverShowHeaders) {
  const Applied applied = Apply({{"OTEL_EXPORTER_OTLP_HEADERS", "hunter22"}});
  EXPECT_THAT(applied.problems, AllOf(HasSubstr("***"), Not(HasSubstr("hunter22"))));
}

TEST(LoadWithOpenTelemetry, ReportsFileAndVariablesTogether) {
  TelemetryOptions options;
  Schema schema;
  AddTelemetryFields(schema, options);
  std::vector<std::string> warnings;
  try {
    LoadWithOpenTelemetry(schema, options, "/no/such/file.yaml",
                          MapEnvironment({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                          {"MONITORING_PREFIX", "-"},
                                          {"OTEL_BSP_MAX_QUEUE_SIZE", "x"}}),
                          warnings);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), SizeIs(3));
  }
  EXPECT_THAT(warnings, SizeIs(1));
}

}  // namespace
}  // namespace guildscope::config
