#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/trace/provider.h>
#include <opentelemetry/trace/scope.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "guildscope/telemetry/telemetry.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/otlp_receiver.hpp"

namespace guildscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Telemetry, CountsLogRecordsThatAFileCannotTake) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / ("guildscope_lost_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder / "music.log");  // in the file's place
  config::TelemetryOptions options;
  options.logging.log_dir = folder.string();
  options.health_server.port = 0;
  {
    Telemetry telemetry(options);
    const auto page = [&] { return testing::Get(telemetry.port(), "/metrics").body; };
    EXPECT_THAT(page(), HasSubstr("\nguildscope_logging_lost_records_total 0\n"));
    telemetry.logger("music").Warning("to the console alone");
    EXPECT_TRUE(telemetry.logging().Flush(std::chrono::seconds(30)));
    EXPECT_THAT(page(), HasSubstr("\nguildscope_logging_lost_records_total 1\n"));
  }
  std::filesystem::remove_all(folder);
}

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Telemetry, ExportsTheProcessAlwaysAndLogsItWhenAsked) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / ("guildscope_process_" + std::to_string(getpid()));
  config::TelemetryOptions options;
  options.logging.log_dir = folder.string();
  options.health_server.port = 0;
  const auto page = [](const Telemetry& telemetry) { return testing::Get(telemetry.port(), "/metrics").body; };
  {
    const Telemetry telemetry(options);
    EXPECT_THAT(page(telemetry), HasSubstr("\nprocess_memory_usage_bytes "));
    // A scrape waits for a reading for 50 ms, which are over soon on a busy machine; a later one has it.
    const std::string filesystem = "\ndisruptor_system_filesystem_bytes{mountpoint=\"/\",state=\"used\"} ";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string body;
    do {
      body = page(telemetry);
    } while (body.find(filesystem) == std::string::npos && std::chrono::steady_clock::now() < deadline);
    EXPECT_THAT(body, HasSubstr(filesystem));
    EXPECT_THAT(page(telemetry), Not(HasSubstr("heartbeat{background_job=\"process_metrics\"}")));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "process_metrics.log"));
  options.process_metrics.enabled = true;
  {
    const Telemetry telemetry(options);
    EXPECT_THAT(page(telemetry), HasSubstr("\nheartbeat{background_job=\"process_metrics\"} 1\n"));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (ReadAll(folder / "process_metrics.log").empty() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
  }
  EXPECT_THAT(ReadAll(folder / "process_metrics.log"), HasSubstr("INFO"));
  EXPECT_THAT(ReadAll(folder / "process_metrics.log"), HasSubstr("RSS "));
  EXPECT_THAT(ReadAll(folder / "process_metrics.log"), HasSubstr("rss_bytes="));
  std::filesystem::remove_all(folder);
}

TEST(Telemetry, SaysHowLongItHasBeenUp) {
  testing::FakeClock clock;
  config::TelemetryOptions options;
  options.health_server.port = 0;
  Telemetry telemetry(options, nullptr, clock);
  clock.Advance(std::chrono::minutes(2));
  EXPECT_THAT(testing::Get(telemetry.port(), "/metrics").body, HasSubstr("\nprocess_uptime_seconds 120\n"));
}

constexpr metrics::HistogramDescriptor<1> kWork{"{prefix}.work", "s", "Work.", {"what"}};

config::TelemetryOptions ExportingTo(const testing::OtlpReceiver& receiver) {
  config::TelemetryOptions options;
  options.health_server.port = 0;
  options.otlp_enabled = true;
  options.metrics.otlp.endpoint = receiver.grpc_endpoint();
  options.metrics.export_interval = std::chrono::hours(1);
  options.traces.otlp.endpoint = receiver.http_endpoint(testing::OtlpSignal::kTraces);
  options.logs.exporter = config::Exporter::kNone;
  return options;
}

std::string OpenMetrics(const Telemetry& telemetry) {
  return testing::Send(telemetry.port(),
                       {.target = "/metrics", .headers = {{"accept", "application/openmetrics-text"}}})
      .body;
}

