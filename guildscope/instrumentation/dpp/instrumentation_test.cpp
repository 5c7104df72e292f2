#include "guildscope/instrumentation/dpp/instrumentation.hpp"

#include <dpp/cluster.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <optional>
#include <sstream>
#include <string>

#include "guildscope/instrumentation/dpp/cluster_state.hpp"

namespace guildscope::dpp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A telemetry that sends nothing anywhere but to log files in a folder of its own.
class InstrumentationTest : public ::testing::Test {
 protected:
  InstrumentationTest() : folder_(::testing::TempDir() + "guildscope_dpp_" + std::to_string(getpid())) {
    config::TelemetryOptions options;
    options.sdk_disabled = true;
    options.health_server.enabled = false;
    options.logging.log_dir = folder_;
    options.logging.third_party_level = "DEBUG";
    telemetry_.emplace(std::move(options));
  }
  ~InstrumentationTest() override {
    telemetry_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string Log(const std::string& logger) {
    telemetry_->logging().Flush();
    std::ostringstream text;
    text << std::ifstream(folder_ + "/" + logger + ".log").rdbuf();
    return text.str();
  }

  const std::string folder_;
  std::optional<Telemetry> telemetry_;
};

TEST_F(InstrumentationTest, SaysThatEveryHookIsLive) {
  ::dpp::cluster bot(2);
  const auto instrumentation = Instrument(bot, *telemetry_);
  EXPECT_THAT(Log("guildscope"), HasSubstr("all 12 hooks are live"));
}

TEST_F(InstrumentationTest, RefusesASecondHandleForOneCluster) {
  ::dpp::cluster bot(2);
  auto instrumentation = Instrument(bot, *telemetry_);
  EXPECT_THROW(static_cast<void>(Instrument(bot, *telemetry_)), std::logic_error);
  instrumentation = Instrumentation();
  EXPECT_NO_THROW(instrumentation = Instrument(bot, *telemetry_));
}

TEST_F(InstrumentationTest, TheHandleMayEndBeforeOrAfterTheBot) {
  Instrumentation after;
  {
    ::dpp::cluster bot(2);
    const auto before = Instrument(bot, *telemetry_);
    EXPECT_FALSE(Clusters::Instance().empty());
  }
  EXPECT_TRUE(Clusters::Instance().empty());
  {
    ::dpp::cluster bot(2);
    after = Instrument(bot, *telemetry_);
  }
  EXPECT_TRUE(Clusters::Instance().empty());
  after = Instrumentation();
}

TEST_F(InstrumentationTest, TheBotGoesOnLoggingWithoutUsWhenTheHandleHasEnded) {
  ::dpp::cluster bot(2);
  {
    const auto instrumentation = Instrument(bot, *telemetry_);
    bot.log(::dpp::ll_warning, "while it is watched");
  }
  bot.log(::dpp::ll_warning, "afterwards");
  EXPECT_THAT(Log("dpp"), HasSubstr("while it is watched"));
  EXPECT_THAT(Log("dpp"), Not(HasSubstr("afterwards")));
}

TEST_F(InstrumentationTest, DppsLogArrivesWithItsLevels) {
  ::dpp::cluster bot(2);
  const auto instrumentation = Instrument(bot, *telemetry_);
  for (const auto& [level, text] : {std::pair{::dpp::ll_trace, "DEBUG"},
                                    {::dpp::ll_debug, "DEBUG"},
                                    {::dpp::ll_info, "INFO"},
                                    {::dpp::ll_warning, "WARNING"},
                                    {::dpp::ll_error, "ERROR"},
                                    {::dpp::ll_critical, "CRITICAL"}}) {
    bot.log(level, "message of level " + std::to_string(level));
    const std::string log = Log("dpp");
    const auto line = log.substr(log.rfind('\n', log.size() - 2) + 1);
    EXPECT_THAT(line, HasSubstr(text));
    EXPECT_THAT(line, HasSubstr("message of level " + std::to_string(level)));
  }
}

TEST_F(InstrumentationTest, TheTokenIsNeverWritten) {
  const std::string token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GHIJKL.abcdefghijklmnopqrstuvwxyz0123456789AB";
  ::dpp::cluster bot(token);
  const auto instrumentation = Instrument(bot, *telemetry_);
  bot.log(::dpp::ll_error, "logging in with " + token);
  telemetry_->logger("guildscope").Error("D++ said {}", token);
  EXPECT_THAT(Log("dpp"), HasSubstr("logging in with"));
  EXPECT_THAT(Log("dpp"), Not(HasSubstr(token)));
  EXPECT_THAT(Log("guildscope"), Not(HasSubstr(token)));
}

TEST_F(InstrumentationTest, WorkThatWaitsForTheThreadPoolIsATask) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  const auto tasks = [&] {
    const auto value = [&, snapshot = telemetry_->metrics().Collect()](const std::string& name) {
      for (const auto& metric : snapshot.metrics) {
        if (metric.name == name) return metric.points.at(0).value;
      }
      return -1.0;
    };
    return value("disruptor.system.goroutines") - value("disruptor.system.threads");
  };
  {
    ::dpp::cluster bot(2);
    const auto instrumentation = Instrument(bot, *telemetry_);
    EXPECT_EQ(tasks(), 0);
    constexpr std::ptrdiff_t kThreads = 4;  // D++ has no fewer
    std::latch busy(kThreads);
    for (std::ptrdiff_t i = 0; i < kThreads; ++i) {
      bot.queue_work(0, [&] {
        busy.count_down();
        released.wait();
      });
    }
    busy.wait();
    EXPECT_EQ(tasks(), 0) << "what runs is counted with its thread";
    for (int i = 0; i < 5; ++i) bot.queue_work(1, [&] { released.wait(); });
    EXPECT_EQ(tasks(), 5);
    release.set_value();
    bot.shutdown();
    (void)tasks();
  }
  EXPECT_EQ(tasks(), 0);
}

TEST_F(InstrumentationTest, ABotWithoutAConnectedShardIsNotReady) {
  ::dpp::cluster bot(2);
  const auto instrumentation = Instrument(bot, *telemetry_);
  EXPECT_EQ(telemetry_->health().Ready().status, 503U);
}

}  // namespace
}  // namespace guildscope::dpp
