#include "apps/disruptor/voice/voice_sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"

namespace disruptor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Snowflake kGuild = 10;
constexpr Snowflake kChannel = 20;

/// What Discord does when it is asked is a function; what it was asked is kept.
class FakeGateway final : public VoiceGateway {
 public:
  void AwaitTurn(Snowflake) override { on_turn(); }
  bool SendVoiceState(Snowflake guild, Snowflake channel) override {
    sent.emplace_back(guild, channel);
    return on_send(guild, channel);
  }
  std::vector<std::pair<Snowflake, Snowflake>> sent;
  std::function<void()> on_turn = [] {};
  std::function<bool(Snowflake, Snowflake)> on_send = [](Snowflake, Snowflake) { return true; };
};

class VoiceSessionsTest : public ::testing::Test {
 protected:
  VoiceSessionsTest() { Obey(); }

  /// Discord confirms everything at once.
  void Obey() {
    gateway_.on_send = [this](Snowflake guild, Snowflake channel) {
      sessions_.OnOwnVoiceState(guild, channel);
      return true;
    };
  }
  /// Discord takes everything and says nothing until the limits are over.
  void StaySilent() {
    gateway_.on_send = [this](Snowflake, Snowflake) {
      clock_.Advance(1min);
      return true;
    };
  }

  double Value(const std::string& name, const std::vector<std::string>& labels) {
    for (const auto& metric : registry_.Collect().metrics) {
      if (metric.name != name) continue;
      for (const auto& point : metric.points) {
        if (point.label_values == labels) return metric.bounds.empty() ? point.value : static_cast<double>(point.count);
      }
    }
    return 0;
  }
  double Attempts(const std::string& status) {
    return Value("disruptor.voice.connection_attempts", {std::to_string(kGuild), status});
  }
  double Active() { return Value("disruptor.voice.connections_active", {std::to_string(kGuild)}); }
  double Cleanups() { return Value("disruptor.audio.processing_duration", {"cleanup", std::to_string(kGuild)}); }

  guildscope::testing::FakeClock clock_;
  guildscope::metrics::Registry registry_{{}, clock_};
  FakeGateway gateway_;
  VoiceSessions sessions_{gateway_, registry_, clock_, {.join = 10s, .leave = 2s}};
};

TEST_F(VoiceSessionsTest, JoinsWhenDiscordConfirms) {
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kJoined);
  EXPECT_EQ(sessions_.Channel(kGuild), kChannel);
  EXPECT_EQ(Attempts("success"), 1);
  EXPECT_EQ(Active(), 1);
}

TEST_F(VoiceSessionsTest, WaitsForAConfirmationThatComesOnAnotherThread) {
  std::thread discord;
  gateway_.on_send = [&](Snowflake guild, Snowflake channel) {
    discord = std::thread([this, guild, channel] { sessions_.OnOwnVoiceState(guild, channel); });
    return true;
  };
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kJoined);
  discord.join();
  EXPECT_EQ(Attempts("success"), 1);
}

TEST_F(VoiceSessionsTest, CountsASilentDiscordAsAnErrorAndTakesTheRequestBack) {
  StaySilent();
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kTimedOut);
  EXPECT_EQ(Attempts("error"), 1);
  EXPECT_EQ(Attempts("success"), 0);
  EXPECT_EQ(Active(), 0);
  EXPECT_EQ(sessions_.Channel(kGuild), std::nullopt);
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(kGuild, kChannel), Pair(kGuild, 0)));
}

TEST_F(VoiceSessionsTest, CountsNothingWhenDiscordWasNotAsked) {
  gateway_.on_send = [](Snowflake, Snowflake) { return false; };
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kNotConnected);
  EXPECT_EQ(Attempts("error") + Attempts("success"), 0);
  Obey();
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kJoined);
}

TEST_F(VoiceSessionsTest, JoinsAGuildOnceAtATime) {
  JoinResult second;
  gateway_.on_send = [&](Snowflake guild, Snowflake channel) {
    second = sessions_.Join(kGuild, kChannel + 1);
    sessions_.OnOwnVoiceState(guild, channel);
    return true;
  };
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kJoined);
  EXPECT_EQ(second, JoinOutcome::kBusy);
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kAlreadyThere);
  EXPECT_EQ(sessions_.Join(kGuild, kChannel + 1), JoinOutcome::kBusy);
  EXPECT_EQ(Attempts("success"), 1);
}

TEST_F(VoiceSessionsTest, LeavesAndMeasuresTheCleanup) {
  EXPECT_FALSE(sessions_.Leave(kGuild));
  (void)sessions_.Join(kGuild, kChannel);
  EXPECT_TRUE(sessions_.Leave(kGuild));
  EXPECT_EQ(Active(), 0);
  EXPECT_EQ(Cleanups(), 1);
  EXPECT_FALSE(sessions_.Leave(kGuild));
  EXPECT_EQ(Cleanups(), 1);
}

