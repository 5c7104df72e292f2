#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "guildscope/telemetry/telemetry.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/http_client.hpp"

namespace guildscope {
namespace {

using ::testing::HasSubstr;
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
    EXPECT_THAT(page(telemetry), HasSubstr("\ndisruptor_system_filesystem_bytes{mountpoint=\"/\",state=\"used\"} "));
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

}  // namespace
}  // namespace guildscope
