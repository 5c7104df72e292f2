#include "apps/disruptor/discord/commands.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "apps/disruptor/commands/telemetry_text.hpp"
#include "apps/disruptor/discord/one_result.hpp"
#include "guildscope/tracing/context.hpp"

namespace disruptor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kFirstRegisterWait{5};
constexpr seconds kLongestRegisterWait{300};

Caller ReadCaller(const dpp::slashcommand_t& event) {
  const dpp::snowflake user = event.command.get_issuing_user().id;
  Caller caller{.guild = event.command.guild_id, .user = user};
  const auto permissions = event.command.resolved.member_permissions.find(user);
  caller.may_manage =
      permissions != event.command.resolved.member_permissions.end() && permissions->second.can(dpp::p_manage_guild);
  return caller;
}

/// Nothing when the option is missing or of another type than the command says, which only a broken client sends.
template <typename T>
std::optional<T> ReadOption(const dpp::slashcommand_t& event, const std::string& name) {
  const dpp::command_value value = event.get_parameter(name);
  const T* found = std::get_if<T>(&value);
  return found == nullptr ? std::nullopt : std::optional<T>(*found);
}

bool IsVoiceChannel(const dpp::slashcommand_t& event, dpp::snowflake id) {
  const auto channel = event.command.resolved.channels.find(id);
  return channel != event.command.resolved.channels.end() && channel->second.is_voice_channel();
}

