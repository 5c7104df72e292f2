#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "guildscope/base/version.hpp"
#include "guildscope/metrics/catalogue.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

using config::OtlpProtocol;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::OtlpAttributes;
using testing::OtlpSignal;
using ::testing::Pair;
using ::testing::StartsWith;

struct Road {
  OtlpProtocol protocol;
  bool gzip;
};

std::string NameOf(const ::testing::TestParamInfo<Road>& info) {
  return std::string(info.param.protocol == OtlpProtocol::kGrpc ? "Grpc" : "Http") +
         (info.param.gzip ? "Gzip" : "Plain");
}

class ThreeSignals : public ::testing::TestWithParam<Road> {
 protected:
  config::TelemetryOptions Options() {
    config::TelemetryOptions options = OptionsFor(receiver_, GetParam().protocol);
    for (auto* otlp : {&options.traces.otlp, &options.metrics.otlp, &options.logs.otlp}) {
      otlp->gzip = GetParam().gzip;
      otlp->headers = {{"X-Scope-OrgID", "guild bots"}};
    }
    return options;
  }

  testing::OtlpReceiver receiver_;
};

INSTANTIATE_TEST_SUITE_P(EveryRoad, ThreeSignals,
                         ::testing::Values(Road{OtlpProtocol::kGrpc, false}, Road{OtlpProtocol::kGrpc, true},
                                           Road{OtlpProtocol::kHttpProtobuf, false},
                                           Road{OtlpProtocol::kHttpProtobuf, true}),
                         NameOf);

