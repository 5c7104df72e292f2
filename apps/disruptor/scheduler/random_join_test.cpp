#include "apps/disruptor/scheduler/random_join.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "apps/disruptor/scheduler/manual_executor.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace disruptor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Pair;

class FakeDirectory final : public GuildDirectory {
 public:
  std::vector<VoiceChannel> VoiceChannels(Snowflake guild) override {
    if (broken.contains(guild)) throw std::runtime_error("broken");
    return channels[guild];
  }
  std::map<Snowflake, std::vector<VoiceChannel>> channels;
  std::set<Snowflake> broken;
};

class FakeGateway final : public VoiceGateway {
 public:
  void AwaitTurn(Snowflake) override {}
  bool SendVoiceState(Snowflake guild, Snowflake channel) override {
    sent.emplace_back(guild, channel);
    if (denied.contains(guild)) {
      clock.Advance(1min);
    } else {
      sessions->OnOwnVoiceState(guild, channel);
    }
    return true;
  }
  explicit FakeGateway(guildscope::testing::FakeClock& c) : clock(c) {}
  guildscope::testing::FakeClock& clock;
  VoiceSessions* sessions = nullptr;
  std::set<Snowflake> denied;
  std::vector<std::pair<Snowflake, Snowflake>> sent;
};

/// A sound that lasts until the test ends it.
class FakeVisits final : public Visits {
 public:
  bool IsTaken(Snowflake guild) const override { return taken.contains(guild); }
  Sound Prepare(Snowflake guild) override {
    if (silent) return {};
    return [this, guild](std::function<void()> ended) {
      if (IsTaken(guild)) return false;
      playing[guild] = std::move(ended);
      return true;
    };
  }
  bool silent = true;
  std::set<Snowflake> taken;
  std::map<Snowflake, std::function<void()>> playing;
};

class RandomJoinTest : public ::testing::Test {
 protected:
  RandomJoinTest() {
    gateway_.sessions = &voice_;
    for (const Snowflake guild : {1, 2, 3}) directory_.channels[guild] = {Channel(guild * 10)};
  }

  static VoiceChannel Channel(Snowflake id) {
    return {.id = id, .name = "voice", .people = 1, .members = 1, .may_join = true, .may_speak = true};
  }

  Tick TickOf(const std::vector<Snowflake>& guilds) {
    Tick tick{.interval = 60s, .considered = 5, .joins = {}};
    for (const Snowflake guild : guilds) tick.joins.push_back({guild, clock_.SteadyNow()});
    return tick;
  }

  double Jobs(const std::string& status) {
    for (const auto& metric : registry_.Collect().metrics) {
      if (metric.name != "disruptor.scheduler.jobs") continue;
      for (const auto& point : metric.points) {
        if (point.label_values == std::vector<std::string>{"random_join", status}) return point.value;
      }
    }
    return 0;
  }

  guildscope::testing::FakeClock clock_;
  guildscope::metrics::Registry registry_{{}, clock_};
  guildscope::tracing::Tracer tracer_;
  guildscope::scheduler::Jobs jobs_{registry_, tracer_, clock_};
  FakeGateway gateway_{clock_};
  VoiceSessions voice_{gateway_, registry_, clock_, {}};
  FakeDirectory directory_;
  ManualExecutor executor_;
  SeededRandom random_{1};
  ChannelWeights weights_;
  FakeVisits visits_;
  RandomJoin join_{
      {jobs_, [this](Snowflake) { return weights_; }, directory_, voice_, executor_, random_, clock_, &visits_},
      3s,
      {}};
};

TEST_F(RandomJoinTest, JoinsStaysAndLeaves) {
  join_.Run(TickOf({1, 2}));
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(voice_.Channel(1), 10);
  EXPECT_EQ(voice_.Channel(2), 20);
  EXPECT_EQ(Jobs("success"), 1);
  clock_.Advance(3s);
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(voice_.active(), 0);
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(1, 10), Pair(2, 20), Pair(1, 0), Pair(2, 0)));
}

