#include "apps/disruptor/voice/channel_choice.hpp"

namespace disruptor {
namespace {

std::uint64_t WeightOf(const VoiceChannel& channel, const ChannelWeights& weights) {
  if (!IsWorthJoining(channel)) return 0;
  const auto found = weights.find(channel.id);
  return found == weights.end() ? kDefaultWeight : found->second;
}

}  // namespace

bool HasRoom(const VoiceChannel& channel) noexcept {
  return channel.user_limit == 0 || channel.members < channel.user_limit || channel.may_overfill;
}

bool IsWorthJoining(const VoiceChannel& channel) noexcept {
  return channel.may_join && channel.may_speak && HasRoom(channel) && channel.people > 0;
}

std::optional<Snowflake> ChooseChannel(std::span<const VoiceChannel> channels, const ChannelWeights& weights,
                                       double random) {
  std::uint64_t total = 0;
  for (const VoiceChannel& channel : channels) total += WeightOf(channel, weights);
  auto left = static_cast<std::uint64_t>(random * static_cast<double>(total));
  for (const VoiceChannel& channel : channels) {
    const std::uint64_t weight = WeightOf(channel, weights);
    if (left < weight) return channel.id;
    left -= weight;
  }
  return std::nullopt;
}

}  // namespace disruptor