TEST_P(ThreeSignals, ACommandIsOneTraceWithItsParentsAndLinks) {
  Telemetry telemetry(Options());
  const auto asked = telemetry.tracer().Start("asked before").span_context();
  {
    auto command = telemetry.tracer().StartActive(
        "command interval",
        {.kind = tracing::SpanKind::kServer, .attributes = {{"guild_id", "42"}, {"shard", 3}}, .links = {asked}});
    auto statement = telemetry.tracer().StartActive("SELECT guilds", {.kind = tracing::SpanKind::kClient});
    statement->SetError("busy", "database is locked");
  }
  ASSERT_TRUE(telemetry.Flush(kPatience));

  const auto spans = receiver_.store().SpansNamed("command interval");
  ASSERT_EQ(spans.size(), 1);
  const auto& command = spans.front();
  EXPECT_EQ(command.span.kind(), opentelemetry::proto::trace::v1::Span::SPAN_KIND_SERVER);
  EXPECT_EQ(command.parent_id(), "");
  EXPECT_EQ(command.scope, "guildscope");
  EXPECT_EQ(command.attributes(), (OtlpAttributes{{"guild_id", "42"}, {"shard", "3"}}));
  EXPECT_GT(command.span.end_time_unix_nano(), command.span.start_time_unix_nano());
  ASSERT_EQ(command.span.links_size(), 1);
  EXPECT_EQ(testing::ToHex(command.span.links(0).trace_id()), asked.TraceIdHex());
  EXPECT_EQ(testing::ToHex(command.span.links(0).span_id()), asked.SpanIdHex());

  const auto trace = receiver_.store().SpansOfTrace(command.trace_id());
  ASSERT_EQ(trace.size(), 2);
  const auto& statement = trace.front();
  EXPECT_EQ(statement.name(), "SELECT guilds");
  EXPECT_EQ(statement.parent_id(), command.span_id());
  EXPECT_EQ(statement.span.status().code(), opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
  EXPECT_EQ(statement.span.status().message(), "database is locked");
  EXPECT_THAT(statement.attributes(), Contains(Pair("error.type", "busy")));
}

TEST_P(ThreeSignals, ALogRecordCarriesTheSpanThatWasActive) {
  Telemetry telemetry(Options());
  tracing::SpanContext span;
  {
    auto active = telemetry.tracer().StartActive("command weight");
    span = active->span_context();
    telemetry.logger("commands").With({{"guild_id", "42"}}).Warning("weight of {} is {}", "Alice", 7);
  }
  ASSERT_TRUE(telemetry.Flush(kPatience));

  const auto logs = receiver_.store().LogsOf("commands");
  ASSERT_EQ(logs.size(), 1);
  EXPECT_EQ(logs[0].body(), "weight of Alice is 7");
  EXPECT_EQ(logs[0].trace_id(), span.TraceIdHex());
  EXPECT_EQ(logs[0].span_id(), span.SpanIdHex());
  EXPECT_EQ(logs[0].record.severity_number(), opentelemetry::proto::logs::v1::SEVERITY_NUMBER_WARN);
  EXPECT_THAT(logs[0].attributes(), Contains(Pair("guild_id", "42")));
}

TEST_P(ThreeSignals, MetricsArriveWithTheNumbersThatWereRecorded) {
  Telemetry telemetry(Options());
  const auto commands = telemetry.metrics().Get(metrics::catalogue::kDiscordCommands);
  const auto durations = telemetry.metrics().Get(metrics::catalogue::kDiscordCommandDuration);
  commands.Add(3, {"weight", "success"});
  commands.Add(2, {"weight", "error"});
  durations.Record(0.02, {"weight", "success"});
  durations.Record(7, {"weight", "success"});
  ASSERT_TRUE(telemetry.Flush(kPatience));

  const auto& store = receiver_.store();
  const auto succeeded = store.Point("disruptor.discord.commands", {{"command", "weight"}, {"status", "success"}});
  ASSERT_TRUE(succeeded);
  EXPECT_EQ(succeeded->value, 3);
  EXPECT_EQ(store.Sum("disruptor.discord.commands"), 5);
  const auto took = store.Point("disruptor.discord.command.duration", {{"command", "weight"}, {"status", "success"}});
  ASSERT_TRUE(took);
  EXPECT_EQ(took->unit, "s");
  EXPECT_EQ(took->count, 2);
  EXPECT_DOUBLE_EQ(took->sum, 7.02);
}

TEST_P(ThreeSignals, EverySignalSaysWhatProcessItIsOf) {
  config::TelemetryOptions options = Options();
  options.service_name = "music bot";
  options.service_version = "1.2.3";
  options.deployment_environment = "staging";
  options.resource_attributes = {{"discord.cluster.id", "7"}, {"host.name", "chosen"}};
  Telemetry telemetry(options);
  telemetry.tracer().Start("any").End();
  telemetry.logger("any").Info("any");
  ASSERT_TRUE(telemetry.Flush(kPatience));

  const auto span = receiver_.store().WaitForSpan("any", kPatience);
  const auto logs = receiver_.store().LogsOf("any");
  const auto info = receiver_.store().Points();
  ASSERT_TRUE(span);
  ASSERT_FALSE(logs.empty());
  ASSERT_FALSE(info.empty());
  const OtlpAttributes resource = span->resource;
  EXPECT_EQ(logs.front().resource, resource);
  EXPECT_EQ(info.front().resource, resource);
  const OtlpAttributes expected{{"service.name", "music bot"},
                                {"service.version", "1.2.3"},
                                {"deployment.environment.name", "staging"},
                                {"discord.cluster.id", "7"},
                                {"host.name", "chosen"},
                                {"process.pid", std::to_string(getpid())},
                                {"process.executable.name", "otlp_system_test"},
                                {"process.runtime.name", "glibc"},
                                {"telemetry.sdk.language", "cpp"},
                                {"telemetry.sdk.name", "opentelemetry"},
                                {"telemetry.sdk.version", "1.19.0"},
                                {"telemetry.distro.name", "guildscope"},
                                {"telemetry.distro.version", std::string(Version())}};
  for (const auto& [key, value] : expected) EXPECT_THAT(resource, Contains(Pair(key, value)));
  EXPECT_EQ(resource.at("service.instance.id").size(), 36);
  EXPECT_FALSE(resource.at("process.runtime.version").empty());
}

TEST_P(ThreeSignals, RequestsCarryTheHeadersAndTheCompressionOfTheOptions) {
  Telemetry telemetry(Options());
  telemetry.tracer().Start("any").End();
  telemetry.logger("any").Info("any");
  ASSERT_TRUE(telemetry.Flush(kPatience));
  for (const OtlpSignal signal : {OtlpSignal::kTraces, OtlpSignal::kMetrics, OtlpSignal::kLogs}) {
    const auto stats = receiver_.stats(signal);
    EXPECT_EQ(stats.requests, 1);
    EXPECT_THAT(stats.last_headers, Contains(Pair("x-scope-orgid", "guild bots")));
    EXPECT_THAT(stats.last_user_agent, StartsWith("OTel-OTLP-Exporter-Cpp/1.19.0 guildscope/"));
    if (GetParam().protocol != OtlpProtocol::kHttpProtobuf) continue;
    EXPECT_EQ(stats.gzip_requests, GetParam().gzip ? 1 : 0);
  }
}

TEST_P(ThreeSignals, ShutdownDeliversWhatIsLeft) {
  {
    Telemetry telemetry(Options());
    telemetry.metrics().Get(metrics::catalogue::kDiscordCommands).Add(1, {"weight", "success"});
    telemetry.logger("any").Info("the last word");
    telemetry.tracer().Start("the last span").End();
    EXPECT_TRUE(telemetry.Shutdown());
  }
  EXPECT_EQ(receiver_.store().SpansNamed("the last span").size(), 1);
  EXPECT_EQ(receiver_.store().LogsOf("any").size(), 1);
  EXPECT_EQ(receiver_.store().Sum("disruptor.discord.commands"), 1);
  EXPECT_EQ(receiver_.store().Sum("otel.sdk.exporter.span.exported"), 1) << "the final collection follows the spans";
}

TEST_P(ThreeSignals, SecretsAreReplacedBeforeTheyLeave) {
  config::TelemetryOptions options = Options();
  options.traces.limits.attributes.value_length = 30;
  const auto redactor = std::make_shared<Redactor>();
  redactor->AddSecret("tOkEn-of-the-bot");
  Telemetry telemetry(options, redactor);
  {
    auto span = telemetry.tracer().StartActive("GET tOkEn-of-the-bot");
    span->SetAttribute({"url", "https://user:hunter2@host/tOkEn-of-the-bot"});
    span->SetAttribute({"cut in the middle", "012345678901234567890 tOkEn-of-the-bot"});
    span->AddEvent("sent tOkEn-of-the-bot", {{"authorization", "Authorization: Bot abc"}});
    span->SetError("401", "tOkEn-of-the-bot was refused");
    telemetry.logger("rest").With({{"header", "tOkEn-of-the-bot"}}).Error("sent tOkEn-of-the-bot");
  }
  ASSERT_TRUE(telemetry.Flush(kPatience));

  std::string everything;
  for (const auto& span : receiver_.store().Spans()) everything += span.span.DebugString();
  for (const auto& log : receiver_.store().Logs()) everything += log.record.DebugString();
  EXPECT_THAT(everything, HasSubstr("sent ***"));
  EXPECT_THAT(everything, HasSubstr("*** was refused"));
  EXPECT_THAT(everything, Not(HasSubstr("tOkEn")));
  EXPECT_THAT(everything, Not(HasSubstr("hunter2")));
  EXPECT_THAT(everything, Not(HasSubstr("Bot abc")));
}

}  // namespace
}  // namespace guildscope