TEST_F(VoiceSessionsTest, LeavesOnlyTheConnectionThatIsMeant) {
  const auto first = sessions_.Join(kGuild, kChannel);
  sessions_.OnOwnVoiceState(kGuild, 0);
  const auto second = sessions_.Join(kGuild, kChannel);
  EXPECT_FALSE(sessions_.Leave(kGuild, first.session));
  EXPECT_EQ(sessions_.Channel(kGuild), kChannel);
  EXPECT_TRUE(sessions_.Leave(kGuild, second.session));
}

TEST_F(VoiceSessionsTest, HasLeftEvenWhenDiscordDoesNotConfirm) {
  (void)sessions_.Join(kGuild, kChannel);
  StaySilent();
  EXPECT_TRUE(sessions_.Leave(kGuild));
  EXPECT_EQ(Active(), 0);
  Obey();
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kJoined);
}

TEST_F(VoiceSessionsTest, NoticesThatSomebodyMovedOrKickedTheBot) {
  (void)sessions_.Join(kGuild, kChannel);
  sessions_.OnOwnVoiceState(kGuild, kChannel + 1);
  EXPECT_EQ(sessions_.Channel(kGuild), kChannel + 1);
  EXPECT_EQ(Active(), 1);
  sessions_.OnOwnVoiceState(kGuild, 0);
  EXPECT_EQ(sessions_.Channel(kGuild), std::nullopt);
  EXPECT_EQ(Active(), 0);
  EXPECT_EQ(Attempts("success"), 1);
}

TEST_F(VoiceSessionsTest, LeavesWhereItNeverAskedToBe) {
  sessions_.OnOwnVoiceState(kGuild, kChannel);
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(kGuild, 0)));
  gateway_.sent.clear();
  sessions_.OnOwnVoiceState(kGuild, 0);
  EXPECT_THAT(gateway_.sent, IsEmpty());
}

TEST_F(VoiceSessionsTest, CountsAnAttemptAsAnErrorWhenItsGuildGoes) {
  std::thread discord;
  gateway_.on_send = [&](Snowflake guild, Snowflake) {
    discord = std::thread([this, guild] {
      sessions_.OnGuildGone(guild);
      // Counted by now, so that removing the guild's series removes it too.
      EXPECT_EQ(Attempts("error"), 1);
    });
    return true;
  };
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kGuildGone);
  discord.join();
  EXPECT_EQ(Attempts("error"), 1);
}

TEST_F(VoiceSessionsTest, ForgetsConnectionsWithTheSessionOfTheirShard) {
  (void)sessions_.Join(kGuild, kChannel);
  sessions_.OnSessionLost([](Snowflake guild) { return guild != kGuild; });
  EXPECT_EQ(sessions_.Channel(kGuild), kChannel);
  sessions_.OnSessionLost([](Snowflake guild) { return guild == kGuild; });
  EXPECT_EQ(sessions_.Channel(kGuild), std::nullopt);
  EXPECT_EQ(Active(), 0);
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kJoined);
}

TEST_F(VoiceSessionsTest, LeavesEverywhereWhenItCloses) {
  (void)sessions_.Join(kGuild, kChannel);
  (void)sessions_.Join(11, 21);
  gateway_.sent.clear();
  sessions_.Close(1s);
  EXPECT_THAT(gateway_.sent, ElementsAre(Pair(kGuild, 0), Pair(11, 0)));
  EXPECT_EQ(Active(), 0);
  EXPECT_EQ(Cleanups(), 1);
  EXPECT_EQ(sessions_.active(), 0);
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kClosed);
  sessions_.Close(1s);
}

TEST_F(VoiceSessionsTest, AttemptsNothingMoreWhenItClosedWhileAJoinWaitedForItsTurn) {
  gateway_.on_turn = [this] { sessions_.Close(1s); };
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kClosed);
  EXPECT_THAT(gateway_.sent, IsEmpty());
  EXPECT_EQ(Attempts("error") + Attempts("success"), 0);
}

TEST_F(VoiceSessionsTest, GivesDiscordItsTimeFromTheTurnOn) {
  gateway_.on_turn = [this] { clock_.Advance(1min); };
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kJoined);
}

TEST_F(VoiceSessionsTest, GivesAnAttemptOneOutcomeWhenItCloses) {
  std::thread closing;
  gateway_.on_send = [&](Snowflake, Snowflake channel) {
    if (channel != 0) closing = std::thread([this] { sessions_.Close(0ms); });
    return true;
  };
  EXPECT_EQ(sessions_.Join(kGuild, kChannel), JoinOutcome::kClosed);
  closing.join();
  EXPECT_EQ(Attempts("error"), 1);
  EXPECT_EQ(Attempts("success"), 0);
}

}  // namespace
}  // namespace disruptor
