#include "apps/discord_standin/world_json.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace standin {
namespace {

constexpr std::int64_t kJoinedAfterMs = 86'400'000;

Json OptionalId(Snowflake id) { return id == 0 ? Json(nullptr) : Json(Text(id)); }
Json OptionalText(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

std::string Timestamp(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03d000+00:00", static_cast<int>(unix_ms % 1000));
  return std::string(text.data(), length) + fraction.data();
}

std::string TimestampOf(Snowflake id) { return Timestamp(static_cast<std::int64_t>(id >> 22) + kDiscordEpochMs); }

Json UserJson(const User& user) {
  return {{"id", Text(user.id)},
          {"username", user.name},
          {"discriminator", user.bot ? "0420" : "0"},
          {"global_name", OptionalText(user.global_name)},
          {"avatar", nullptr},
          {"bot", user.bot},
          {"system", false},
          {"banner", nullptr},
          {"accent_color", nullptr},
          {"avatar_decoration_data", nullptr},
          {"public_flags", 0}};
}

Json SelfJson(const User& user) {
  Json self = UserJson(user);
  self.update(
      {{"verified", true}, {"mfa_enabled", true}, {"email", nullptr}, {"flags", 0}, {"bio", ""}, {"locale", "en-US"}});
  return self;
}

Json ApplicationJson(const World& world, bool whole) {
  Json application{{"id", Text(world.bot().id)}, {"flags", 0}};
  if (!whole) return application;
  application.update({{"name", world.bot().name},
                      {"icon", nullptr},
                      {"description", ""},
                      {"summary", ""},
                      {"type", nullptr},
                      {"bot", UserJson(world.bot())},
                      {"owner", UserJson(world.owner())},
                      {"team", nullptr},
                      {"bot_public", true},
                      {"bot_require_code_grant", false},
                      {"verify_key", std::string(64, '0')},
                      {"approximate_guild_count", world.guilds().size()},
                      {"redirect_uris", Json::array()},
                      {"interactions_endpoint_url", nullptr},
                      {"integration_types_config", {{"0", Json::object()}}}});
  return application;
}

Json RoleJson(const Role& role) {
  return {{"id", Text(role.id)},
          {"name", role.name},
          {"color", 0},
          {"colors", {{"primary_color", 0}, {"secondary_color", nullptr}, {"tertiary_color", nullptr}}},
          {"hoist", false},
          {"icon", nullptr},
          {"unicode_emoji", nullptr},
          {"position", role.position},
          {"permissions", Text(role.permissions)},
          {"managed", false},
          {"mentionable", false},
          {"flags", 0}};
}

Json ChannelJson(const Channel& channel, bool with_guild_id) {
  Json overwrites = Json::array();
  for (const Overwrite& overwrite : channel.overwrites) {
    overwrites.push_back({{"id", Text(overwrite.id)},
                          {"type", overwrite.type},
                          {"allow", Text(overwrite.allow)},
                          {"deny", Text(overwrite.deny)}});
  }
  Json json{{"id", Text(channel.id)},
            {"type", static_cast<int>(channel.type)},
            {"name", channel.name},
            {"position", channel.position},
            {"flags", 0},
            {"parent_id", OptionalId(channel.parent_id)},
            {"permission_overwrites", std::move(overwrites)}};
  if (channel.type == ChannelType::kText) {
    json.update({{"topic", nullptr}, {"nsfw", false}, {"rate_limit_per_user", 0}, {"last_message_id", nullptr}});
  }
  if (channel.type == ChannelType::kVoice) {
    json.update({{"bitrate", 64000},
                 {"user_limit", channel.user_limit},
                 {"rtc_region", nullptr},
                 {"nsfw", false},
                 {"rate_limit_per_user", 0},
                 {"last_message_id", nullptr}});
  }
  if (with_guild_id) json["guild_id"] = Text(channel.guild_id);
  return json;
}

Json MemberJson(const World& world, const Member& member) {
  Json roles = Json::array();
  for (const Snowflake role : member.roles) roles.push_back(Text(role));
  const User* user = world.FindUser(member.user_id);
  return {{"user", user == nullptr ? Json(nullptr) : UserJson(*user)},
          {"nick", OptionalText(member.nick)},
          {"avatar", nullptr},
          {"banner", nullptr},
          {"roles", std::move(roles)},
          {"joined_at", Timestamp(static_cast<std::int64_t>(member.user_id >> 22) + kDiscordEpochMs + kJoinedAfterMs)},
          {"premium_since", nullptr},
          {"communication_disabled_until", nullptr},
          {"deaf", false},
          {"mute", false},
          {"pending", false},
          {"flags", 0}};
}

Json VoiceStateJson(const World& world, const Guild& guild, const VoiceState& state) {
  Json json{{"guild_id", Text(guild.id)},
            {"channel_id", OptionalId(state.channel_id)},
            {"user_id", Text(state.user_id)},
            {"session_id", state.session_id},
            {"deaf", false},
            {"mute", false},
            {"self_deaf", state.self_deaf},
            {"self_mute", state.self_mute},
            {"self_video", false},
            {"suppress", false},
            {"request_to_speak_timestamp", nullptr}};
  const auto member = guild.members.find(state.user_id);
  if (member != guild.members.end()) json["member"] = MemberJson(world, member->second);
  return json;
}

Json GuildJson(const Guild& guild) {
  Json roles = Json::array();
  for (const Role& role : guild.roles) roles.push_back(RoleJson(role));
  return {{"id", Text(guild.id)},
          {"name", guild.name},
          {"icon", nullptr},
          {"splash", nullptr},
          {"discovery_splash", nullptr},
          {"owner_id", Text(guild.owner_id)},
          {"region", "deprecated"},
          {"afk_channel_id", nullptr},
          {"afk_timeout", 300},
          {"widget_enabled", false},
          {"widget_channel_id", nullptr},
          {"verification_level", 0},
          {"default_message_notifications", 0},
          {"explicit_content_filter", 0},
          {"roles", std::move(roles)},
          {"emojis", Json::array()},
          {"stickers", Json::array()},
          {"features", Json::array()},
          {"mfa_level", 0},
          {"application_id", nullptr},
          {"system_channel_id", nullptr},
          {"system_channel_flags", 0},
          {"rules_channel_id", nullptr},
          {"public_updates_channel_id", nullptr},
          {"safety_alerts_channel_id", nullptr},
          {"max_presences", nullptr},
          {"max_members", 500000},
          {"max_video_channel_users", 25},
          {"max_stage_video_channel_users", 50},
          {"vanity_url_code", nullptr},
          {"description", nullptr},
          {"banner", nullptr},
          {"premium_tier", 0},
          {"premium_subscription_count", 0},
          {"premium_progress_bar_enabled", false},
          {"preferred_locale", "en-US"},
          {"nsfw_level", 0},
          {"nsfw", false}};
}

Json GuildCreateJson(const World& world, const Guild& guild, bool all_members) {
  Json json = GuildJson(guild);
  Json channels = Json::array();
  for (const Channel& channel : guild.channels) channels.push_back(ChannelJson(channel, false));
  Json members = Json::array();
  for (const auto& [id, member] : guild.members) {
    if (all_members || id == world.bot().id || guild.voice_states.contains(id)) {
      members.push_back(MemberJson(world, member));
    }
  }
  Json voice_states = Json::array();
  for (const auto& [id, state] : guild.voice_states) {
    Json voice_state = VoiceStateJson(world, guild, state);
    voice_state.erase("guild_id");
    voice_state.erase("member");
    voice_states.push_back(std::move(voice_state));
  }
  json.update({{"joined_at", Timestamp(static_cast<std::int64_t>(guild.id >> 22) + kDiscordEpochMs + kJoinedAfterMs)},
               {"large", guild.members.size() > 250},
               {"unavailable", false},
               {"member_count", guild.members.size()},
               {"voice_states", std::move(voice_states)},
               {"members", std::move(members)},
               {"channels", std::move(channels)},
               {"threads", Json::array()},
               {"presences", Json::array()},
               {"stage_instances", Json::array()},
               {"guild_scheduled_events", Json::array()},
               {"soundboard_sounds", Json::array()}});
  return json;
}

}  // namespace standin
