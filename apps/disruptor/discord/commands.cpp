#include "apps/disruptor/discord/commands.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/disruptor/commands/telemetry_text.hpp"
#include "apps/disruptor/discord/rest_retry.hpp"

namespace disruptor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kFirstRegisterWait{5};
constexpr seconds kLongestRegisterWait{300};

bool IsVoiceChannel(const dpp::slashcommand_t& event, dpp::snowflake id) {
  const auto channel = event.command.resolved.channels.find(id);
  return channel != event.command.resolved.channels.end() && channel->second.is_voice_channel();
}

std::optional<milliseconds> ToLatency(double latency_seconds) {
  if (latency_seconds <= 0) return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(std::chrono::duration<double>(latency_seconds));
}

/// What only the event loop's thread may read.
struct Measured {
  std::optional<milliseconds> gateway_latency;
  std::optional<milliseconds> rest_latency;
  std::size_t guilds = 0;
};

}  // namespace

Commands::Commands(const CommandParts& parts)
    : parts_(parts), started_(parts.telemetry.clock().SteadyNow()), logger_(parts.telemetry.logger("commands")) {
  const auto at_once = [this](const char* name, Handler handler) {
    parts_.runner.AddAtOnce(
        name, [this, handler](const Caller& caller, const auto& event) { return (this->*handler)(caller, event); });
  };
  const auto later = [this](const char* name, Handler handler) {
    parts_.runner.AddLater(
        name, [this, handler](const Caller& caller, const auto& event) { return (this->*handler)(caller, event); });
  };
  at_once("interval", &Commands::Interval);
  at_once("chance", &Commands::Chance);
  at_once("weight", &Commands::Weight);
  at_once("next", &Commands::Next);
  later("disrupt", &Commands::Disrupt);
  later("status", &Commands::Status);
}

std::string Commands::Interval(const Caller& caller, const dpp::slashcommand_t& event) {
  if (std::string refusal = RefuseSettingsChange(caller); !refusal.empty()) return refusal;
  const auto interval = CheckInterval(ReadOption<std::string>(event, "duration").value_or(""), parts_.interval_limits);
  if (!interval.value) return interval.refusal;
  parts_.settings.SetInterval(caller.guild, *interval.value);
  Reschedule(caller.guild);
  return ConfirmInterval(*interval.value);
}

std::string Commands::Chance(const Caller& caller, const dpp::slashcommand_t& event) {
  if (std::string refusal = RefuseSettingsChange(caller); !refusal.empty()) return refusal;
  const auto chance = CheckChance(ReadOption<std::int64_t>(event, "percent").value_or(-1));
  if (!chance.value) return chance.refusal;
  parts_.settings.SetChance(caller.guild, *chance.value);
  Reschedule(caller.guild);
  return ConfirmChance(*chance.value);
}

std::string Commands::Weight(const Caller& caller, const dpp::slashcommand_t& event) {
  if (std::string refusal = RefuseSettingsChange(caller); !refusal.empty()) return refusal;
  const dpp::snowflake channel = ReadOption<dpp::snowflake>(event, "channel").value_or(dpp::snowflake());
  const auto weight =
      CheckWeight(ReadOption<std::int64_t>(event, "weight").value_or(-1), IsVoiceChannel(event, channel));
  if (!weight.value) return weight.refusal;
  parts_.settings.SetWeight(caller.guild, channel, *weight.value);
  return ConfirmWeight(channel, *weight.value);
}

std::string Commands::Next(const Caller& caller, const dpp::slashcommand_t&) {
  if (caller.guild == 0) return kOnlyInServers;
  const GuildSettings settings = parts_.settings.Get(caller.guild);
  std::optional<seconds> until;
  if (const auto next = parts_.scheduler.NextTick(caller.guild)) {
    until = std::chrono::ceil<seconds>(*next - parts_.telemetry.clock().SteadyNow());
  }
  return DescribeNext(until, settings.chance_percent, settings.interval);
}

std::string Commands::Disrupt(const Caller& caller, const dpp::slashcommand_t&) {
  Caller here = caller;
  const VoicePlace place = parts_.directory.FindCaller(caller.guild, caller.user);
  here.voice_channel = place.caller_channel;
  if (std::string refusal = RefuseDisrupt(here, place.channel, parts_.voice.Channel(caller.guild)); !refusal.empty()) {
    return refusal;
  }
  const JoinResult result = parts_.random_join.DropIn(caller.guild, here.voice_channel);
  return DescribeJoin(result.outcome, here.voice_channel);
}

std::string Commands::Status(const Caller&, const dpp::slashcommand_t& event) {
  auto& telemetry = parts_.telemetry;
  BotStatus status{.version = telemetry.options().service_version};
  status.healthy = telemetry.health().Ready().status == 200;
  status.uptime = std::chrono::duration_cast<seconds>(telemetry.clock().SteadyNow() - started_);
  status.shard = event.shard;
  const Measured measured = parts_.loop.Call([&bot = parts_.bot, shard_id = event.shard] {
    Measured result{.rest_latency = ToLatency(bot.rest_ping), .guilds = dpp::get_guild_count()};
    if (dpp::discord_client* shard = bot.get_shard(shard_id)) result.gateway_latency = ToLatency(shard->websocket_ping);
    return result;
  });
  status.gateway_latency = measured.gateway_latency;
  status.rest_latency = measured.rest_latency;
  status.guilds = measured.guilds;
  status.voice_connections = parts_.voice.active();
  status.schedulers = parts_.scheduler.schedulers();
  status.telemetry = DescribeTelemetry(telemetry.options(), telemetry.port());
  return DescribeStatus(status);
}

void Commands::Reschedule(Snowflake guild) {
  const GuildSettings settings = parts_.settings.Get(guild);
  parts_.scheduler.Set(guild, {settings.interval, settings.chance_percent});
}

void Commands::Register() { RegisterAgain(kFirstRegisterWait); }

void Commands::RegisterAgain(seconds wait) {
  parts_.bot.global_bulk_command_create(
      DescribeCommands(parts_.bot.me.id), [this, wait](const dpp::confirmation_callback_t& result) {
        if (const int status = AnswerStatus(result); status >= 200 && status < 300) {
          logger_.Info("Discord knows the commands");
          return;
        }
        logger_.Warning("Discord did not take the commands (status {}); trying again in {} s", result.http_info.status,
                        wait.count());
        parts_.executor.RunAt(parts_.telemetry.clock().SteadyNow() + wait,
                              [this, wait] { RegisterAgain(std::min(wait * 2, kLongestRegisterWait)); });
      });
}

}  // namespace disruptor
