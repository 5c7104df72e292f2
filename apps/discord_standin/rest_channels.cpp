// Channels and their messages.
#include <array>

#include "apps/discord_standin/message.hpp"
#include "apps/discord_standin/rest.hpp"
#include "apps/discord_standin/world_json.hpp"

namespace standin {
namespace {

/// The channel of the route, if the bot may do in it what is asked; an error otherwise.
std::optional<RestAnswer> ReadChannel(Discord& discord, const RestCall& call, std::uint64_t permissions,
                                      const Channel*& channel) {
  channel = discord.world.FindChannel(call.Id(0));
  if (channel == nullptr) return RestError(404, 10003, "Unknown Channel");
  const Guild& guild = *discord.world.FindGuild(channel->guild_id);
  const std::uint64_t has = guild.PermissionsOf(discord.world.bot().id, channel);
  if ((has & permission::kViewChannel) == 0) return RestError(403, 50001, "Missing Access");
  if ((has & permissions) != permissions) return RestError(403, 50013, "Missing Permissions");
  return std::nullopt;
}

RestAnswer UnknownMessage() { return RestError(404, 10008, "Unknown Message"); }

RestAnswer GetChannel(Discord& discord, const RestCall& call) {
  const Channel* channel = nullptr;
  if (auto error = ReadChannel(discord, call, 0, channel)) return *error;
  return {200, ChannelJson(*channel, true), {}};
}

RestAnswer PostMessage(Discord& discord, const RestCall& call) {
  const Channel* channel = nullptr;
  if (auto error = ReadChannel(discord, call, permission::kSendMessages, channel)) return *error;
  if (channel->type == ChannelType::kCategory)
    return RestError(400, 50008, "Cannot send messages in a non-text channel");
  if (auto error = CheckContent(call.body, !call.files.empty())) return *error;
  const Json& message =
      discord.messages.Add(channel->id, MakeMessage(discord, channel->id, call.body, call.files, nullptr));
  DispatchMessage(discord, "MESSAGE_CREATE", message);
  Json answer = message;
  if (call.body.contains("nonce")) answer["nonce"] = call.body["nonce"];
  return {200, std::move(answer), {}};
}

RestAnswer ListMessages(Discord& discord, const RestCall& call) {
  constexpr std::size_t kMost = 100;
  constexpr std::size_t kUsual = 50;
  const Channel* channel = nullptr;
  if (auto error = ReadChannel(discord, call, 0, channel)) return *error;
  const std::string limit_text = call.Query("limit");
  const Snowflake limit = limit_text.empty() ? kUsual : ParseSnowflake(limit_text);
  if (limit == 0 || limit > kMost) {
    return InvalidField("limit", "NUMBER_TYPE_MAX", "int value should be less than or equal to 100.");
  }
  const Snowflake before = ParseSnowflake(call.Query("before"));
  const Snowflake after = ParseSnowflake(call.Query("after"));
  const auto& messages = discord.messages.List(channel->id);
  Json list = Json::array();
  for (auto message = messages.rbegin(); message != messages.rend() && list.size() < limit; ++message) {
    const Snowflake id = SnowflakeField(*message, "id");
    if ((before == 0 || id < before) && id > after) list.push_back(*message);
  }
  return {200, std::move(list), {}};
}

RestAnswer GetMessage(Discord& discord, const RestCall& call) {
  const Channel* channel = nullptr;
  if (auto error = ReadChannel(discord, call, 0, channel)) return *error;
  const Json* message = discord.messages.Find(channel->id, call.Id(1));
  return message == nullptr ? UnknownMessage() : RestAnswer{200, *message, {}};
}

RestAnswer PatchMessage(Discord& discord, const RestCall& call) {
  const Channel* channel = nullptr;
  if (auto error = ReadChannel(discord, call, 0, channel)) return *error;
  Json* message = discord.messages.Find(channel->id, call.Id(1));
  if (message == nullptr) return UnknownMessage();
  Json edited = *message;
  EditMessage(discord, edited, call.body, call.files);
  if (auto error = CheckContent(edited, !edited["attachments"].empty())) return *error;
  *message = std::move(edited);
  DispatchMessage(discord, "MESSAGE_UPDATE", *message);
  return {200, *message, {}};
}

RestAnswer DeleteMessage(Discord& discord, const RestCall& call) {
  const Channel* channel = nullptr;
  if (auto error = ReadChannel(discord, call, 0, channel)) return *error;
  const Json* message = discord.messages.Find(channel->id, call.Id(1));
  if (message == nullptr) return UnknownMessage();
  DispatchMessage(discord, "MESSAGE_DELETE", *message);
  discord.messages.Remove(channel->id, call.Id(1));
  return NoContent();
}

RestAnswer Type(Discord& discord, const RestCall& call) {
  const Channel* channel = nullptr;
  if (auto error = ReadChannel(discord, call, permission::kSendMessages, channel)) return *error;
  return NoContent();
}

constexpr auto kRoutes = std::to_array<RestRoute>({
    {"GET", "/channels/{channel.id}", GetChannel},
    {"GET", "/channels/{channel.id}/messages", ListMessages},
    {"POST", "/channels/{channel.id}/messages", PostMessage},
    {"GET", "/channels/{channel.id}/messages/{message.id}", GetMessage},
    {"PATCH", "/channels/{channel.id}/messages/{message.id}", PatchMessage},
    {"DELETE", "/channels/{channel.id}/messages/{message.id}", DeleteMessage},
    {"POST", "/channels/{channel.id}/typing", Type},
});

}  // namespace

std::span<const RestRoute> ChannelRoutes() { return kRoutes; }

}  // namespace standin
