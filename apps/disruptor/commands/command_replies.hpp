#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/disruptor/snowflake.hpp"
#include "apps/disruptor/voice/channel_choice.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"

/// What the bot answers: pure functions of what was asked and what is known, in words that a user understands.
namespace disruptor {

/// Who asked, and where.
struct Caller {
  Snowflake guild = 0;  ///< 0: in a private message.
  Snowflake user = 0;
  bool may_manage = false;      ///< Has the permission to manage the server.
  Snowflake voice_channel = 0;  ///< Where the caller is in voice; 0: nowhere, or not asked for.
};

/// A setting that was asked for, checked: either the value, or why not.
template <typename T>
struct Checked {
  std::optional<T> value;
  std::string refusal;  ///< For the user; empty when there is a value.
};

struct IntervalLimits {
  std::chrono::seconds lowest{60};
  std::chrono::seconds highest{604'800};
};

/// Refuses callers outside of a server, and those who may not manage it. Empty: allowed.
[[nodiscard]] std::string RefuseSettingsChange(const Caller& caller);

[[nodiscard]] Checked<std::chrono::seconds> CheckInterval(std::string_view text, IntervalLimits limits);
[[nodiscard]] Checked<int> CheckChance(std::int64_t percent);
/// `is_voice`: whether the channel is a voice channel of the caller's server.
[[nodiscard]] Checked<std::uint32_t> CheckWeight(std::int64_t weight, bool is_voice);

[[nodiscard]] std::string ConfirmInterval(std::chrono::seconds interval);
[[nodiscard]] std::string ConfirmChance(int percent);
[[nodiscard]] std::string ConfirmWeight(Snowflake channel, std::uint32_t weight);

/// /next. `until`: to the next tick; nothing when the server has no scheduler yet.
[[nodiscard]] std::string DescribeNext(std::optional<std::chrono::seconds> until, int chance_percent,
                                       std::chrono::seconds interval);

/// /disrupt: why not, empty when it may be tried. `channel`: the caller's, as the bot sees it.
[[nodiscard]] std::string RefuseDisrupt(const Caller& caller, const std::optional<VoiceChannel>& channel,
                                        std::optional<Snowflake> bot_channel);
[[nodiscard]] std::string DescribeJoin(JoinOutcome outcome, Snowflake channel);

/// /disconnect: why not, empty when it may be done.
[[nodiscard]] std::string RefuseDisconnect(const Caller& caller, std::optional<Snowflake> bot_channel);

struct BotStatus {
  std::string version;
  bool healthy = false;
  std::chrono::seconds uptime{0};
  std::optional<std::chrono::milliseconds>
      gateway_latency;  ///< Of the caller's shard; nothing before the first heartbeat.
  std::optional<std::chrono::milliseconds> rest_latency;
  std::uint32_t shard = 0;
  std::size_t guilds = 0;
  std::size_t voice_connections = 0;
  std::size_t schedulers = 0;
  std::string telemetry;  ///< Where it goes, without secrets.
};
[[nodiscard]] std::string DescribeStatus(const BotStatus& status);

inline constexpr const char* kOnlyInServers = "This command works in a server only.";

/// When a handler failed; what exactly is in the log.
inline constexpr const char* kInternalError =
    "Something went wrong on my side. Nothing was changed; please try again later.";
inline constexpr const char* kUnknownCommand =
    "I do not know this command any more. Discord will stop showing it soon.";

}  // namespace disruptor
