#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "apps/disruptor/snowflake.hpp"

namespace disruptor {

/// A voice channel as the bot sees it.
struct VoiceChannel {
  Snowflake id = 0;
  std::string name;
  std::size_t people = 0;      ///< In it now; bots do not count.
  std::size_t members = 0;     ///< In it now, bots included.
  std::size_t user_limit = 0;  ///< 0: none.
  bool may_join = false;       ///< The bot sees it and may connect.
  bool may_speak = false;
  bool may_overfill = false;  ///< The bot may join although the channel is full (the permission to move members).
};

/// By channel; those that are not in it weigh kDefaultWeight. 0: never.
using ChannelWeights = std::map<Snowflake, std::uint32_t>;
inline constexpr std::uint32_t kDefaultWeight = 1;
inline constexpr std::uint32_t kMaximumWeight = 100;

/// Whether the bot's being there would not be too much.
[[nodiscard]] bool HasRoom(const VoiceChannel& channel) noexcept;

/// Whether the bot has a reason to come: it may join and speak, there is room, and there are people.
[[nodiscard]] bool IsWorthJoining(const VoiceChannel& channel) noexcept;

/// One of the channels that are worth joining, each as likely as its weight says. `random` is in [0, 1).
[[nodiscard]] std::optional<Snowflake> ChooseChannel(std::span<const VoiceChannel> channels,
                                                     const ChannelWeights& weights, double random);

}  // namespace disruptor
