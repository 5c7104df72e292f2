#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "guildscope/telemetry/telemetry.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/http_client.hpp"

namespace guildscope {
namespace {

using ::testing::HasSubstr;

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
