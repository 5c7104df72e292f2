#pragma once

#include <optional>

#include "apps/discord_standin/rest.hpp"

namespace standin {

/// Flags of a message that the stand-in acts on.
inline constexpr std::uint64_t kEphemeral = 1ULL << 6;
inline constexpr std::uint64_t kLoading = 1ULL << 7;

/// What is wrong with the content that a bot wants to write, as Discord's answer; nothing when it may be written.
[[nodiscard]] std::optional<RestAnswer> CheckContent(const Json& body, bool has_files);

/// A message of the bot, made from what it sent; kept by nobody yet. An interaction's has its webhook and type.
[[nodiscard]] Json MakeMessage(Discord& discord, Snowflake channel_id, const Json& body,
                               const std::vector<FormPart>& files, const Interaction* interaction);

/// Applies an edit: the fields that are there.
void EditMessage(Discord& discord, Json& message, const Json& body, const std::vector<FormPart>& files);

/// MESSAGE_CREATE, MESSAGE_UPDATE or MESSAGE_DELETE to who may see it: not for ephemeral messages.
void DispatchMessage(Discord& discord, const std::string& type, const Json& message);

}  // namespace standin
