#include <gmock/gmock.h>

#include <iostream>
#include <set>

#include "guildscope/testing/prometheus_text.hpp"
#include "tests/guild_churn/churn.hpp"
#include "tests/guild_churn/memory.hpp"

namespace guildscope {
namespace {

using ::testing::IsEmpty;

constexpr std::size_t kGuilds = kSanitized ? 1'000 : 10'000;
constexpr std::size_t kChange = kGuilds / 20;          // guilds that leave, and that come, in one round
constexpr std::size_t kTracksLimit = kGuilds * 3 / 2;  // every guild has two such series
constexpr int kWarmUp = 2;
constexpr int kRounds = 8;

const std::string kTracks = "disruptor.audio.track_events";
const std::string kConnections = "disruptor.voice.connections_active";

/// Ten thousand guilds, some of which leave in each round for others: half of them new, half of them back again.
class GuildChurn : public ::testing::Test {
 protected:
  void JoinSome(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const bool returns = i % 2 == 0 && !left_.empty();
      const std::string guild = returns ? *left_.begin() : std::to_string(next_id_++);
      left_.erase(guild);
      churn_.Join(guild);
    }
  }

  /// Some leave. What they had, as both roads said it last, is what stays of them in the totals.
  void LeaveSome(const SumsByGuild& last_said) {
    for (std::size_t i = 0; i < kChange; ++i) {
      const std::string guild = churn_.Leave();
      left_.insert(guild);
      for (const auto& [metric, by_guild] : last_said) {
        if (metric == kConnections) continue;
        const auto had = by_guild.find(guild);
        if (had != by_guild.end()) of_those_who_left_[metric] += had->second;
      }
    }
  }

  void ExpectThatItIsRight(const SumsByGuild& said) const {
    for (const auto& [metric, by_guild] : said) {
      double sum = 0;
      for (const auto& [guild, value] : by_guild) {
        EXPECT_FALSE(left_.contains(guild)) << guild << " has left, and still is in " << metric;
        sum += value;
      }
      if (metric == kConnections) {
        EXPECT_EQ(sum, churn_.present());
      } else {
        const auto left = of_those_who_left_.find(metric);
        EXPECT_EQ(sum + (left == of_those_who_left_.end() ? 0 : left->second), churn_.done().at(metric)) << metric;
      }
    }
  }

  void ExpectThatLimitsHold(double folded) {
    const auto samples = testing::ParsePrometheusText(churn_.Page());
    std::size_t tracks = 0;
    for (const auto& sample : samples) tracks += sample.name == "disruptor_audio_track_events_total" ? 1 : 0;
    EXPECT_LE(tracks, kTracksLimit + 1);  // and the one of all others
    const auto about = [&](const char* name, const std::string& metric) {
      return testing::SumOf(samples, name, {{"metric", metric}});
    };
    EXPECT_EQ(about("guildscope_metrics_series", kTracks), tracks - 1);
    EXPECT_EQ(about("guildscope_metrics_series_limit", kTracks), kTracksLimit);
    EXPECT_EQ(about("guildscope_metrics_folded_writes_total", kTracks), folded);
    EXPECT_EQ(about("guildscope_metrics_folded_writes_total", kConnections), 0);
    EXPECT_EQ(about("guildscope_metrics_series", kConnections), kGuilds);
    EXPECT_EQ(about("guildscope_metrics_removed_series_total", kConnections), kRounds * kChange);
  }

  Churn churn_{kTracksLimit};
  std::size_t next_id_ = 1'000'000'000'000'000'000;  // as long as Discord's
  std::set<std::string> left_;                       // and are not back
  std::map<std::string, double> of_those_who_left_;  // by metric
};

TEST_F(GuildChurn, LeavesTotalsRightMemoryFlatAndNoSeriesBehind) {
  std::uint64_t allocated = 0;
  std::uint64_t resident = 0;
  JoinSome(kGuilds);
  for (int round = 0; round < kRounds; ++round) {
    churn_.Act();
    ExpectThatItIsRight(churn_.Scraped());
    {
      const SumsByGuild exported = churn_.Exported();
      ExpectThatItIsRight(exported);
      LeaveSome(exported);
    }
    JoinSome(kChange);
    const auto pause = churn_.PauseReading();
    std::cout << "round " << round << ": " << MiB(AllocatedBytes()) << " MiB allocated, "
              << MiB(ResidentBytes(getpid())) << " MiB resident" << std::endl;
    if (round + 1 != kWarmUp) continue;
    allocated = AllocatedBytes();
    resident = ResidentBytes(getpid());
  }
  // What is allocated differs by 0.3 MiB from round to round, and the series of those who leave in one round take 0.6.
  // What is resident goes up and down by 50 MiB with the threads that make pages and exports.
  if (!kSanitized) {
    const auto pause = churn_.PauseReading();
    EXPECT_LT(AllocatedBytes(), allocated + (1U << 20U));
    EXPECT_LT(ResidentBytes(getpid()), resident + (128U << 20U));
  }
  churn_.Act();
  const SumsByGuild exported = churn_.Exported();
  ExpectThatItIsRight(exported);
  ExpectThatLimitsHold(exported.at(kTracks).at(""));
  EXPECT_GT(churn_.pages(), 0U) << "pages were read meanwhile";
}

}  // namespace
}  // namespace guildscope
