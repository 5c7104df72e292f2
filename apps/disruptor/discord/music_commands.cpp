#include "apps/disruptor/discord/music_commands.hpp"

#include <utility>

#include "guildscope/tracing/context.hpp"

namespace disruptor {
namespace {

constexpr std::size_t kHistoryLines = 10;

}  // namespace

MusicCommands::MusicCommands(MusicCommandParts parts) : parts_(std::move(parts)) {
  const auto bind = [this](Handler handler) {
    return [this, handler](const Caller& caller, const auto& event) { return (this->*handler)(caller, event); };
  };
  parts_.runner.AddLater("play", bind(&MusicCommands::Play));
  parts_.runner.AddLater("history", bind(&MusicCommands::History));
  parts_.runner.AddLater("disconnect", bind(&MusicCommands::Disconnect));
  parts_.runner.AddAtOnce("queue", bind(&MusicCommands::Queue));
  parts_.runner.AddAtOnce("now", bind(&MusicCommands::Now));
  AddControl("skip", &MusicCommands::Skip);
  AddControl("pause", &MusicCommands::Pause);
  AddControl("resume", &MusicCommands::Resume);
  AddControl("shuffle", &MusicCommands::Shuffle);
  AddControl("stop", &MusicCommands::Stop);
}

// Later, for where the caller is only D++'s event loop knows.
void MusicCommands::AddControl(const char* name, Control control) {
  parts_.runner.AddLater(name, [this, control](const Caller& caller, const dpp::slashcommand_t&) -> std::string {
    Caller here = caller;
    if (caller.guild != 0) here.voice_channel = parts_.directory.FindCaller(caller.guild, caller.user).caller_channel;
    if (std::string refusal = RefuseControl(here, parts_.players.Channel(caller.guild)); !refusal.empty()) {
      return refusal;
    }
    return (this->*control)(caller.guild);
  });
}

std::string MusicCommands::Play(const Caller& caller, const dpp::slashcommand_t& event) {
  Caller here = caller;
  const VoicePlace place = caller.guild == 0 ? VoicePlace{} : parts_.directory.FindCaller(caller.guild, caller.user);
  here.voice_channel = place.caller_channel;
  if (std::string refusal = RefusePlay(here, place.channel, parts_.players.Channel(caller.guild)); !refusal.empty()) {
    return refusal;
  }
  const auto text = ReadOption<std::string>(event, "query").value_or("");
  music::ParsedQuery parsed = music::ParseQuery(text, parts_.parse_options());
  if (!parsed.query) return parsed.refusal;
  const music::Asked asked{.guild = caller.guild,
                           .text_channel = event.command.channel_id,
                           .voice_channel = here.voice_channel,
                           .user = caller.user,
                           .span = guildscope::tracing::CurrentSpan()};
  return DescribePlay(parts_.pipeline.Play(asked, std::move(*parsed.query), text), text);
}

std::string MusicCommands::Queue(const Caller& caller, const dpp::slashcommand_t& event) {
  if (caller.guild == 0) return kOnlyInServers;
  return DescribeQueue(parts_.players.View(caller.guild), parts_.pipeline.Waiting(caller.guild),
                       ReadOption<std::int64_t>(event, "page").value_or(1));
}

std::string MusicCommands::Now(const Caller& caller, const dpp::slashcommand_t&) {
  if (caller.guild == 0) return kOnlyInServers;
  return DescribeNow(parts_.players.View(caller.guild), parts_.pipeline.Waiting(caller.guild));
}

std::string MusicCommands::History(const Caller& caller, const dpp::slashcommand_t&) {
  if (caller.guild == 0) return kOnlyInServers;
  return DescribeHistory(parts_.store.ReadHistory(caller.guild, kHistoryLines), parts_.clock.Now());
}

std::string MusicCommands::Stop(Snowflake guild) {
  const std::size_t dropped = parts_.pipeline.Waiting(guild);
  parts_.pipeline.Cancel(guild);
  return DescribeStop(parts_.players.Stop(guild, /*leave=*/false), dropped);
}

std::string MusicCommands::Disconnect(const Caller& caller, const dpp::slashcommand_t&) {
  Caller here = caller;
  if (caller.guild != 0) here.voice_channel = parts_.directory.FindCaller(caller.guild, caller.user).caller_channel;
  std::optional<Snowflake> channel = parts_.players.Channel(caller.guild);
  if (!channel) channel = parts_.voice.Channel(caller.guild);
  const std::size_t coming = parts_.pipeline.Waiting(caller.guild);
  if (!channel && coming > 0) {  // not there yet
    parts_.pipeline.Cancel(caller.guild);
    return DescribeStop(music::PlayerAnswer::kNoPlayer, coming);
  }
  if (std::string refusal = RefuseDisconnect(here, channel); !refusal.empty()) return refusal;
  parts_.pipeline.Cancel(caller.guild);
  // A player leaves by itself; without one the bot is there for a random visit.
  if (parts_.players.Stop(caller.guild, /*leave=*/true) == music::PlayerAnswer::kNoPlayer) {
    parts_.voice.Leave(caller.guild);
  }
  return "Bye.";
}

}  // namespace disruptor
