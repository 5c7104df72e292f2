#include "apps/disruptor/discord/dpp_failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace disruptor {
namespace {

using ::testing::HasSubstr;

std::optional<Failure> Find(dpp::loglevel severity, std::string_view message, bool started = false) {
  return FindFailure(severity, message, started, "Discord");
}

TEST(DppFailure, KnowsARefusedTokenByRestAndByTheGateway) {
  const auto rest = Find(dpp::ll_critical, "Invalid bot token (401: Unauthorized when getting gateway shard count)");
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->status, ExitStatus::kTokenRefused);
  const auto gateway = Find(
      dpp::ll_debug, "Receiving exception: OOF! Error from underlying websocket: 4004: Authentication failed", true);
  ASSERT_TRUE(gateway);
  EXPECT_EQ(gateway->status, ExitStatus::kTokenRefused);
  EXPECT_THAT(gateway->message, HasSubstr("DISCORD_TOKEN"));
}

TEST(DppFailure, KnowsTheCloseCodesAfterWhichReconnectingIsFutile) {
  const auto intents = Find(
      dpp::ll_debug, "Receiving exception: OOF! Error from underlying websocket: 4014: Disallowed intent(s)", true);
  ASSERT_TRUE(intents);
  EXPECT_EQ(intents->status, ExitStatus::kNoDiscord);
  EXPECT_THAT(intents->message, HasSubstr("intents"));
  for (const char* code : {"1000", "4000", "4007", "4008", "4009"}) {
    EXPECT_FALSE(Find(dpp::ll_debug,
                      std::string("Receiving exception: OOF! Error from underlying websocket: ") + code + ": x", true));
  }
}

TEST(DppFailure, IsAnUnreachableDiscordOnlyAtTheStart) {
  const std::string_view message = "HTTP(S) error on https connection to discord.com:443: Connection refused";
  const auto failure = Find(dpp::ll_error, message);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->status, ExitStatus::kNoDiscord);
  EXPECT_THAT(failure->message, HasSubstr("cannot reach Discord ("));
  EXPECT_FALSE(Find(dpp::ll_error, message, true));
}

TEST(DppFailure, KnowsWhatStopsDppForGood) {
  EXPECT_EQ(Find(dpp::ll_critical, "get_gateway_bot: {}")->status, ExitStatus::kNoDiscord);
  EXPECT_EQ(Find(dpp::ll_critical, "Event loop unhandled exception: x", true)->status, ExitStatus::kFailed);
}

TEST(DppFailure, IsNothingElse) {
  EXPECT_FALSE(Find(dpp::ll_info, "Shard id 0 (1/1) ready!"));
  EXPECT_FALSE(Find(dpp::ll_warning, "Rate limited on endpoint"));
  EXPECT_FALSE(Find(dpp::ll_error, "discord_client::handle_frame(JSON)", true));
  EXPECT_FALSE(
      Find(dpp::ll_error, "handle_frame: [Receiving exception: OOF! Error from underlying websocket: 4004]", true));
}

}  // namespace
}  // namespace disruptor
