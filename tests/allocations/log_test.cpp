#include <opentelemetry/logs/logger.h>
#include <opentelemetry/logs/noop.h>
#include <opentelemetry/logs/provider.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "guildscope/export/log_provider.hpp"
#include "guildscope/logging/logging.hpp"
#include "tests/allocations/allocations.hpp"

namespace guildscope {
namespace {

namespace otel = opentelemetry;
using namespace exporting;

/// Through a ring to a file, too.
class LogAllocations : public AllocationTest {
 protected:
  LogAllocations() : AllocationTest(WireMessage::kLogRecord) {
    otel::logs::Provider::SetLoggerProvider(otel::nostd::shared_ptr<otel::logs::LoggerProvider>(new LogProvider(
        LentLogSink(std::make_shared<const LogSink>(config::AttributeLimits{}, redactor_, pipeline_)))));
  }
  ~LogAllocations() override {
    otel::logs::Provider::SetLoggerProvider(
        otel::nostd::shared_ptr<otel::logs::LoggerProvider>(new otel::logs::NoopLoggerProvider()));
    pipeline_->Shutdown(std::chrono::seconds(10));
    std::filesystem::remove_all(folder_);
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("guildscope_log_allocations_" + std::to_string(getpid()));
};

TEST_F(LogAllocations, NoneThroughOpenTelemetrysApi) {
  const auto logger = otel::logs::Provider::GetLoggerProvider()->GetLogger("a test");
  EXPECT_EQ(Allocations([&] {
              auto record = logger->CreateLogRecord();
              record->SetSeverity(otel::logs::Severity::kInfo);
              record->SetBody("a member joined the channel of the guild");
              record->SetAttribute("guild_id", "1000000000004194304");
              record->SetAttribute("shard", std::int64_t{3});
              logger->EmitLogRecord(std::move(record));
            }),
            0);
}

TEST_F(LogAllocations, NoneForALineOfOurOwnToEverySink) {
  logging::LoggingOptions options;
  options.log_dir = folder_.string();
  logging::Logging logging(std::move(options), nullptr);
  logging.EnableOtlp();
  const logging::Logger logger = logging.Get("music").With({{"guild_id", "1000000000004194304"}});
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(Allocations([&] { logger.Info("a member joined channel {}", 1'000'000'000'004'194'304); },
                        [&] {
                          Flush();
                          EXPECT_TRUE(logging.Flush(std::chrono::seconds(60)));
                        }),
            0);
  EXPECT_NE(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(logging.lost(), 0);
}

}  // namespace
}  // namespace guildscope
