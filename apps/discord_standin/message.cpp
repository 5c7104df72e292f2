#include "apps/discord_standin/message.hpp"

#include <array>

#include "apps/discord_standin/world_json.hpp"

namespace standin {
namespace {

constexpr std::size_t kLongestContent = 2'000;
constexpr std::size_t kMostEmbeds = 10;
constexpr int kPlainMessage = 0;
constexpr int kChatCommandReply = 20;
constexpr std::array<const char*, 4> kEditable{"content", "embeds", "components", "allowed_mentions"};

/// Characters, not bytes: what Discord's limits count.
std::size_t Length(const std::string& text) {
  std::size_t length = 0;
  for (const char c : text) length += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return length;
}

std::uint64_t FlagsOf(const Json& message) {
  const auto flags = message.find("flags");
  return flags != message.end() && flags->is_number_unsigned() ? flags->get<std::uint64_t>() : 0;
}

Json AttachmentsJson(Discord& discord, const std::vector<FormPart>& files) {
  Json list = Json::array();
  for (const FormPart& file : files) {
    const std::string id = Text(discord.world.NextId());
    const std::string url = "https://cdn.discordapp.com/attachments/" + id + "/" + std::string(file.filename);
    list.push_back(
        {{"id", id}, {"filename", file.filename}, {"size", file.data.size()}, {"url", url}, {"proxy_url", url}});
  }
  return list;
}

bool IsFilled(const Json& body, const char* key) {
  const auto field = body.find(key);
  return field != body.end() && !field->is_null() && !field->empty() && *field != "";
}

}  // namespace

std::optional<RestAnswer> CheckContent(const Json& body, bool has_files) {
  if (!body.is_object()) return RestError(400, 50109, "The request body contains invalid JSON.");
  if (const auto content = body.find("content"); content != body.end() && !content->is_null()) {
    if (!content->is_string()) return InvalidField("content", "STRING_TYPE_CONVERT", "Could not interpret as string.");
    if (Length(content->get_ref<const std::string&>()) > kLongestContent) {
      return InvalidField("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.");
    }
  }
  if (const auto embeds = body.find("embeds"); embeds != body.end() && embeds->size() > kMostEmbeds) {
    return InvalidField("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.");
  }
  const bool is_empty = !has_files && !IsFilled(body, "content") && !IsFilled(body, "embeds") &&
                        !IsFilled(body, "components") && !IsFilled(body, "poll") && !IsFilled(body, "sticker_ids");
  if (is_empty) return RestError(400, 50006, "Cannot send an empty message");
  return std::nullopt;
}

Json MakeMessage(Discord& discord, Snowflake channel_id, const Json& body, const std::vector<FormPart>& files,
                 const Interaction* interaction) {
  const Snowflake id = discord.world.NextId();
  Json message{{"id", Text(id)},
               {"channel_id", Text(channel_id)},
               {"author", UserJson(discord.world.bot())},
               {"content", ""},
               {"timestamp", TimestampOf(id)},
               {"edited_timestamp", nullptr},
               {"tts", false},
               {"mention_everyone", false},
               {"mentions", Json::array()},
               {"mention_roles", Json::array()},
               {"attachments", AttachmentsJson(discord, files)},
               {"embeds", Json::array()},
               {"components", Json::array()},
               {"pinned", false},
               {"flags", FlagsOf(body)},
               {"type", interaction == nullptr ? kPlainMessage : kChatCommandReply}};
  for (const char* key : kEditable) {
    if (IsFilled(body, key)) message[key] = body[key];
  }
  message.erase("allowed_mentions");
  if (interaction == nullptr) return message;
  message["application_id"] = message["webhook_id"] = Text(discord.world.bot().id);
  const User* user = discord.world.FindUser(interaction->user_id);
  message["interaction_metadata"] = {{"id", Text(interaction->id)},
                                     {"type", 2},
                                     {"user", user == nullptr ? Json(nullptr) : UserJson(*user)},
                                     {"authorizing_integration_owners", {{"0", Text(interaction->guild_id)}}}};
  return message;
}

void EditMessage(Discord& discord, Json& message, const Json& body, const std::vector<FormPart>& files) {
  for (const char* key : kEditable) {
    const auto field = body.find(key);
    if (field == body.end()) continue;
    if (field->is_null()) {
      message[key] = std::string_view(key) == "content" ? Json("") : Json::array();
    } else {
      message[key] = *field;
    }
  }
  message.erase("allowed_mentions");
  for (Json& attachment : AttachmentsJson(discord, files)) message["attachments"].push_back(std::move(attachment));
  message["edited_timestamp"] = TimestampOf(discord.world.NextId());
  message["flags"] = FlagsOf(message) & ~kLoading;
}

void DispatchMessage(Discord& discord, const std::string& type, const Json& message) {
  if ((FlagsOf(message) & kEphemeral) != 0) return;
  const Channel* channel = discord.world.FindChannel(SnowflakeField(message, "channel_id"));
  if (channel == nullptr) return;
  Json data = message;
  if (type == "MESSAGE_DELETE") data = {{"id", message["id"]}, {"channel_id", message["channel_id"]}};
  data["guild_id"] = Text(channel->guild_id);
  discord.gateway.DispatchToGuild(channel->guild_id, type, data, intent::kGuildMessages);
}

}  // namespace standin
