#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/logs/logger.h>
#include <opentelemetry/logs/provider.h>
#include <opentelemetry/metrics/meter.h>
#include <opentelemetry/metrics/meter_provider.h>
#include <opentelemetry/metrics/provider.h>
#include <opentelemetry/metrics/sync_instruments.h>
#include <opentelemetry/trace/provider.h>
#include <opentelemetry/trace/tracer.h>

#include "guildscope/metrics/catalogue.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

namespace otel = opentelemetry;
using config::Exporter;
using config::OtlpProtocol;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::OtlpReceiver;

TEST(Start, CodeThatOthersInstrumentedWithOpenTelemetryShowsUp) {
  OtlpReceiver receiver;
  Telemetry telemetry(OptionsFor(receiver, OtlpProtocol::kGrpc));
  otel::trace::Provider::GetTracerProvider()->GetTracer("their tracer")->StartSpan("their span")->End();
  otel::logs::Provider::GetLoggerProvider()->GetLogger("their logger", "their library")->Info("their words");
  const auto meter = otel::metrics::Provider::GetMeterProvider()->GetMeter("their meter");
  const auto counter = meter->CreateUInt64Counter("their.counter");
  counter->Add(5);
  ASSERT_TRUE(telemetry.Flush(kPatience));

  EXPECT_EQ(receiver.store().WaitForSpan("their span", kPatience)->scope, "their tracer");
  EXPECT_TRUE(receiver.store().WaitForLog("their words", kPatience));
  EXPECT_EQ(receiver.store().Sum("their.counter"), 5);
}

class StartFailure : public ::testing::Test {
 protected:
  /// What a telemetry with these options writes to the console from its start to its end, with a span and a count.
  std::string ConsoleOf(const config::TelemetryOptions& options) {
    ::testing::internal::CaptureStderr();
    {
      Telemetry telemetry(options);
      telemetry.tracer().Start("goes on").End();
      telemetry.metrics().Get(metrics::catalogue::kDiscordCommands).Add(1, {"goes on", "success"});
      telemetry.Flush(kPatience);
    }
    return ::testing::internal::GetCapturedStderr();
  }

  OtlpReceiver receiver_;
};

TEST_F(StartFailure, OfOneSignalIsOneLineAndTheOthersGoOn) {
  config::TelemetryOptions options = OptionsFor(receiver_, OtlpProtocol::kHttpProtobuf);
  options.traces.otlp.endpoint = "localhost:4318";
  const std::string console = ConsoleOf(options);
  EXPECT_THAT(console, HasSubstr("traces are not exported: endpoint 'localhost:4318'; accepted: a URL such as "
                                 "http://localhost:4318/v1/traces"));
  EXPECT_EQ(std::count(console.begin(), console.end(), '\n'), 1) << console;
  EXPECT_EQ(receiver_.store().span_count(), 0);
  EXPECT_EQ(receiver_.store().Sum("disruptor.discord.commands"), 1);
}

TEST_F(StartFailure, NamesTheCertificateThatCannotBeRead) {
  for (const OtlpProtocol protocol : {OtlpProtocol::kGrpc, OtlpProtocol::kHttpProtobuf}) {
    config::TelemetryOptions options = OptionsFor(receiver_, protocol);
    options.traces.exporter = options.logs.exporter = Exporter::kNone;
    options.metrics.otlp.endpoint = "https://127.0.0.1:1/v1/metrics";
    options.metrics.otlp.certificate_file = "/nonexistent/ca.pem";
    EXPECT_THAT(ConsoleOf(options), AllOf(HasSubstr("metrics are not exported"), HasSubstr("/nonexistent/ca.pem"),
                                          HasSubstr("No such file or directory")));
  }
}

TEST(Start, WithoutAnExporterSpansHaveIdsAndAreNotRecorded) {
  config::TelemetryOptions options;
  options.health_server.enabled = false;
  options.otlp_enabled = false;
  Telemetry telemetry(options);
  const auto span = telemetry.tracer().StartActive("any");
  EXPECT_TRUE(tracing::CurrentSpan().valid());
  EXPECT_FALSE(tracing::CurrentSpan().sampled);
  EXPECT_TRUE(telemetry.Flush(kPatience));
}

TEST(Start, ADisabledSdkSendsNothing) {
  OtlpReceiver receiver;
  config::TelemetryOptions options = OptionsFor(receiver, OtlpProtocol::kGrpc);
  options.sdk_disabled = true;
  {
    Telemetry telemetry(options);
    EXPECT_FALSE(telemetry.tracer().Start("any").span_context().valid());
    telemetry.logger("any").Info("any");
    EXPECT_TRUE(telemetry.Flush(kPatience));
  }
  for (const auto signal : {testing::OtlpSignal::kTraces, testing::OtlpSignal::kMetrics, testing::OtlpSignal::kLogs}) {
    EXPECT_EQ(receiver.stats(signal).requests, 0);
  }
}

TEST(Start, TheConsoleExporterWritesEachSignal) {
  config::TelemetryOptions options;
  options.health_server.enabled = false;
  options.traces.exporter = options.metrics.exporter = options.logs.exporter = Exporter::kConsole;
  ::testing::internal::CaptureStderr();
  {
    Telemetry telemetry(options);
    telemetry.tracer().Start("command weight", {.attributes = {{"guild_id", "42"}}}).End();
    telemetry.logger("music").Info("now playing");
    telemetry.metrics().Get(metrics::catalogue::kDiscordCommands).Add(3, {"weight", "success"});
  }
  const std::string console = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(console, HasSubstr("span command weight trace_id="));
  EXPECT_THAT(console, HasSubstr("guild_id=42"));
  EXPECT_THAT(console, HasSubstr("log INFO music: now playing"));
  EXPECT_THAT(console, HasSubstr("metric disruptor.discord.commands command=weight status=success: 3"));
}

TEST(Start, SamplingIsTheOptions) {
  OtlpReceiver receiver;
  config::TelemetryOptions options = OptionsFor(receiver, OtlpProtocol::kGrpc);
  options.traces.sampler = config::Sampler::kParentBasedAlwaysOff;
  Telemetry telemetry(options);
  const auto parent = tracing::SpanContext::FromTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  telemetry.tracer().Start("a root").End();
  telemetry.tracer().Start("a sampled parent's child", {.parent = tracing::Context::FromRemote(*parent)}).End();
  ASSERT_TRUE(telemetry.Flush(kPatience));
  EXPECT_EQ(receiver.store().SpanCounts(), (testing::OtlpStore::Counts{{"a sampled parent's child", 1}}));
}

TEST(Start, OneTelemetryAfterAnotherWorks) {
  OtlpReceiver receiver;
  const tracing::Tracer kept;
  for (int i = 1; i <= 3; ++i) {
    Telemetry telemetry(OptionsFor(receiver, OtlpProtocol::kHttpProtobuf));
    kept.Start("any").End();
    telemetry.logger("any").Info("any");
    EXPECT_TRUE(telemetry.Shutdown());
    EXPECT_EQ(receiver.store().span_count(), i);
    EXPECT_EQ(receiver.store().log_count(), i);
  }
}

}  // namespace
}  // namespace guildscope
