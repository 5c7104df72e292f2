#include "guildscope/config/telemetry_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guildscope::config {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TelemetryOptions Load(std::string_view yaml, std::map<std::string, std::string> variables = {}) {
  TelemetryOptions options;
  Schema schema;
  AddTelemetryFields(schema, options);
  schema.LoadText(yaml, "config.yaml", MapEnvironment(std::move(variables)));
  return options;
}

std::string What(std::string_view yaml) {
  try {
    Load(yaml);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(TelemetryFields, HaveTheDefaultsOfTheOptions) {
  const TelemetryOptions options = Load("");
  EXPECT_FALSE(options.otlp_enabled);
  EXPECT_EQ(options.traces.otlp.protocol, OtlpProtocol::kHttpProtobuf);
  EXPECT_EQ(options.traces.otlp.endpoint, "http://localhost:4318/v1/traces");
  EXPECT_EQ(options.metrics.otlp.protocol, OtlpProtocol::kGrpc);
  EXPECT_EQ(options.metrics.otlp.endpoint, "http://localhost:4317");
  EXPECT_EQ(options.logs.otlp.endpoint, "http://localhost:4317");
  EXPECT_EQ(options.logs.batch.schedule_delay, milliseconds(1'000));
  EXPECT_EQ(options.loop_stale_after, std::chrono::seconds(300));
  EXPECT_FALSE(options.process_metrics.enabled);
  EXPECT_EQ(options.process_metrics.interval, std::chrono::seconds(15));
}

TEST(TelemetryFields, ReadTheDocumentedKeys) {
  const TelemetryOptions options = Load(R"(
monitoring:
  prefix: my_bot
  otlp: {enabled: true, endpoint: "http://collector:4317"}
  prometheus: {enabled: false}
  health_server: {enabled: false, address: localhost, port: 0}
  loop_health: {stale_after_seconds: 60}
  cardinality: {max_series_per_metric: 5, idle_seconds: 60, overrides: {bot.music.tracks: 7}}
  process_metrics: {enabled: true, interval_seconds: 60}
  resource_attributes: {team: audio}
  traces: {drop_successful: ["GET /gateway/*", poll, ""]}
logging:
  level: debug
  loggers: {music: ERROR}
  third_party_level: OFF
  otlp_only: true
  log_dir: logs
  log_file_count: 2
  log_file_max_bytes: 4096
)");
  EXPECT_EQ(options.prefix, "my_bot");
  EXPECT_TRUE(options.otlp_enabled);
  EXPECT_FALSE(options.prometheus_enabled);
  EXPECT_FALSE(options.health_server.enabled);
  EXPECT_EQ(options.health_server.address, "127.0.0.1");
  EXPECT_EQ(options.health_server.port, 0);
  EXPECT_EQ(options.loop_stale_after, std::chrono::seconds(60));
  EXPECT_EQ(options.cardinality.max_series_per_metric, 5U);
  EXPECT_THAT(options.cardinality.overrides, ElementsAre(Pair("bot.music.tracks", 7)));
  EXPECT_EQ(options.cardinality.idle, std::chrono::seconds(60));
  EXPECT_TRUE(options.process_metrics.enabled);
  EXPECT_EQ(options.process_metrics.interval, std::chrono::seconds(60));
  EXPECT_THAT(options.resource_attributes, ElementsAre(Pair("team", "audio")));
  EXPECT_THAT(options.traces.drop_successful, ElementsAre("GET /gateway/*", "poll"));
  EXPECT_EQ(options.logging.level, "DEBUG");
  EXPECT_THAT(options.logging.loggers, ElementsAre(Pair("music", "ERROR")));
  EXPECT_EQ(options.logging.third_party_level, "OFF");
  EXPECT_TRUE(options.logging.otlp_only);
  EXPECT_EQ(options.logging.log_dir, "logs");
  EXPECT_EQ(options.logging.log_file_count, 2U);
  EXPECT_EQ(options.logging.log_file_max_bytes, 4096U);
}

TEST(TelemetryFields, EachKeyIsAVariableToo) {
  const TelemetryOptions options = Load("", {{"MONITORING_OTLP_ENABLED", "true"},
                                             {"MONITORING_OTLP_TRACES_ENDPOINT", "http://t:1/x"},
                                             {"MONITORING_CARDINALITY_OVERRIDES", "a=3"},
                                             {"MONITORING_TRACES_DROP_SUCCESSFUL", "GET /gateway/*, poll"},
                                             {"LOGGING_LOGGERS", "music=DEBUG"}});
  EXPECT_TRUE(options.otlp_enabled);
  EXPECT_EQ(options.traces.otlp.endpoint, "http://t:1/x");
  EXPECT_THAT(options.cardinality.overrides, ElementsAre(Pair("a", 3)));
  EXPECT_THAT(options.traces.drop_successful, ElementsAre("GET /gateway/*", "poll"));
  EXPECT_THAT(options.logging.loggers, ElementsAre(Pair("music", "DEBUG")));
}

TEST(OtlpFields, OnePortDecidesTheProtocolOfAllSignals) {
  const TelemetryOptions grpc = Load("monitoring: {otlp: {endpoint: 'http://c:4317'}}");
  EXPECT_EQ(grpc.traces.otlp.protocol, OtlpProtocol::kGrpc);
  EXPECT_EQ(grpc.traces.otlp.endpoint, "http://c:4317");
  const TelemetryOptions http = Load("monitoring: {otlp: {endpoint: 'http://c:4318/'}}");
  EXPECT_EQ(http.logs.otlp.protocol, OtlpProtocol::kHttpProtobuf);
  EXPECT_EQ(http.logs.otlp.endpoint, "http://c:4318/v1/logs");
}

TEST(OtlpFields, AnotherPortKeepsTheUsualProtocols) {
  const TelemetryOptions options = Load("monitoring: {otlp: {endpoint: 'http://c:9'}}");
  EXPECT_EQ(options.traces.otlp.endpoint, "http://c:9/v1/traces");
  EXPECT_EQ(options.metrics.otlp.endpoint, "http://c:9");
}

TEST(OtlpFields, ASignalsOwnWinOverTheGeneralOnes) {
  const TelemetryOptions options = Load(R"(
monitoring:
  otlp:
    endpoint: http://c:4317
    protocol: grpc
    headers: {X-Team: audio}
    timeout: 3s
    compression: gzip
    insecure: true
    traces: {endpoint: "https://t/otlp", protocol: http/protobuf, timeout: 1s, headers: {authorization: Bearer x}}
    logs: {compression: none, insecure: false}
)");
  EXPECT_EQ(options.traces.otlp.endpoint, "https://t/otlp");
  EXPECT_EQ(options.traces.otlp.protocol, OtlpProtocol::kHttpProtobuf);
  EXPECT_EQ(options.traces.otlp.timeout, milliseconds(1'000));
  EXPECT_THAT(options.traces.otlp.headers, ElementsAre(Pair("authorization", "Bearer x")));
  EXPECT_TRUE(options.traces.otlp.gzip);
  EXPECT_EQ(options.metrics.otlp.timeout, milliseconds(3'000));
  EXPECT_THAT(options.metrics.otlp.headers, ElementsAre(Pair("x-team", "audio")));
  EXPECT_TRUE(options.metrics.otlp.insecure);
  EXPECT_FALSE(options.logs.otlp.gzip);
  EXPECT_FALSE(options.logs.otlp.insecure);
}

TEST(OtlpFields, OneProtocolForAllMovesTheDefaultEndpoints) {
  const TelemetryOptions options = Load("monitoring: {otlp: {protocol: http/protobuf}}");
  EXPECT_EQ(options.metrics.otlp.endpoint, "http://localhost:4318/v1/metrics");
}

TEST(OtlpFields, ReportWhatCannotWork) {
  EXPECT_THAT(
      What("monitoring:\n  otlp:\n    endpoint: c:4318\n"),
      AllOf(HasSubstr("config.yaml:3: monitoring.otlp.endpoint: found 'c:4318/v1/traces'"), HasSubstr("for HTTP")));
  EXPECT_THAT(What("monitoring:\n  otlp:\n    client_key_file: /dev/null\n"),
              "config.yaml:3: monitoring.otlp.client_key_file: found only one of the two files; "
              "accepted both client_key_file and client_certificate_file, or neither");
  EXPECT_THAT(What("monitoring:\n  otlp:\n    headers: {a b: c}\n"), HasSubstr("monitoring.otlp.headers: found ***"));
  EXPECT_THAT(What("monitoring: {otlp: {certificate_file: /no/such.pem}}"), HasSubstr("a readable file"));
  for (const char* endpoint : {"ftp://c", "http://", "http://c:0", "http://c:70000", "c", "'a b:1'", "http://c:x"}) {
    EXPECT_THAT(What("monitoring: {otlp: {endpoint: " + std::string(endpoint) + "}}"), HasSubstr("http(s)://host"))
        << endpoint;
  }
}

TEST(OtlpFields, AcceptEndpointsOfEveryForm) {
  for (const char* endpoint :
       {"http://c:4317", "https://c.example/otlp", "c:4317", "'[::1]:4317'", "'http://[::1]:4318'"}) {
    EXPECT_EQ(What("monitoring: {otlp: {protocol: grpc, endpoint: " + std::string(endpoint) + "}}"), "") << endpoint;
  }
}

TEST(BatchFields, RefuseABatchLargerThanItsQueue) {
  EXPECT_THAT(What("monitoring: {traces: {max_queue_size: 10, max_export_batch_size: 11}}"),
              HasSubstr("monitoring.traces.max_export_batch_size: found '11'; accepted at most max_queue_size, 10"));
  EXPECT_EQ(Load("monitoring: {traces: {max_queue_size: 10}}").traces.batch.max_export_batch_size, 10U);
}

TEST(TelemetryFields, RefuseWhatIsOutOfRange) {
  EXPECT_THAT(What("monitoring: {prefix: 1x}"), HasSubstr("monitoring.prefix"));
  EXPECT_THAT(What("monitoring: {health_server: {address: example.com}}"), HasSubstr("an IP address or localhost"));
  EXPECT_THAT(What("logging: {loggers: {music: LOUD}}"),
              HasSubstr("logging.loggers.music: found 'LOUD'; accepted names with a level: DEBUG"));
  EXPECT_THAT(What("monitoring: {cardinality: {overrides: {m: 0}}}"), HasSubstr("monitoring.cardinality.overrides.m"));
  EXPECT_THAT(What("monitoring: {process_metrics: {interval_seconds: 0}}"),
              HasSubstr("monitoring.process_metrics.interval_seconds: found '0'; accepted a duration from 1s to 24h"));
}

TEST(SecretValues, AreHeadersAndPasswordsOfEndpoints) {
  const TelemetryOptions options = Load(
      "monitoring: {otlp: {endpoint: 'http://u:hunter22@c:4318', headers: {authorization: Bearer abcdefgh, x: prod}}}");
  const auto secrets = SecretValues(options);
  EXPECT_THAT(secrets, AllOf(Contains("Bearer abcdefgh"), Contains("abcdefgh"), Contains("hunter22")));
  EXPECT_THAT(secrets, ::testing::Not(Contains("prod")));
}

}  // namespace
}  // namespace guildscope::config