dpp::message MakeAnswer(const std::string& text) {
  return dpp::message(text).set_flags(dpp::m_ephemeral).set_allowed_mentions(false, false, false, false);
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

const std::map<std::string, Commands::AtOnce, std::less<>>& Commands::AtOnceHandlers() {
  static const std::map<std::string, AtOnce, std::less<>> handlers{{"interval", &Commands::Interval},
                                                                   {"chance", &Commands::Chance},
                                                                   {"weight", &Commands::Weight},
                                                                   {"next", &Commands::Next}};
  return handlers;
}

const std::map<std::string, Commands::Later, std::less<>>& Commands::LaterHandlers() {
  static const std::map<std::string, Later, std::less<>> handlers{
      {"disrupt", &Commands::Disrupt}, {"disconnect", &Commands::Disconnect}, {"status", &Commands::Status}};
  return handlers;
}

Commands::Commands(const CommandParts& parts)
    : parts_(parts),
      started_(parts.telemetry.clock().SteadyNow()),
      logger_(parts.telemetry.logger("commands")),
      retry_(parts.executor, parts.telemetry.tracer(), parts.telemetry.clock(), logger_) {
  parts_.bot.on_slashcommand([this](const dpp::slashcommand_t& event) { HandleAtOnce(event); });
  parts_.bot.on_slashcommand([this](const dpp::slashcommand_t& event) { return HandleLater(event); });
}

void Commands::HandleAtOnce(const dpp::slashcommand_t& event) {
  const std::string name = event.command.get_command_name();
  if (LaterHandlers().contains(name)) return;
  auto counted = std::make_shared<Counted>(active_);
  const auto answer = [&](const std::string& text) {
    retry_.Send(
        "answer to /" + name,
        [event, text](dpp::command_completion_event_t end) { event.reply(MakeAnswer(text), std::move(end)); },
        [counted](bool) {});
  };
  const auto handler = AtOnceHandlers().find(name);
  if (handler == AtOnceHandlers().end()) return answer(kUnknownCommand);
  std::string text;
  try {
    text = (this->*handler->second)(event);
  } catch (const std::exception& error) {
    logger_.Error("/{} failed: {}", name, error.what());
    answer(kInternalError);
    throw;
  }
  answer(text);
}

dpp::task<void> Commands::HandleLater(const dpp::slashcommand_t& event) {
  const auto handler = LaterHandlers().find(event.command.get_command_name());
  if (handler == LaterHandlers().end()) co_return;
  const Counted counted(active_);
  const bool acknowledged = co_await Acknowledge(event);
  if (!acknowledged) co_return;  // Discord shows the user a failure, and takes nothing more for this interaction.
  std::exception_ptr failure;
  const std::string text = co_await OnWorker(handler->second, event, failure);
  co_await Answer(event, text);
  if (failure) std::rethrow_exception(failure);
}

dpp::async<bool> Commands::Acknowledge(const dpp::slashcommand_t& event) {
  return dpp::async<bool>([&](RestRetry::Done done) {
    retry_.Send(
        "answer to /" + event.command.get_command_name(),
        // Not thinking(), which puts a text of its own into what is no message yet.
        [event](dpp::command_completion_event_t end) {
          event.reply(dpp::ir_deferred_channel_message_with_source, MakeAnswer(""), std::move(end));
        },
        std::move(done));
  });
}

dpp::async<bool> Commands::Answer(const dpp::slashcommand_t& event, const std::string& text) {
  return dpp::async<bool>([&](RestRetry::Done done) {
    retry_.Send(
        "result of /" + event.command.get_command_name(),
        [event, text](dpp::command_completion_event_t end) {
          event.edit_original_response(MakeAnswer(text), std::move(end));
        },
        std::move(done));
  });
}

dpp::async<std::string> Commands::OnWorker(Later handler, const dpp::slashcommand_t& event,
                                           std::exception_ptr& failure) {
  return dpp::async<std::string>([&](std::function<void(std::string)> done) {
    auto result = std::make_shared<OneResult>(std::move(done));
    // Before everything that waits: somebody is looking at the screen. `event` and `failure` live in the coroutine,
    // which waits for the result.
    parts_.executor.RunAt(Executor::TimePoint::min(), [this, handler, &event, &failure, result = std::move(result)] {
      std::string text;
      const guildscope::tracing::ContextScope scope(result->context());
      try {
        text = (this->*handler)(ReadCaller(event), event);
      } catch (const std::exception& error) {
        logger_.Error("/{} failed: {}", event.command.get_command_name(), error.what());
        failure = std::current_exception();
        text = kInternalError;
      }
      result->Give(std::move(text));
    });
  });
}

std::string Commands::Interval(const dpp::slashcommand_t& event) {
  const Caller caller = ReadCaller(event);
  if (std::string refusal = RefuseSettingsChange(caller); !refusal.empty()) return refusal;
  const auto interval = CheckInterval(ReadOption<std::string>(event, "duration").value_or(""), parts_.interval_limits);
  if (!interval.value) return interval.refusal;
  parts_.settings.SetInterval(caller.guild, *interval.value);
  Reschedule(caller.guild);
  return ConfirmInterval(*interval.value);
}

std::string Commands::Chance(const dpp::slashcommand_t& event) {
  const Caller caller = ReadCaller(event);
  if (std::string refusal = RefuseSettingsChange(caller); !refusal.empty()) return refusal;
  const auto chance = CheckChance(ReadOption<std::int64_t>(event, "percent").value_or(-1));
  if (!chance.value) return chance.refusal;
  parts_.settings.SetChance(caller.guild, *chance.value);
  Reschedule(caller.guild);
  return ConfirmChance(*chance.value);
}

std::string Commands::Weight(const dpp::slashcommand_t& event) {
  const Caller caller = ReadCaller(event);
  if (std::string refusal = RefuseSettingsChange(caller); !refusal.empty()) return refusal;
  const dpp::snowflake channel = ReadOption<dpp::snowflake>(event, "channel").value_or(dpp::snowflake());
  const auto weight =
      CheckWeight(ReadOption<std::int64_t>(event, "weight").value_or(-1), IsVoiceChannel(event, channel));
  if (!weight.value) return weight.refusal;
  parts_.settings.SetWeight(caller.guild, channel, *weight.value);
  return ConfirmWeight(channel, *weight.value);
}

std::string Commands::Next(const dpp::slashcommand_t& event) {
  const Caller caller = ReadCaller(event);
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

std::string Commands::Disconnect(const Caller& caller, const dpp::slashcommand_t&) {
  Caller here = caller;
  here.voice_channel = parts_.directory.FindCaller(caller.guild, caller.user).caller_channel;
  if (std::string refusal = RefuseDisconnect(here, parts_.voice.Channel(caller.guild)); !refusal.empty()) {
    return refusal;
  }
  parts_.voice.Leave(caller.guild);
  return "Bye.";
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