TEST_F(RandomJoinTest, IsOneJobThatEndsWithItsLastGuild) {
  Tick tick = TickOf({1, 2});
  tick.joins[1].at += 5s;
  join_.Run(tick);
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(Jobs("success"), 0);
  clock_.Advance(5s);
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(Jobs("success"), 1);
}

TEST_F(RandomJoinTest, IsAJobAlsoWhenNoGuildWasChosen) {
  join_.Run(TickOf({}));
  EXPECT_EQ(Jobs("success"), 1);
}

TEST_F(RandomJoinTest, LetsNoGuildThatFailsHoldBackAnother) {
  directory_.broken = {1};
  gateway_.denied = {2};
  join_.Run(TickOf({1, 2, 3}));
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(voice_.Channel(3), 30);
  EXPECT_EQ(Jobs("success"), 1);
}

TEST_F(RandomJoinTest, IsAnErrorWhenJoinsFailedAndNoneSucceeded) {
  gateway_.denied = {1};
  join_.Run(TickOf({1}));
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(Jobs("error"), 1);
}

TEST_F(RandomJoinTest, IsNoErrorWhereNobodyIsInVoice) {
  directory_.channels.clear();
  join_.Run(TickOf({1}));
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(Jobs("success"), 1);
  EXPECT_EQ(Jobs("error"), 0);
  EXPECT_TRUE(gateway_.sent.empty());
}

TEST_F(RandomJoinTest, FollowsTheWeightsOfTheGuild) {
  directory_.channels[1] = {Channel(10), Channel(11)};
  weights_ = {{10, 0}};
  for (int i = 0; i < 20; ++i) {
    join_.Run(TickOf({1}));
    executor_.RunUntil(clock_.SteadyNow());
    EXPECT_EQ(voice_.Channel(1), 11);
    voice_.Leave(1);
  }
}

TEST_F(RandomJoinTest, StaysUntilItsSoundHasEnded) {
  visits_.silent = false;
  join_.Run(TickOf({1}));
  executor_.RunUntil(clock_.SteadyNow());
  clock_.Advance(1min);
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(voice_.Channel(1), 10);
  visits_.playing.at(1)();
  EXPECT_EQ(voice_.Channel(1), 10) << "who tells of the end is not made to wait";
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(voice_.active(), 0);
}

TEST_F(RandomJoinTest, LeavesOutAGuildWhereMusicPlays) {
  visits_.taken = {1};
  join_.Run(TickOf({1, 2}));
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(2, 20)));
  EXPECT_EQ(Jobs("success"), 1);
}

TEST_F(RandomJoinTest, StaysWhereMusicCameMeanwhile) {
  visits_.silent = false;
  join_.Run(TickOf({1, 2}));
  executor_.RunUntil(clock_.SteadyNow());
  visits_.taken = {1, 2};
  visits_.playing.at(1)();
  clock_.Advance(1min);
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(voice_.Channel(1), 10);
}

TEST_F(RandomJoinTest, LeavesGuildsOutWhenTheExecutorIsFull) {
  executor_.full = true;
  join_.Run(TickOf({1}));
  EXPECT_EQ(Jobs("error"), 1);
}

TEST_F(RandomJoinTest, DoesNotStayWhenNobodyWouldMakeItLeave) {
  join_.Run(TickOf({1}));
  executor_.full = true;
  executor_.RunUntil(clock_.SteadyNow());
  EXPECT_EQ(Jobs("success"), 1);
  EXPECT_EQ(voice_.active(), 0);
}

TEST_F(RandomJoinTest, EndsTheJobWhenItsVisitsAreDropped) {
  join_.Run(TickOf({1}));
  executor_.tasks.clear();
  EXPECT_EQ(Jobs("success"), 1);
}

}  // namespace
}  // namespace disruptor
