#include "apps/disruptor/discord/dpp_voice_gateway.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace disruptor {
namespace {

constexpr int kBurst = 20;
constexpr std::chrono::milliseconds kPeriod{700};
constexpr int kVoiceStateUpdate = 4;  // Discord's Gateway opcode

// The bot listens to nobody: Discord need not send it what people say.
std::string MakeVoiceStateUpdate(Snowflake guild, Snowflake channel) {
  const nlohmann::json channel_id = channel == 0 ? nlohmann::json() : nlohmann::json(std::to_string(channel));
  return nlohmann::json{
      {"op", kVoiceStateUpdate},
      {"d",
       {{"guild_id", std::to_string(guild)}, {"channel_id", channel_id}, {"self_mute", false}, {"self_deaf", true}}}}
      .dump();
}

}  // namespace

bool DppVoiceGateway::SendVoiceState(Snowflake guild, Snowflake channel) {
  const std::uint32_t shard_id = ShardOf(guild, bot_.numshards);
  try {
    return loop_.Call([this, shard_id, guild, channel, message = MakeVoiceStateUpdate(guild, channel)] {
      if (channel == 0) links_.Drop(guild);
      dpp::discord_client* shard = bot_.get_shard(shard_id);
      if (shard == nullptr || !shard->is_connected()) return false;
      shard->write(message, dpp::OP_TEXT);
      if (channel != 0) links_.Expect(guild, channel);
      return true;
    });
  } catch (const EventLoopUnavailable&) {
    return false;
  }
}

void DppVoiceGateway::AwaitTurn(Snowflake guild) {
  const std::uint32_t shard = ShardOf(guild, bot_.numshards);
  std::unique_lock lock(mutex_);
  if (stopped_) return;
  const auto wait = budgets_.try_emplace(shard, kBurst, kPeriod).first->second.Take(std::chrono::steady_clock::now());
  stop_changed_.wait_for(lock, wait, [this] { return stopped_; });
}

void DppVoiceGateway::StopWaiting() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_changed_.notify_all();
}

}  // namespace disruptor
