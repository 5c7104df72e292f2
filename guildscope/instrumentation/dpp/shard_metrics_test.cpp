#include "guildscope/instrumentation/dpp/shard_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace guildscope::dpp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class ShardMetricsTest : public testing::Test {
 protected:
  /// By label values joined with a blank; empty when the metric has no series.
  std::map<std::string, double> Values(std::string_view name) {
    std::map<std::string, double> values;
    for (const auto& metric : registry_.Collect().metrics) {
      if (metric.name != "disruptor.discord." + std::string(name)) continue;
      for (const auto& point : metric.points) {
        std::string labels;
        for (const auto& value : point.label_values) labels += (labels.empty() ? "" : " ") + value;
        values[labels] = point.value;
      }
    }
    return values;
  }

  metrics::Registry registry_;
  ShardMetrics shards_{registry_};
};

TEST_F(ShardMetricsTest, AShardIsConnectedFromReadyToItsDisconnect) {
  shards_.Expect(0);
  shards_.Expect(3);
  EXPECT_THAT(Values("gateway.connected"), UnorderedElementsAre(Pair("0", 0), Pair("3", 0)));
  shards_.Ready(3, {});
  EXPECT_THAT(Values("gateway.connected"), UnorderedElementsAre(Pair("0", 0), Pair("3", 1)));
  shards_.Disconnected(3);
  EXPECT_THAT(Values("gateway.connected"), UnorderedElementsAre(Pair("0", 0), Pair("3", 0)));
  shards_.Resumed(3);
  EXPECT_THAT(Values("gateway.connected"), UnorderedElementsAre(Pair("0", 0), Pair("3", 1)));
}

TEST_F(ShardMetricsTest, TheFirstSessionIsNoReconnect) {
  shards_.Ready(0, {});
  EXPECT_THAT(Values("gateway.reconnects"), IsEmpty());
  shards_.Ready(0, {});
  shards_.Resumed(0);
  shards_.Resumed(0);
  EXPECT_THAT(Values("gateway.reconnects"), UnorderedElementsAre(Pair("0 identify", 1), Pair("0 resume", 2)));
}

TEST_F(ShardMetricsTest, GuildsComeWithReadyAndWithCreate) {
  shards_.Ready(0, {10, 11});
  shards_.Joined(0, 11);  // became available: counted already
  shards_.Joined(0, 12);
  shards_.Ready(1, {20});
  EXPECT_THAT(Values("guild_count"), UnorderedElementsAre(Pair("0", 3), Pair("1", 1)));
  shards_.Left(0, 10);
  EXPECT_THAT(Values("guild_count"), UnorderedElementsAre(Pair("0", 2), Pair("1", 1)));
}

TEST_F(ShardMetricsTest, ANewSessionTellsWhichGuildsWereLeftMeanwhile) {
  EXPECT_THAT(shards_.Ready(0, {10, 11, 12}), IsEmpty());
  EXPECT_THAT(shards_.Ready(0, {10, 12, 13}), ElementsAre(11));
  EXPECT_THAT(Values("guild_count"), ElementsAre(Pair("0", 3)));
}

TEST_F(ShardMetricsTest, CountsEventsByShardAndType) {
  shards_.CountEvent(0, "READY");
  shards_.CountEvent(0, "GUILD_CREATE");
  shards_.CountEvent(0, "GUILD_CREATE");
  shards_.CountEvent(1, "GUILD_CREATE");
  EXPECT_THAT(Values("gateway.events"),
              UnorderedElementsAre(Pair("0 READY", 1), Pair("0 GUILD_CREATE", 2), Pair("1 GUILD_CREATE", 1)));
}

TEST_F(ShardMetricsTest, ThereIsNoLatencyWithoutAHeartbeat) {
  shards_.Ready(0, {});
  EXPECT_THAT(Values("gateway.latency"), IsEmpty());
  shards_.SetLatency(0, 0.25);
  EXPECT_THAT(Values("gateway.latency"), ElementsAre(Pair("0", 0.25)));
  shards_.Disconnected(0);
  EXPECT_THAT(Values("gateway.latency"), IsEmpty());
}

TEST_F(ShardMetricsTest, KnowsWhichShardsAreConnected) {
  EXPECT_THAT(shards_.States(), IsEmpty());
  EXPECT_FALSE(shards_.AllConnected());
  shards_.Expect(0);
  shards_.Ready(1, {});
  const auto states = shards_.States();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_FALSE(states[0].connected);
  EXPECT_TRUE(states[1].connected);
  EXPECT_FALSE(shards_.AllConnected());
  shards_.Ready(0, {});
  EXPECT_TRUE(shards_.AllConnected());
}

TEST_F(ShardMetricsTest, ObservesNothingAfterClose) {
  shards_.Ready(0, {1});
  shards_.Close();
  EXPECT_THAT(Values("guild_count"), IsEmpty());
}

}  // namespace
}  // namespace guildscope::dpp
