#include "guildscope/export/log_provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/logs/logger.h>
#include <opentelemetry/logs/noop.h>
#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/scope.h>

#include <thread>
#include <vector>

#include "guildscope/export/collected_logs.hpp"
#include "guildscope/logging/otlp_sink.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using otel::logs::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class LogProviderTest : public ::testing::Test {
 protected:
  std::shared_ptr<otel::logs::LoggerProvider> Provider() { return std::make_shared<LogProvider>(logs_.sink(), clock_); }

  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  CollectedLogs logs_{2'048, redactor_};
  testing::FakeClock clock_;
};

TEST_F(LogProviderTest, NamesTheScopeByTheLibraryOrTheLogger) {
  const auto provider = Provider();
  const auto one = provider->GetLogger("a", "library", "1.0");
  EXPECT_EQ(one.get(), provider->GetLogger("a", "library", "1.0").get());
  EXPECT_NE(one.get(), provider->GetLogger("b", "library", "1.0").get());
  EXPECT_EQ(provider->GetLogger("b", "library", "1.0")->GetName(), "b");
  one->Info("by the library");
  provider->GetLogger("c")->Info("by the logger");
  const auto records = logs_.Records();
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].scope, "library");
  EXPECT_EQ(records[0].version, "1.0");
  EXPECT_EQ(records[1].scope, "c");
}

TEST_F(LogProviderTest, TakesWhatTheApiOffers) {
  const auto logger = Provider()->GetLogger("any");
  EXPECT_TRUE(logger->Enabled(Severity::kTrace));
  logger->Warn("with attributes", otel::common::MakeAttributes({{"guild_id", "7"}}));
  const auto record = logs_.Records().at(0).record;
  EXPECT_EQ(record.severity_text(), "WARN");
  EXPECT_EQ(record.body().string_value(), "with attributes");
  EXPECT_EQ(record.attributes(0).value().string_value(), "7");
  EXPECT_EQ(record.observed_time_unix_nano(), clock_.Now().time_since_epoch() / std::chrono::nanoseconds(1));
}

TEST_F(LogProviderTest, KnowsTheActiveSpan) {
  const std::uint8_t trace_id[16] = {1};
  const std::uint8_t span_id[8] = {2};
  const auto logger = Provider()->GetLogger("any");
  {
    const otel::trace::Scope scope(
        otel::nostd::shared_ptr<otel::trace::Span>(new otel::trace::DefaultSpan(otel::trace::SpanContext(
            otel::trace::TraceId(trace_id), otel::trace::SpanId(span_id), otel::trace::TraceFlags(1), false))));
    logger->Info("inside");
  }
  logger->Info("outside");
  const auto records = logs_.Records();
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].record.trace_id(), std::string("\1") + std::string(15, '\0'));
  EXPECT_EQ(records[0].record.span_id(), std::string("\2") + std::string(7, '\0'));
  EXPECT_EQ(records[0].record.flags(), 1);
  EXPECT_EQ(records[1].record.trace_id(), "");
}

TEST_F(LogProviderTest, TakesRecordsOfOurOwnAsTheyAreAndHidesSecretsOnTheWay) {
  redactor_->AddSecret("hunter22");
  const auto logger = Provider()->GetLogger("music");
  auto* const ours = dynamic_cast<logging::RecordLogger*>(logger.get());
  ASSERT_NE(ours, nullptr);
  const logging::Fields fields{{"note", "xhunter22x"}, {"authorization", "Bot abc.def"}};
  logging::Record record{.level = logging::Level::kCritical,
                         .time = clock_.Now(),
                         .logger = "music",
                         .message = "token hunter22",
                         .fields = fields,
                         .location = std::source_location::current(),
                         .thread_id = 42,
                         .thread_name = "pool",
                         .span = {}};
  record.span.trace_id.fill(3);
  record.span.span_id.fill(4);
  EXPECT_TRUE(ours->Take(record));
  const auto sent = logs_.Records().at(0).record;
  EXPECT_EQ(sent.severity_text(), "FATAL");
  EXPECT_EQ(sent.body().string_value(), "token ***");
  EXPECT_EQ(sent.time_unix_nano(), clock_.Now().time_since_epoch() / std::chrono::nanoseconds(1));
  EXPECT_EQ(sent.trace_id(), std::string(16, '\3'));
  std::map<std::string, std::string> attributes;
  for (const auto& attribute : sent.attributes()) {
    attributes[attribute.key()] = attribute.value().has_int_value() ? std::to_string(attribute.value().int_value())
                                                                    : attribute.value().string_value();
  }
  EXPECT_EQ(attributes["note"], "x***x");
  EXPECT_EQ(attributes["authorization"], "***");
  EXPECT_EQ(attributes["thread.id"], "42");
  EXPECT_EQ(attributes["thread.name"], "pool");
  EXPECT_THAT(attributes["code.file.path"], HasSubstr("log_provider_test.cpp"));
  EXPECT_EQ(attributes["code.line.number"], std::to_string(record.location.line()));
  EXPECT_THAT(attributes["code.function.name"], HasSubstr("TakesRecordsOfOurOwn"));
}