TEST(Telemetry, LeadsFromABucketToTheSpanThatWasCurrent) {
  testing::OtlpReceiver receiver;
  Telemetry telemetry(ExportingTo(receiver));
  const auto work = telemetry.metrics().Get(kWork);
  tracing::SpanContext ours;
  {
    const auto active = telemetry.tracer().StartActive("ours");
    ours = tracing::CurrentSpan();
    work.Record(0.2, {"ours"});
  }
  namespace otel = opentelemetry;
  const auto span = otel::trace::Provider::GetTracerProvider()->GetTracer("someone else")->StartSpan("theirs");
  tracing::SpanContext theirs;
  std::thread([&] {
    const otel::trace::Scope scope(span);
    theirs = tracing::CurrentSpan();
    work.Record(0.2, {"theirs"});
  }).join();
  span->End();
  work.Record(0.2, {"outside"});

  const std::string page = OpenMetrics(telemetry);
  for (const auto& [what, context] : {std::pair{"ours", ours}, {"theirs", theirs}}) {
    ASSERT_TRUE(context.sampled);
    EXPECT_THAT(page, HasSubstr("disruptor_work_seconds_bucket{what=\"" + std::string(what) +
                                "\",le=\"0.25\"} 1 # {trace_id=\"" + context.TraceIdHex() + "\",span_id=\"" +
                                context.SpanIdHex() + "\"} 0.2 "));
  }
  EXPECT_THAT(page, HasSubstr("disruptor_work_seconds_bucket{what=\"outside\",le=\"0.25\"} 1\n"));

  EXPECT_TRUE(telemetry.Flush(std::chrono::seconds(30)));
  const auto exemplars = [&](const std::string& what) {
    return receiver.store().Point("disruptor.work", {{"what", what}}).value().exemplars;
  };
  EXPECT_THAT(exemplars("ours"), ElementsAre(ours.SpanIdHex()));
  EXPECT_THAT(exemplars("theirs"), ElementsAre(theirs.SpanIdHex()));
  EXPECT_THAT(exemplars("outside"), IsEmpty());
  EXPECT_EQ(receiver.store().SpansNamed("theirs").at(0).span_id(), theirs.SpanIdHex());
}

TEST(Telemetry, HasNoExemplarsOfTracesThatAreNotKept) {
  config::TelemetryOptions options;
  options.health_server.port = 0;
  options.otlp_enabled = true;
  options.metrics.exporter = config::Exporter::kNone;
  options.logs.exporter = config::Exporter::kNone;
  options.traces.sampler = config::Sampler::kAlwaysOff;
  Telemetry telemetry(options);
  const auto active = telemetry.tracer().StartActive("unsampled");
  ASSERT_TRUE(tracing::CurrentSpan().valid());
  telemetry.metrics().Get(kWork).Record(0.2, {"x"});
  EXPECT_THAT(OpenMetrics(telemetry), HasSubstr("disruptor_work_seconds_bucket{what=\"x\",le=\"0.25\"} 1\n"));
}

TEST(Telemetry, KeepsExemplarsAsTheFilterSays) {
  testing::OtlpReceiver receiver;
  config::TelemetryOptions options = ExportingTo(receiver);
  const auto page = [&] {
    Telemetry telemetry(options);
    telemetry.metrics().Get(kWork).Record(2, {"outside"});
    const auto active = telemetry.tracer().StartActive("span");
    telemetry.metrics().Get(kWork).Record(2, {"inside"});
    return OpenMetrics(telemetry);
  };
  const std::string outside = "disruptor_work_seconds_bucket{what=\"outside\",le=\"2.5\"} 1";
  const std::string inside = "disruptor_work_seconds_bucket{what=\"inside\",le=\"2.5\"} 1";
  options.metrics.exemplars = config::ExemplarFilter::kAlwaysOn;
  EXPECT_THAT(page(), AllOf(HasSubstr(outside + " # {} 2 "), HasSubstr(inside + " # {trace_id=")));
  options.metrics.exemplars = config::ExemplarFilter::kAlwaysOff;
  EXPECT_THAT(page(), AllOf(HasSubstr(outside + "\n"), HasSubstr(inside + "\n")));
}

}  // namespace
}  // namespace guildscope
