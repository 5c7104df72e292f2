#include "apps/disruptor/commands/command_replies.hpp"

#include "apps/disruptor/commands/duration_text.hpp"

namespace disruptor {
namespace {

std::string Mention(Snowflake channel) { return "<#" + std::to_string(channel) + ">"; }

std::string Milliseconds(std::optional<std::chrono::milliseconds> latency) {
  return latency ? std::to_string(latency->count()) + " ms" : "not measured yet";
}

std::string Count(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace

std::string RefuseSettingsChange(const Caller& caller) {
  if (caller.guild == 0) return kOnlyInServers;
  if (!caller.may_manage) return "Only members who may manage this server can change this.";
  return "";
}

Checked<std::chrono::seconds> CheckInterval(std::string_view text, IntervalLimits limits) {
  const auto interval = ParseDuration(text);
  if (!interval) {
    return {{}, "That is no duration I understand. Write it like `90s`, `15m`, `2h30m` or `1d`."};
  }
  if (*interval < limits.lowest || *interval > limits.highest) {
    return {{},
            "The interval can be from " + FormatDuration(limits.lowest) + " to " + FormatDuration(limits.highest) +
                ", not " + FormatDuration(*interval) + "."};
  }
  return {interval, ""};
}

Checked<int> CheckChance(std::int64_t percent) {
  if (percent < 0 || percent > 100) {
    return {{}, "The chance can be from 0 to 100 percent, not " + std::to_string(percent) + "."};
  }
  return {static_cast<int>(percent), ""};
}

Checked<std::uint32_t> CheckWeight(std::int64_t weight, bool is_voice) {
  if (!is_voice) return {{}, "That is not a voice channel of this server."};
  if (weight < 0 || weight > kMaximumWeight) {
    return {{},
            "The weight can be from 0 to " + std::to_string(kMaximumWeight) + ", not " + std::to_string(weight) + "."};
  }
  return {static_cast<std::uint32_t>(weight), ""};
}

std::string ConfirmInterval(std::chrono::seconds interval) {
  return "From now on I consider dropping in every " + FormatDuration(interval) + ".";
}

std::string ConfirmChance(int percent) {
  if (percent == 0) return "From now on I do not drop in by myself.";
  return "Each time, I now drop in with a chance of " + std::to_string(percent) + " %.";
}

std::string ConfirmWeight(Snowflake channel, std::uint32_t weight) {
  if (weight == 0) return "From now on I stay away from " + Mention(channel) + ".";
  return Mention(channel) + " now has the weight " + std::to_string(weight) + "; a channel that nobody weighed has " +
         std::to_string(kDefaultWeight) + ".";
}

std::string DescribeNext(std::optional<std::chrono::seconds> until, int chance_percent, std::chrono::seconds interval) {
  if (!until) return "I have just arrived here and have no plan yet. Ask again in a moment.";
  if (chance_percent == 0) return "No disruption is due: the chance is 0 %. Change it with `/chance`.";
  return "The next disruption is due in " + FormatDuration(*until) + ", with a chance of " +
         std::to_string(chance_percent) + " %, and then every " + FormatDuration(interval) + ".";
}

std::string RefuseDisrupt(const Caller& caller, const std::optional<VoiceChannel>& channel,
                          std::optional<Snowflake> bot_channel) {
  if (caller.guild == 0) return kOnlyInServers;
  if (caller.voice_channel == 0) return "Join a voice channel first, so that I know where to go.";
  if (bot_channel == caller.voice_channel) return "I am already here.";
  if (bot_channel) return "I am busy in " + Mention(*bot_channel) + ". `/disconnect` ends that.";
  if (!channel) return "I cannot see " + Mention(caller.voice_channel) + ".";
  if (!channel->may_join) return "I may not join " + Mention(channel->id) + ": I lack the permission to connect there.";
  if (!channel->may_speak) return "I may not speak in " + Mention(channel->id) + ", so I stay out.";
  if (!HasRoom(*channel)) return Mention(channel->id) + " is full.";
  return "";
}

std::string DescribeJoin(JoinOutcome outcome, Snowflake channel) {
  switch (outcome) {
    case JoinOutcome::kJoined:
      return "Here I am, in " + Mention(channel) + ".";
    case JoinOutcome::kAlreadyThere:
      return "I am already here.";
    case JoinOutcome::kBusy:
      return "I am just on my way to or from another channel. Try again in a moment.";
    case JoinOutcome::kNotConnected:
      return "My connection to Discord is down right now. Try again in a moment.";
    case JoinOutcome::kTimedOut:
      return "Discord did not let me into " + Mention(channel) + " in time.";
    case JoinOutcome::kGuildGone:
      return "My connection to this server was lost on the way.";
    case JoinOutcome::kClosed:
      return "I am shutting down right now.";
  }
  return kInternalError;
}

std::string RefuseDisconnect(const Caller& caller, std::optional<Snowflake> bot_channel) {
  if (caller.guild == 0) return kOnlyInServers;
  if (!bot_channel) return "I am not in a voice channel.";
  if (caller.voice_channel != *bot_channel && !caller.may_manage) {
    return "Only those in " + Mention(*bot_channel) + " with me, or who may manage this server, can send me away.";
  }
  return "";
}

std::string DescribeStatus(const BotStatus& status) {
  return std::string(status.healthy ? "All is well." : "Something is wrong: see the health endpoint.") + "\nVersion " +
         status.version + ", up for " + FormatDuration(status.uptime) + "\nLatency: gateway " +
         Milliseconds(status.gateway_latency) + ", requests " + Milliseconds(status.rest_latency) + " (shard " +
         std::to_string(status.shard) + ")" + "\n" + Count(status.guilds, "server") + ", " +
         Count(status.voice_connections, "voice connection") + ", " + Count(status.schedulers, "scheduler") +
         "\nTelemetry: " + status.telemetry;
}

}  // namespace disruptor