TEST_F(LogProviderTest, LeavesRecordsOfOtherProvidersAlone) {
  const auto logger = Provider()->GetLogger("any");
  otel::logs::NoopLoggerProvider others;
  logger->EmitLogRecord(static_cast<otel::logs::LoggerProvider&>(others).GetLogger("x", "x")->CreateLogRecord());
  logger->EmitLogRecord(otel::nostd::unique_ptr<otel::logs::LogRecord>());
  EXPECT_THAT(logs_.Records(), SizeIs(0));
}

struct Witness final : LogListener {
  void Logged(std::string_view record, const WireScope& scope) noexcept override {
    otel::proto::logs::v1::LogRecord parsed;
    if (parsed.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
      seen.push_back(scope.name + ": " + parsed.body().string_value());
      thread = std::this_thread::get_id();
    }
  }
  std::vector<std::string> seen;
  std::thread::id thread;
};

TEST_F(LogProviderTest, TellsAListenerOfEachRecordOnTheThreadThatLogs) {
  CollectedLogs small(2);
  const auto witness = std::make_shared<Witness>();
  small.listener = witness;
  small.Hold();
  const auto logger =
      std::shared_ptr<otel::logs::LoggerProvider>(std::make_shared<LogProvider>(small.sink()))->GetLogger("any");
  for (const char* text : {"a", "b", "c"}) logger->Debug(text);
  EXPECT_THAT(witness->seen, ElementsAre("any: a", "any: b", "any: c")) << "those that are dropped too";
  EXPECT_EQ(witness->thread, std::this_thread::get_id());
}

TEST_F(LogProviderTest, LoggersAndRecordsMayOutliveIt) {
  auto logs = std::make_unique<CollectedLogs>();
  auto logger =
      std::shared_ptr<otel::logs::LoggerProvider>(std::make_shared<LogProvider>(logs->sink()))->GetLogger("any");
  auto record = logger->CreateLogRecord();
  auto another = logger->CreateLogRecord();
  logs->pipeline().Shutdown(std::chrono::seconds(30));
  logs.reset();
  logger->EmitLogRecord(std::move(record));
  logger = {};
  another->SetBody("nobody will read this");
  another->SetAttribute("a", "b");
}

TEST_F(LogProviderTest, CountsEachRecordOfManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kRecords = 5'000;
  CollectedLogs many(100'000);
  const std::shared_ptr<otel::logs::LoggerProvider> provider = std::make_shared<LogProvider>(many.sink());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&provider, t] {
      const auto logger = provider->GetLogger("of " + std::to_string(t % 2));
      for (int i = 0; i < kRecords; ++i) logger->Error(std::to_string(t) + " " + std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<int> next(kThreads);
  for (const auto& collected : many.Records()) {
    const std::string& body = collected.record.body().string_value();
    const auto thread = static_cast<std::size_t>(body[0] - '0');
    ASSERT_EQ(body.substr(2), std::to_string(next.at(thread)++));
  }
  EXPECT_THAT(next, ::testing::Each(kRecords));
}

}  // namespace
}  // namespace guildscope::exporting
