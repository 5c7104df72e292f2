// What the bot does about a slash command: the callback, then the response's message and the follow-ups.
#include <array>
#include <optional>

#include "apps/discord_standin/message.hpp"
#include "apps/discord_standin/rest.hpp"

namespace standin {
namespace {

constexpr std::chrono::minutes kTokenLife{15};

enum CallbackType { kPong = 1, kMessage = 4, kDeferred = 5, kModal = 9 };

/// D++ and others percent-encode tokens; ours have nothing to encode, so the text is the token.
std::string TokenOf(const RestCall& call) { return std::string(call.parameters[1]); }

RestAnswer InvalidType() { return InvalidField("type", "BASE_TYPE_CHOICES", "Value must be one of {1, 4, 5, 9}."); }

Json CallbackJson(const Interaction& interaction) {
  const Json& message = interaction.original;
  Json about{{"id", Text(interaction.id)}, {"type", 2}};
  Json json{{"interaction", std::move(about)}, {"resource", {{"type", interaction.callback_type}}}};
  if (message.is_null()) return json;
  const auto flags = message["flags"].get<std::uint64_t>();
  json["interaction"].update({{"response_message_id", message["id"]},
                              {"response_message_loading", (flags & kLoading) != 0},
                              {"response_message_ephemeral", (flags & kEphemeral) != 0}});
  if (interaction.callback_type == kMessage) json["resource"]["message"] = message;
  return json;
}

RestAnswer PostCallback(Discord& discord, const RestCall& call) {
  Interaction* interaction = discord.interactions.Find(call.Id(0));
  const bool is_known = interaction != nullptr && interaction->token == TokenOf(call);
  if (!is_known || discord.interactions.IsExpired(*interaction)) return RestError(404, 10062, "Unknown interaction");
  if (interaction->acknowledged) return RestError(400, 40060, "Interaction has already been acknowledged.");
  const Json type = call.body.is_object() ? call.body.value("type", Json(nullptr)) : Json(nullptr);
  if (type != kPong && type != kMessage && type != kDeferred && type != kModal) return InvalidType();
  const auto data_field = call.body.find("data");
  const Json data = data_field == call.body.end() || !data_field->is_object() ? Json::object() : *data_field;
  if (type == kMessage) {
    if (auto error = CheckContent(data, !call.files.empty())) return *error;
  }

  interaction->acknowledged = true;
  interaction->acknowledged_at = discord.clock.SteadyNow();
  interaction->callback_type = type.get<int>();
  discord.ledger.CommandAcknowledged(interaction->command);
  if (type == kMessage || type == kDeferred) {
    interaction->original = MakeMessage(discord, interaction->channel_id, data, call.files, interaction);
    if (type == kDeferred)
      interaction->original["flags"] = interaction->original["flags"].get<std::uint64_t>() | kLoading;
    if (type == kMessage) interaction->history.push_back(interaction->original);
    DispatchMessage(discord, "MESSAGE_CREATE", interaction->original);
  }
  if (call.Query("with_response") != "true") return NoContent();
  return {200, CallbackJson(*interaction), {}};
}

/// The interaction whose webhook it is; an error when it is not known, not acknowledged or too old.
std::optional<RestAnswer> ReadWebhook(Discord& discord, const RestCall& call, Interaction*& interaction) {
  interaction = discord.interactions.FindByToken(TokenOf(call));
  const bool is_ours = call.Id(0) == discord.world.bot().id;
  if (!is_ours || interaction == nullptr || !interaction->acknowledged) return RestError(404, 10015, "Unknown Webhook");
  if (discord.clock.SteadyNow() - interaction->sent_at > kTokenLife) {
    return RestError(401, 50027, "Invalid Webhook Token");
  }
  return std::nullopt;
}

/// The message that the route speaks of: `@original`, or one by its id. Null when there is none.
Json* FindMessage(Interaction& interaction, const RestCall& call) {
  const bool is_original = call.parameters.size() < 3;
  const std::string id(is_original ? std::string_view() : call.parameters[2]);
  if (!interaction.original.is_null() && (is_original || interaction.original["id"] == id))
    return &interaction.original;
  for (Json& followup : interaction.followups) {
    if (followup["id"] == id) return &followup;
  }
  return nullptr;
}

RestAnswer UnknownMessage() { return RestError(404, 10008, "Unknown Message"); }

RestAnswer GetMessage(Discord& discord, const RestCall& call) {
  Interaction* interaction = nullptr;
  if (auto error = ReadWebhook(discord, call, interaction)) return *error;
  const Json* message = FindMessage(*interaction, call);
  return message == nullptr ? UnknownMessage() : RestAnswer{200, *message, {}};
}

RestAnswer EditInteractionMessage(Discord& discord, Interaction& interaction, Json& message, const RestCall& call) {
  Json edited = message;
  EditMessage(discord, edited, call.body, call.files);
  if (auto error = CheckContent(edited, !edited["attachments"].empty())) return *error;
  message = std::move(edited);
  if (&message == &interaction.original) interaction.history.push_back(message);
  DispatchMessage(discord, "MESSAGE_UPDATE", message);
  return {200, message, {}};
}

RestAnswer PatchMessage(Discord& discord, const RestCall& call) {
  Interaction* interaction = nullptr;
  if (auto error = ReadWebhook(discord, call, interaction)) return *error;
  if (!call.body.is_object()) return RestError(400, 50109, "The request body contains invalid JSON.");
  Json* message = FindMessage(*interaction, call);
  return message == nullptr ? UnknownMessage() : EditInteractionMessage(discord, *interaction, *message, call);
}

RestAnswer DeleteMessage(Discord& discord, const RestCall& call) {
  Interaction* interaction = nullptr;
  if (auto error = ReadWebhook(discord, call, interaction)) return *error;
  Json* message = FindMessage(*interaction, call);
  if (message == nullptr) return UnknownMessage();
  DispatchMessage(discord, "MESSAGE_DELETE", *message);
  if (message == &interaction->original) {
    interaction->original = nullptr;
  } else {
    interaction->followups.erase(interaction->followups.begin() + (message - interaction->followups.data()));
  }
  return NoContent();
}

RestAnswer PostFollowup(Discord& discord, const RestCall& call) {
  Interaction* interaction = nullptr;
  if (auto error = ReadWebhook(discord, call, interaction)) return *error;
  if (auto error = CheckContent(call.body, !call.files.empty())) return *error;
  // The first follow-up of a deferred response takes its place, as at Discord.
  Json& original = interaction->original;
  if (!original.is_null() && (original["flags"].get<std::uint64_t>() & kLoading) != 0) {
    return EditInteractionMessage(discord, *interaction, original, call);
  }
  interaction->followups.push_back(MakeMessage(discord, interaction->channel_id, call.body, call.files, interaction));
  DispatchMessage(discord, "MESSAGE_CREATE", interaction->followups.back());
  return {200, interaction->followups.back(), {}};
}

constexpr std::string_view kOriginal = "/webhooks/{application.id}/{interaction.token}/messages/@original";
constexpr std::string_view kOne = "/webhooks/{webhook.id}/{webhook.token}/messages/{message.id}";

constexpr auto kRoutes = std::to_array<RestRoute>({
    {"POST", "/interactions/{interaction.id}/{interaction.token}/callback", PostCallback},
    {"GET", kOriginal, GetMessage},
    {"PATCH", kOriginal, PatchMessage},
    {"DELETE", kOriginal, DeleteMessage},
    {"POST", "/webhooks/{webhook.id}/{webhook.token}", PostFollowup},
    {"GET", kOne, GetMessage},
    {"PATCH", kOne, PatchMessage},
    {"DELETE", kOne, DeleteMessage},
});

}  // namespace

std::span<const RestRoute> InteractionRoutes() { return kRoutes; }

}  // namespace standin
