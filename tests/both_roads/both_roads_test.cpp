#include "tests/both_roads/both_roads.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/agreement.hpp"
#include "tests/support/standard_run.hpp"

namespace guildscope {
namespace {

using testing::Agreement;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::Sample;
using testing::StandardRun;

class BothRoadsAfterARun : public BothRoads, public ::testing::WithParamInterface<std::string> {
 protected:
  BothRoadsAfterARun() : BothRoads(StandardRun::Options()) {}

  static std::vector<std::string> Names(const std::vector<Sample>& samples) {
    std::set<std::string> names;
    for (const Sample& sample : samples) names.insert(sample.name);
    return {names.begin(), names.end()};
  }

  static bool Mention(const std::vector<Sample>& samples, const std::string& label, const std::string& value) {
    return std::ranges::any_of(samples, [&](const Sample& sample) {
      const auto found = sample.labels.find(label);
      return found != sample.labels.end() && found->second == value;
    });
  }
};

INSTANTIATE_TEST_SUITE_P(Temporality, BothRoadsAfterARun, ::testing::Values("cumulative", "delta"),
                         [](const auto& temporality) { return temporality.param; });

TEST_P(BothRoadsAfterARun, HaveTheSameSeriesWithTheSameValues) {
  auto settings = Settings(victoria_metrics_->endpoint());
  // So small that some events are folded into one series.
  settings["monitoring"]["cardinality"]["overrides"]["disruptor.discord.gateway.events"] = 4;
  settings["monitoring"]["metrics"]["temporality"] = GetParam();
  world_.StartBot(settings);
  prometheus_.emplace(std::vector{world_.playground().http_port()});
  StandardRun run(world_);
  const std::string lost = run.LoseGuild();

  prometheus_->WaitForNextScrape();
  const auto before = Scraped();
  victoria_metrics_->WaitForNextExport("disruptor_build_info");
  const bool delta = GetParam() == "delta";
  auto between = delta ? ExportedInAll() : Exported();
  // What was added to a series stays what it was, also when the series is there no more.
  if (delta) {
    EXPECT_GT(std::erase_if(between, [&](const Sample& s) { return Mention({s}, "guild_id", lost); }), 0U);
  }
  prometheus_->WaitForNextScrape();
  const auto after = Scraped();
  const Agreement agreement = testing::Compare(before, between, after, testing::IsNeverAtRest);

  EXPECT_THAT(agreement.disagreements, IsEmpty());
  // That it was everything that was compared, and not two empty answers.
  EXPECT_GT(agreement.equal, 400U);
  EXPECT_THAT(Names(between), IsSupersetOf({"disruptor_discord_commands_total", "disruptor_discord_api_requests_total",
                                            "disruptor_voice_connection_attempts_total", "heartbeat",
                                            "disruptor_scheduler_job_duration_seconds_bucket",
                                            "disruptor_database_errors_total", "process_uptime_seconds"}));
  for (const auto& samples : {before, between, after}) {
    EXPECT_TRUE(Mention(samples, "otel_metric_overflow", "true"));
    EXPECT_FALSE(Mention(samples, "guild_id", lost));
  }
  world_.StopBot();
}

}  // namespace
}  // namespace guildscope
