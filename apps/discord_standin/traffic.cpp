#include "apps/discord_standin/traffic.hpp"

#include <algorithm>
#include <cmath>

namespace standin {
namespace {

constexpr std::string_view kAVoiceChannel = "{voice_channel}";
// The choices must not be those of the world, which uses the same seed.
constexpr std::uint64_t kSeedOffset = 0x9E37'79B9'7F4A'7C15ULL;

bool Defines(const Json& definitions, const std::string& name) {
  return std::any_of(definitions.begin(), definitions.end(),
                     [&](const Json& definition) { return definition.value("name", "") == name; });
}

}  // namespace

Traffic::Traffic(Discord& discord)
    : discord_(discord), random_(discord.config.seed + kSeedOffset), last_tick_(discord.clock.SteadyNow()) {
  for (const auto& [name, weight] : discord.config.command_weights) weights_[name] = ParseSnowflake(weight);
  for (const auto& [name, options] : discord.config.command_options) options_[name] = Json::parse(options);
  commands_.per_second = discord.config.commands_per_second;
  moves_.per_second = discord.config.people_moves_per_second;
}

void Traffic::SetRunning(bool running) {
  running_ = running;
  last_tick_ = discord_.clock.SteadyNow();
}

std::size_t Traffic::TakeDue(Pace& pace, double seconds) {
  pace.due += pace.per_second * seconds;
  const double whole = std::floor(pace.due);
  pace.due -= whole;
  return static_cast<std::size_t>(whole);
}

void Traffic::Tick() {
  const auto now = discord_.clock.SteadyNow();
  const double seconds = std::min(1.0, std::chrono::duration<double>(now - last_tick_).count());
  last_tick_ = now;
  if (!running_) return;
  for (std::size_t left = TakeDue(moves_, seconds); left > 0; --left) {
    if (const auto move = ChooseMove()) Move(*move);
  }
  for (std::size_t left = TakeDue(commands_, seconds); left > 0; --left) {
    if (const auto use = ChooseCommand()) UseCommand(discord_, *use);
  }
}

const Guild* Traffic::ChooseGuild() {
  std::vector<const Guild*> guilds;
  for (const auto& [id, guild] : discord_.world.guilds()) {
    if (guild.joined && guild.available && discord_.gateway.HasSessionFor(id)) guilds.push_back(&guild);
  }
  return guilds.empty() ? nullptr : random_.Pick(guilds);
}

std::optional<CommandUse> Traffic::ChooseCommand() {
  const Guild* guild = ChooseGuild();
  if (guild == nullptr) return std::nullopt;
  std::uint64_t total = 0;
  std::vector<std::pair<std::string, std::uint64_t>> upper_bounds;
  for (const std::string& name : discord_.commands.ChatCommandNames(guild->id)) {
    const auto weight = weights_.find(name);
    if (weight == weights_.end() || weight->second == 0) continue;
    total += weight->second;
    upper_bounds.emplace_back(name, total);
  }
  if (total == 0) return std::nullopt;
  const std::uint64_t roll = random_.Below(total);
  const auto chosen =
      std::find_if(upper_bounds.begin(), upper_bounds.end(), [&](const auto& entry) { return roll < entry.second; });
  CommandUse use;
  use.guild_id = guild->id;
  use.command = chosen->first;
  use.options = ChooseOptions(*guild, use.command);
  return use;
}

Json Traffic::ChooseOptions(const Guild& guild, const std::string& command) {
  Json chosen = Json::object();
  const auto choices = options_.find(command);
  if (choices == options_.end()) return chosen;
  const Json definitions = discord_.commands.FindChatCommand(guild.id, command)->value("options", Json::array());
  for (const auto& [name, values] : choices->second.items()) {
    if (!Defines(definitions, name) || values.empty()) continue;
    Json value = values[random_.Below(values.size())];
    if (value == kAVoiceChannel) value = Text(random_.Pick(guild.ChannelsOf(ChannelType::kVoice)));
    chosen[name] = std::move(value);
  }
  return chosen;
}

std::optional<VoiceMove> Traffic::ChooseMove() {
  const Guild* guild = ChooseGuild();
  if (guild == nullptr) return std::nullopt;
  std::vector<Snowflake> people;
  for (const auto& [id, member] : guild->members) {
    if (id != discord_.world.bot().id) people.push_back(id);
  }
  if (people.empty()) return std::nullopt;
  VoiceMove move{guild->id, random_.Pick(people), 0};
  std::vector<Snowflake> open;
  for (const Snowflake channel : guild->ChannelsOf(ChannelType::kVoice)) {
    if (MayConnect(*guild, move.user_id, channel)) open.push_back(channel);
  }
  const bool in_voice = guild->voice_states.contains(move.user_id);
  // Who is in voice leaves half of the time, so that about as many come as go.
  const bool leaves = in_voice && random_.Below(2) == 0;
  if (!leaves && !open.empty()) move.channel_id = random_.Pick(open);
  if (!in_voice && move.channel_id == 0) return std::nullopt;
  return move;
}

void Traffic::Move(const VoiceMove& move) {
  Guild& guild = *discord_.world.FindGuild(move.guild_id);
  VoiceState& state = guild.voice_states[move.user_id];
  state.user_id = move.user_id;
  state.channel_id = move.channel_id;
  if (state.session_id.empty()) state.session_id = random_.Hex(32);
  const VoiceState changed = state;
  if (move.channel_id == 0) guild.voice_states.erase(move.user_id);
  discord_.gateway.DispatchVoiceState(guild, changed);
}

}  // namespace standin
