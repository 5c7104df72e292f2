#include <gtest/gtest.h>
#include <opentelemetry/logs/logger.h>
#include <opentelemetry/logs/noop.h>
#include <opentelemetry/logs/provider.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <string>

#include "guildscope/export/log_provider.hpp"
#include "guildscope/export/wire_encoder.hpp"
#include "guildscope/logging/logging.hpp"

namespace {
thread_local std::uint64_t allocations = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;  // NOLINT(cppcoreguidelines-no-malloc)
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }               // NOLINT(cppcoreguidelines-no-malloc)
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }  // NOLINT(cppcoreguidelines-no-malloc)

namespace guildscope {
namespace {

namespace otel = opentelemetry;
using namespace exporting;

class NoTransport final : public Transport {
 public:
  Reply Send(const Request&, std::chrono::steady_clock::time_point) noexcept override {
    return {.outcome = Reply::Outcome::kAccepted, .rejected = 0, .detail = {}, .retry_after = {}};
  }
  void Cancel() noexcept override {}
  [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

 private:
  const std::string destination_ = "nowhere";
};

/// Records that really go through a queue to an exporting thread, which frees them, and through a ring to a file.
class LogAllocations : public ::testing::Test {
 protected:
  LogAllocations() {
    auto redactor = std::make_shared<Redactor>();
    BatchPipeline::Parts parts;
    parts.encoder =
        std::make_unique<WireEncoder>(WireMessage::kLogRecord, otel::proto::resource::v1::Resource(), redactor);
    parts.delivery = std::make_unique<Delivery>(std::make_unique<NoTransport>());
    parts.account = account_;
    pipeline_ = std::make_shared<BatchPipeline>(std::move(parts));
    otel::logs::Provider::SetLoggerProvider(otel::nostd::shared_ptr<otel::logs::LoggerProvider>(new LogProvider(
        LentLogSink(std::make_shared<const LogSink>(config::AttributeLimits{}, std::move(redactor), pipeline_)))));
  }
  ~LogAllocations() override {
    otel::logs::Provider::SetLoggerProvider(
        otel::nostd::shared_ptr<otel::logs::LoggerProvider>(new otel::logs::NoopLoggerProvider()));
    pipeline_->Shutdown(std::chrono::seconds(10));
    std::filesystem::remove_all(folder_);
  }

  /// What this thread allocates for one record, in the steady state: in the best of many rounds, because in one where
  /// the exporting thread is late to give memory back, more records are under way than ever before.
  template <typename MakeRecord, typename Flush>
  double Allocations(MakeRecord make_record, Flush flush) {
    constexpr int kRounds = 30;
    constexpr int kRecords = 500;
    std::uint64_t least = UINT64_MAX;
    for (int round = 0; round < kRounds; ++round) {
      const std::uint64_t before = allocations;
      for (int i = 0; i < kRecords; ++i) make_record();
      least = std::min(least, allocations - before);
      flush();
    }
    EXPECT_EQ(account_->lost(), 0);
    return static_cast<double>(least) / kRecords;
  }
  void FlushOtlp() { EXPECT_TRUE(pipeline_->Flush(std::chrono::seconds(60))); }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("guildscope_log_allocations_" + std::to_string(getpid()));
  std::shared_ptr<Account> account_ = std::make_shared<Account>();
  std::shared_ptr<BatchPipeline> pipeline_;
};

TEST_F(LogAllocations, NoneThroughOpenTelemetrysApi) {
  const auto logger = otel::logs::Provider::GetLoggerProvider()->GetLogger("a test");
  EXPECT_EQ(Allocations(
                [&] {
                  auto record = logger->CreateLogRecord();
                  record->SetSeverity(otel::logs::Severity::kInfo);
                  record->SetBody("a member joined the channel of the guild");
                  record->SetAttribute("guild_id", "1000000000004194304");
                  record->SetAttribute("shard", std::int64_t{3});
                  logger->EmitLogRecord(std::move(record));
                },
                [&] { FlushOtlp(); }),
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
                          FlushOtlp();
                          EXPECT_TRUE(logging.Flush(std::chrono::seconds(60)));
                        }),
            0);
  EXPECT_NE(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(logging.lost(), 0);
}

}  // namespace
}  // namespace guildscope
