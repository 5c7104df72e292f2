#include "apps/disruptor/discord/dpp_voice_gateway.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

namespace disruptor {
namespace {

constexpr int kBurst = 20;
constexpr std::chrono::milliseconds kPeriod{700};
constexpr int kVoiceStateUpdate = 4;  // Discord's Gateway opcode

std::string MakeVoiceStateUpdate(Snowflake guild, Snowflake channel) {
  const nlohmann::json channel_id = channel == 0 ? nlohmann::json() : nlohmann::json(std::to_string(channel));
  return nlohmann::json{
      {"op", kVoiceStateUpdate},
      {"d",
       {{"guild_id", std::to_string(guild)}, {"channel_id", channel_id}, {"self_mute", false}, {"self_deaf", false}}}}
      .dump();
}

}  // namespace

bool DppVoiceGateway::SendVoiceState(Snowflake guild, Snowflake channel) {
  const std::uint32_t shard_id = ShardOf(guild, bot_.numshards);
  try {
    return loop_.Call([this, shard_id, message = MakeVoiceStateUpdate(guild, channel)] {
      dpp::discord_client* shard = bot_.get_shard(shard_id);
      if (shard == nullptr || !shard->is_connected()) return false;
      shard->write(message, dpp::OP_TEXT);
      return true;
    });
  } catch (const EventLoopUnavailable&) {
    return false;
  }
}

void DppVoiceGateway::AwaitTurn(Snowflake guild) {
  const std::uint32_t shard = ShardOf(guild, bot_.numshards);
  std::chrono::nanoseconds wait{0};
  {
    const std::lock_guard lock(mutex_);
    wait = budgets_.try_emplace(shard, kBurst, kPeriod).first->second.Take(std::chrono::steady_clock::now());
  }
  if (wait > std::chrono::nanoseconds(0)) std::this_thread::sleep_for(wait);
}

}  // namespace disruptor
