// OpenTelemetry's standard variables, from the variable to what a collector sees. How each is read, and what is said of
// a value that is wrong, is in guildscope/config; certificates are in tls_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/baggage/baggage_context.h>
#include <opentelemetry/context/propagation/global_propagator.h>
#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/sdk/common/global_log_handler.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "guildscope/config/telemetry_schema.hpp"
#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/http_client.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using testing::OtlpFault;
using testing::OtlpReceiver;
using testing::OtlpSignal;
using ::testing::Pair;
using ::testing::SizeIs;
using namespace std::chrono_literals;
using Variables = std::map<std::string, std::string>;

constexpr OtlpSignal kSignals[] = {OtlpSignal::kTraces, OtlpSignal::kMetrics, OtlpSignal::kLogs};
constexpr const char* kHour = "3600000";

class StandardVariables : public ::testing::Test {
 protected:
  /// What the variables make of the defaults. Unless they say otherwise, everything goes to receiver_ over gRPC, when a
  /// flush asks for it.
  config::TelemetryOptions Options(Variables variables) {
    variables.merge(Variables{{"OTEL_EXPORTER_OTLP_ENDPOINT", receiver_.grpc_endpoint()},
                              {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                              {"OTEL_EXPORTER_PROMETHEUS_PORT", "0"},
                              {"OTEL_BSP_SCHEDULE_DELAY", kHour},
                              {"OTEL_BLRP_SCHEDULE_DELAY", kHour},
                              {"OTEL_METRIC_EXPORT_INTERVAL", kHour}});
    config::TelemetryOptions options;
    std::vector<std::string> warnings;
    config::ApplyOpenTelemetryEnvironment(options, config::MapEnvironment(std::move(variables)), warnings);
    EXPECT_THAT(warnings, SizeIs(0));
    return options;
  }

  static void RecordEach(Telemetry& telemetry) {
    telemetry.tracer().Start("any").End();
    telemetry.logger("any").Info("any");
    telemetry.metrics().Get(metrics::catalogue::kDiscordCommands).Add(1, {"any", "success"});
  }

  /// An item of each signal, sent. True when all of it arrived.
  bool SendEach(const Variables& variables) {
    Telemetry telemetry(Options(variables));
    RecordEach(telemetry);
    return telemetry.Flush(kPatience);
  }

  std::string HttpBase() const { return "http://127.0.0.1:" + std::to_string(receiver_.http_port()); }

  OtlpReceiver receiver_;
};

TEST_F(StandardVariables, SendEachSignalWhereAndHowItsOwnSay) {
  OtlpReceiver of_logs;
  EXPECT_TRUE(SendEach({{"OTEL_EXPORTER_OTLP_ENDPOINT", HttpBase()},
                        {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
                        {"OTEL_EXPORTER_OTLP_HEADERS", "tenant=guild%20bots"},
                        {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                        {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "tenant=traces"},
                        {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"},
                        {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", of_logs.grpc_endpoint()},
                        {"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc"}}));
  const auto traces = receiver_.stats(OtlpSignal::kTraces);
  const auto metrics = receiver_.stats(OtlpSignal::kMetrics);
  EXPECT_EQ(traces.http_requests, 1);
  EXPECT_EQ(traces.gzip_requests, 0);
  EXPECT_THAT(traces.last_headers, Contains(Pair("tenant", "traces")));
  EXPECT_GE(metrics.http_requests, 1) << "and one more at the end";
  EXPECT_EQ(metrics.gzip_requests, metrics.http_requests);
  EXPECT_THAT(metrics.last_headers, Contains(Pair("tenant", "guild bots")));
  EXPECT_EQ(receiver_.stats(OtlpSignal::kLogs).requests, 0);
  EXPECT_EQ(of_logs.stats(OtlpSignal::kLogs).requests, 1);
  EXPECT_EQ(of_logs.stats(OtlpSignal::kLogs).http_requests, 0);
}

TEST_F(StandardVariables, SayWhereASignalGoes) {
  for (const auto& [variable, signal] : {std::pair{"OTEL_TRACES_EXPORTER", OtlpSignal::kTraces},
                                         {"OTEL_METRICS_EXPORTER", OtlpSignal::kMetrics},
                                         {"OTEL_LOGS_EXPORTER", OtlpSignal::kLogs}}) {
    for (const char* elsewhere : {"none", "console"}) {
      const auto before = receiver_.stats(signal).requests;
      ::testing::internal::CaptureStderr();
      EXPECT_TRUE(SendEach({{variable, elsewhere}}));
      const std::string console = ::testing::internal::GetCapturedStderr();
      EXPECT_EQ(receiver_.stats(signal).requests, before) << variable << '=' << elsewhere;
      const bool shown = console.find(signal == OtlpSignal::kTraces    ? "span any "
                                      : signal == OtlpSignal::kMetrics ? "metric disruptor.discord.commands"
                                                                       : "log INFO any: any") != std::string::npos;
      EXPECT_EQ(shown, elsewhere == std::string("console")) << variable << '=' << elsewhere << '\n' << console;
    }
    EXPECT_TRUE(SendEach({{variable, "otlp"}}));
  }
  for (const OtlpSignal signal : kSignals) EXPECT_GE(receiver_.stats(signal).requests, 5);
}

TEST_F(StandardVariables, SayWhereMetricsAreScraped) {
  for (const auto& [exporter, status, requests] :
       {std::tuple{"prometheus", 200, 0U}, {"otlp", 200, 1U}, {"otlp,prometheus", 200, 1U}, {"none", 404, 0U}}) {
    OtlpReceiver receiver;
    Telemetry telemetry(Options({{"OTEL_EXPORTER_OTLP_ENDPOINT", receiver.grpc_endpoint()},
                                 {"OTEL_METRICS_EXPORTER", exporter},
                                 {"OTEL_EXPORTER_PROMETHEUS_HOST", "localhost"}}));
    EXPECT_EQ(testing::Get(telemetry.port(), "/metrics").status, status) << exporter;
    EXPECT_TRUE(telemetry.Flush(kPatience));
    EXPECT_EQ(receiver.stats(OtlpSignal::kMetrics).requests, requests) << exporter;
  }
}

TEST_F(StandardVariables, SayWhichBucketsHistogramsAreSentWith) {
  for (const auto& [aggregation, exponential] :
       {std::pair{"explicit_bucket_histogram", false}, {"base2_exponential_bucket_histogram", true}}) {
    OtlpReceiver receiver;
    Telemetry telemetry(Options({{"OTEL_EXPORTER_OTLP_ENDPOINT", receiver.grpc_endpoint()},
                                 {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", aggregation}}));
    telemetry.metrics().Get(metrics::catalogue::kDatabaseConnectionWait).Record(1, {});
    EXPECT_TRUE(telemetry.Flush(kPatience));
    const auto point = receiver.store().Point("disruptor.database.connection.wait");
    ASSERT_TRUE(point) << aggregation;
    EXPECT_EQ(point->exponential.has_value(), exponential) << aggregation;
  }
}

TEST_F(StandardVariables, ShowExponentialHistogramsOnTheConsoleToo) {
  ::testing::internal::CaptureStderr();
  {
    Telemetry telemetry(
        Options({{"OTEL_METRICS_EXPORTER", "console"},
                 {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram"}}));
    telemetry.metrics().Get(metrics::catalogue::kDatabaseConnectionWait).Record(1.5, {});
    EXPECT_TRUE(telemetry.Flush(kPatience));
  }
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("metric disruptor.database.connection.wait: count 1 sum 1.5\n"));
}

TEST_F(StandardVariables, DisableTheSdkAlone) {
  Telemetry telemetry(Options({{"OTEL_SDK_DISABLED", "true"}}));
  RecordEach(telemetry);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  for (const OtlpSignal signal : kSignals) EXPECT_EQ(receiver_.stats(signal).requests, 0);
  EXPECT_THAT(testing::Get(telemetry.port(), "/metrics").body, HasSubstr("disruptor_discord_commands_total"));
}

TEST_F(StandardVariables, NameTheService) {
  ASSERT_TRUE(
      SendEach({{"OTEL_SERVICE_NAME", "music bot"},
                {"OTEL_RESOURCE_ATTRIBUTES", "service.name=lower,deployment.environment.name=staging,a=b%2Cc"}}));
  EXPECT_THAT(receiver_.store().WaitForSpan("any", kPatience)->resource,
              IsSupersetOf({Pair("service.name", "music bot"), Pair("deployment.environment.name", "staging"),
                            Pair("a", "b,c")}));
}

TEST_F(StandardVariables, SampleAsTheySay) {
  struct Row {
    Variables variables;
    int roots, sampled_children, other_children;  // of 1,000 roots, and 10 remote parents each; -1: about half of them
  };
  const auto sampler = [](const char* name, const char* ratio = "0.5") {
    return Variables{{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", ratio}};
  };
  for (const Row& row : {Row{{}, 1'000, 10, 0},
                         {sampler("always_on"), 1'000, 10, 10},
                         {sampler("always_off"), 0, 0, 0},
                         {sampler("traceidratio"), -1, 0, 0},
                         {sampler("traceidratio", "1"), 1'000, 10, 10},
                         {sampler("parentbased_always_on"), 1'000, 10, 0},
                         {sampler("parentbased_always_off"), 0, 10, 0},
                         {sampler("parentbased_traceidratio"), -1, 10, 0},
                         {sampler("parentbased_traceidratio", "0"), 0, 10, 0}}) {
    Variables variables = row.variables;
    variables.insert({"OTEL_METRICS_EXPORTER", "none"});
    Telemetry telemetry(Options(variables));
    for (int i = 0; i < 1'000; ++i) telemetry.tracer().Start("root").End();
    // A trace id that the ratio 0.5 does not take: it begins with eight bits that are set.
    for (const auto& [flags, name] : {std::pair{"-01", "sampled parent"}, {"-00", "other parent"}}) {
      const auto parent = tracing::SpanContext::FromTraceparent(
          std::string("00-ffffffffffffffffffffffffffffffff-b7ad6b7169203331") + flags);
      for (int i = 0; i < 10; ++i) {
        telemetry.tracer().Start(name, {.parent = tracing::Context::FromRemote(*parent)}).End();
      }
    }
    ASSERT_TRUE(telemetry.Flush(kPatience));
    auto counts = receiver_.store().SpanCounts();
    const std::string what = ::testing::PrintToString(row.variables);
    if (row.roots >= 0) {
      EXPECT_EQ(counts["root"], row.roots) << what;
    } else {
      EXPECT_NEAR(static_cast<double>(counts["root"]), 500, 150) << what;  // nine standard deviations
    }
    EXPECT_EQ(counts["sampled parent"], row.sampled_children) << what;
    EXPECT_EQ(counts["other parent"], row.other_children) << what;
    receiver_.store().Clear();
  }
}

TEST_F(StandardVariables, SizeTheBatchesAndTheQueues) {
  Telemetry telemetry(Options({{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"},
                               {"OTEL_BSP_MAX_QUEUE_SIZE", "12"},
                               {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "6"},
                               {"OTEL_BLRP_MAX_QUEUE_SIZE", "24"}}));
  for (int i = 0; i < 3; ++i) telemetry.tracer().Start("any").End();
  for (int i = 0; i < 5; ++i) telemetry.logger("any").Info("any");
  EXPECT_TRUE(telemetry.Flush(kPatience));
  for (int i = 0; i < 9; ++i) {
    telemetry.tracer().Start("any").End();
    telemetry.logger("any").Info("any");
  }
  EXPECT_TRUE(telemetry.Flush(kPatience));
  EXPECT_GE(receiver_.stats(OtlpSignal::kTraces).requests, 1 + 3) << "nine spans, at most four a request";
  EXPECT_GE(receiver_.stats(OtlpSignal::kLogs).requests, 1 + 2);
  EXPECT_EQ(receiver_.store().span_count(), 12);
  EXPECT_EQ(receiver_.store().log_count(), 14);
  EXPECT_EQ(receiver_.store().Sum("otel.sdk.processor.span.queue.capacity"), 12);
  EXPECT_EQ(receiver_.store().Sum("otel.sdk.processor.log.queue.capacity"), 24);
}

TEST_F(StandardVariables, ExportByTheirDelays) {
  Telemetry telemetry(Options(
      {{"OTEL_BSP_SCHEDULE_DELAY", "1"}, {"OTEL_BLRP_SCHEDULE_DELAY", "1"}, {"OTEL_METRIC_EXPORT_INTERVAL", "1"}}));
  RecordEach(telemetry);
  EXPECT_TRUE(receiver_.store().WaitFor(
      [](const auto& store) {
        return store.span_count() > 0 && store.log_count() > 0 && store.Sum("disruptor.discord.commands") > 0;
      },
      kPatience));
}

// The defaults are 10 s for a request and 30 s for an export with its retries.
TEST_F(StandardVariables, BoundAnExport) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kBlackHole});
  for (const Variables& variables : {Variables{{"OTEL_BSP_EXPORT_TIMEOUT", "100"},
                                               {"OTEL_BLRP_EXPORT_TIMEOUT", "100"},
                                               {"OTEL_METRIC_EXPORT_TIMEOUT", "100"}},
                                     Variables{{"OTEL_EXPORTER_OTLP_TIMEOUT", "100"},
                                               {"OTEL_BSP_EXPORT_TIMEOUT", "101"},
                                               {"OTEL_BLRP_EXPORT_TIMEOUT", "101"},
                                               {"OTEL_METRIC_EXPORT_TIMEOUT", "101"}}}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(SendEach(variables));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 9s);
  }
}

TEST_F(StandardVariables, BoundARequest) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kBlackHole, .requests = 1});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(SendEach({{"OTEL_METRICS_EXPORTER", "none"},
                        {"OTEL_LOGS_EXPORTER", "none"},
                        {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "100"}}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 9s) << "the second request was answered";
  EXPECT_EQ(receiver_.stats(OtlpSignal::kTraces).requests, 2);
}

TEST_F(StandardVariables, LimitSpansAndLogRecords) {
  struct Row {
    const char* variable;
    const char* value;
    /// A span's attributes, their length, its events, their attributes, its links; a log record's attributes.
    std::vector<int> found;
  };
  for (const Row& row : {Row{"OTEL_SERVICE_NAME", "unlimited", {3, 6, 3, 3, 3, 3}},
                         {"OTEL_ATTRIBUTE_COUNT_LIMIT", "2", {2, 6, 3, 3, 3, 2}},
                         {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1", {1, 6, 3, 3, 3, 3}},
                         {"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "1", {3, 6, 3, 3, 3, 1}},
                         {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4", {3, 4, 3, 3, 3, 3}},
                         {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5", {3, 5, 3, 3, 3, 3}},
                         {"OTEL_SPAN_EVENT_COUNT_LIMIT", "1", {3, 6, 1, 3, 3, 3}},
                         {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1", {3, 6, 3, 1, 3, 3}},
                         {"OTEL_SPAN_LINK_COUNT_LIMIT", "1", {3, 6, 3, 3, 1, 3}}}) {
    receiver_.store().Clear();
    Telemetry telemetry(Options({{row.variable, row.value}}));
    const tracing::Attributes three{{"a", "123456"}, {"b", "123456"}, {"c", "123456"}};
    const auto other = telemetry.tracer().Start("linked").span_context();
    tracing::Span span = telemetry.tracer().Start("any", {.attributes = three, .links = {other, other, other}});
    for (int i = 0; i < 3; ++i) span.AddEvent("any", three);
    span.End();
    telemetry.logger("any").With({{"a", "123456"}, {"b", "123456"}, {"c", "123456"}}).Info("any");
    ASSERT_TRUE(telemetry.Flush(kPatience));
    const auto sent = receiver_.store().SpansNamed("any").at(0).span;
    // The source's location comes with each record too.
    const int fields = std::min(receiver_.store().LogsOf("any").at(0).record.attributes_size(), 3);
    EXPECT_EQ(
        (std::vector<int>{sent.attributes_size(), static_cast<int>(sent.attributes(0).value().string_value().size()),
                          sent.events_size(), sent.events(0).attributes_size(), sent.links_size(), fields}),
        row.found)
        << row.variable;
  }
}

TEST_F(StandardVariables, LimitTheTextsOfLogRecords) {
  Telemetry telemetry(Options({{"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4"}}));
  telemetry.logger("any").With({{"a", "123456"}}).Info("any");
  ASSERT_TRUE(telemetry.Flush(kPatience));
  EXPECT_EQ(receiver_.store().LogsOf("any").at(0).attributes().at("a"), "1234");
}

TEST_F(StandardVariables, ChooseWhatIsPropagated) {
  struct Carrier final : opentelemetry::context::propagation::TextMapCarrier {
    opentelemetry::nostd::string_view Get(opentelemetry::nostd::string_view) const noexcept override { return ""; }
    void Set(opentelemetry::nostd::string_view key, opentelemetry::nostd::string_view) noexcept override {
      keys += std::string(key) + ' ';
    }
    std::string keys;
  };
  for (const auto& [value, keys] : {std::pair{"tracecontext,baggage", "traceparent baggage "},
                                    {"tracecontext", "traceparent "},
                                    {"baggage", "baggage "},
                                    {"none", ""}}) {
    Telemetry telemetry(Options({{"OTEL_PROPAGATORS", value}}));
    const auto span = telemetry.tracer().StartActive("any");
    auto context = opentelemetry::context::RuntimeContext::GetCurrent();
    const auto baggage = opentelemetry::baggage::Baggage::GetDefault()->Set("a", "b");
    context = opentelemetry::baggage::SetBaggage(context, baggage);
    Carrier carrier;
    opentelemetry::context::propagation::GlobalTextMapPropagator::GetGlobalPropagator()->Inject(carrier, context);
    EXPECT_EQ(carrier.keys, keys) << value;
  }
}

TEST_F(StandardVariables, SayHowMuchTheSdkReports) {
  for (const auto& [level, shown] : {std::pair{"none", false}, {"error", false}, {"warn", true}, {"debug", true}}) {
    ::testing::internal::CaptureStderr();
    {
      Telemetry telemetry(Options({{"OTEL_LOG_LEVEL", level}}));
      OTEL_INTERNAL_LOG_WARN("what the SDK warns of");
    }
    EXPECT_EQ(::testing::internal::GetCapturedStderr().find("what the SDK warns of") != std::string::npos, shown)
        << level;
  }
}

}  // namespace
}  // namespace guildscope
