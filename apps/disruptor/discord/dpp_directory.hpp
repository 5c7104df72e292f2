#pragma once

#include <dpp/cluster.h>

#include <optional>
#include <vector>

#include "apps/disruptor/discord/event_loop.hpp"
#include "apps/disruptor/scheduler/random_join.hpp"
#include "apps/disruptor/voice/channel_choice.hpp"

namespace disruptor {

/// The voice channels of a guild as its bot sees them. On the event loop's thread alone.
[[nodiscard]] std::vector<VoiceChannel> ReadVoiceChannels(const dpp::guild& guild, dpp::snowflake bot);

/// Where somebody and the bot are, at one moment.
struct VoicePlace {
  Snowflake caller_channel = 0;         ///< 0: not in voice.
  std::optional<VoiceChannel> channel;  ///< The caller's channel; nothing when the bot cannot see it.
};

/// What D++'s caches say about guilds, read where they may be read.
///
/// Cost: a round trip to the event loop a call. Threads: any. Lifetime: both must outlive it.
class DppDirectory final : public GuildDirectory {
 public:
  DppDirectory(dpp::cluster& bot, EventLoop& loop) noexcept : bot_(bot), loop_(loop) {}

  std::vector<VoiceChannel> VoiceChannels(Snowflake guild) override;
  [[nodiscard]] VoicePlace FindCaller(Snowflake guild, Snowflake user);

 private:
  dpp::cluster& bot_;
  EventLoop& loop_;
};

/// Whether the bot is in the guild and the guild can be reached. On the event loop's thread alone.
enum class GuildPresence { kPresent, kUnavailable, kGone };
[[nodiscard]] GuildPresence FindPresence(Snowflake guild);

/// Where D++ says that the bot is in voice; 0: nowhere. On the event loop's thread alone.
[[nodiscard]] Snowflake FindOwnChannel(Snowflake guild, dpp::snowflake bot);

}  // namespace disruptor
