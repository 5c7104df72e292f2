#include "guildscope/base/discord_routes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace guildscope {
namespace {

// Where a literal and a parameter could both match a segment, the literal's line comes first.
constexpr auto kRoutes = std::to_array<std::string_view>({
    "/applications/@me",
    "/applications/{application.id}",
    "/applications/{application.id}/activity-instances/{instance.token}",
    "/applications/{application.id}/commands",
    "/applications/{application.id}/commands/{command.id}",
    "/applications/{application.id}/emojis",
    "/applications/{application.id}/emojis/{emoji.id}",
    "/applications/{application.id}/entitlements",
    "/applications/{application.id}/entitlements/{entitlement.id}",
    "/applications/{application.id}/entitlements/{entitlement.id}/consume",
    "/applications/{application.id}/guilds/{guild.id}/commands",
    "/applications/{application.id}/guilds/{guild.id}/commands/permissions",
    "/applications/{application.id}/guilds/{guild.id}/commands/{command.id}",
    "/applications/{application.id}/guilds/{guild.id}/commands/{command.id}/permissions",
    "/applications/{application.id}/role-connections/metadata",
    "/applications/{application.id}/skus",
    "/channels/{channel.id}",
    "/channels/{channel.id}/followers",
    "/channels/{channel.id}/invites",
    "/channels/{channel.id}/messages",
    "/channels/{channel.id}/messages/bulk-delete",
    "/channels/{channel.id}/messages/pins",
    "/channels/{channel.id}/messages/pins/{message.id}",
    "/channels/{channel.id}/messages/{message.id}",
    "/channels/{channel.id}/messages/{message.id}/crosspost",
    "/channels/{channel.id}/messages/{message.id}/reactions",
    "/channels/{channel.id}/messages/{message.id}/reactions/{emoji.id}",
    "/channels/{channel.id}/messages/{message.id}/reactions/{emoji.id}/@me",
    "/channels/{channel.id}/messages/{message.id}/reactions/{emoji.id}/{user.id}",
    "/channels/{channel.id}/messages/{message.id}/threads",
    "/channels/{channel.id}/permissions/{overwrite.id}",
    "/channels/{channel.id}/pins",
    "/channels/{channel.id}/pins/{message.id}",
    "/channels/{channel.id}/polls/{message.id}/answers/{answer.id}",
    "/channels/{channel.id}/polls/{message.id}/expire",
    "/channels/{channel.id}/recipients/{user.id}",
    "/channels/{channel.id}/send-soundboard-sound",
    "/channels/{channel.id}/thread-members",
    "/channels/{channel.id}/thread-members/@me",
    "/channels/{channel.id}/thread-members/{user.id}",
    "/channels/{channel.id}/threads",
    "/channels/{channel.id}/threads/archived/private",
    "/channels/{channel.id}/threads/archived/public",
    "/channels/{channel.id}/typing",
    "/channels/{channel.id}/users/@me/threads/archived/private",
    "/channels/{channel.id}/voice-status",
    "/channels/{channel.id}/webhooks",
    "/gateway",
    "/gateway/bot",
    "/guilds",
    "/guilds/templates/{template.code}",
    "/guilds/{guild.id}",
    "/guilds/{guild.id}/audit-logs",
    "/guilds/{guild.id}/auto-moderation/rules",
    "/guilds/{guild.id}/auto-moderation/rules/{auto_moderation_rule.id}",
    "/guilds/{guild.id}/bans",
    "/guilds/{guild.id}/bans/{user.id}",
    "/guilds/{guild.id}/bulk-ban",
    "/guilds/{guild.id}/channels",
    "/guilds/{guild.id}/channels/{channel.id}",
    "/guilds/{guild.id}/emojis",
    "/guilds/{guild.id}/emojis/{emoji.id}",
    "/guilds/{guild.id}/incident-actions",
    "/guilds/{guild.id}/integrations",
    "/guilds/{guild.id}/integrations/{integration.id}",
    "/guilds/{guild.id}/invites",
    "/guilds/{guild.id}/members",
    "/guilds/{guild.id}/members/@me",
    "/guilds/{guild.id}/members/@me/nick",
    "/guilds/{guild.id}/members/search",
    "/guilds/{guild.id}/members/{user.id}",
    "/guilds/{guild.id}/members/{user.id}/roles/{role.id}",
    "/guilds/{guild.id}/messages/search",
    "/guilds/{guild.id}/mfa",
    "/guilds/{guild.id}/onboarding",
    "/guilds/{guild.id}/preview",
    "/guilds/{guild.id}/prune",
    "/guilds/{guild.id}/regions",
    "/guilds/{guild.id}/roles",
    "/guilds/{guild.id}/roles/member-counts",
    "/guilds/{guild.id}/roles/{role.id}",
    "/guilds/{guild.id}/scheduled-events",
    "/guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}",
    "/guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}/users",
    "/guilds/{guild.id}/soundboard-sounds",
    "/guilds/{guild.id}/soundboard-sounds/{sound.id}",
    "/guilds/{guild.id}/stickers",
    "/guilds/{guild.id}/stickers/{sticker.id}",
    "/guilds/{guild.id}/templates",
    "/guilds/{guild.id}/templates/{template.code}",
    "/guilds/{guild.id}/threads/active",
    "/guilds/{guild.id}/vanity-url",
    "/guilds/{guild.id}/voice-states/@me",
    "/guilds/{guild.id}/voice-states/{user.id}",
    "/guilds/{guild.id}/webhooks",
    "/guilds/{guild.id}/welcome-screen",
    "/guilds/{guild.id}/widget",
    "/guilds/{guild.id}/widget.json",
    "/guilds/{guild.id}/widget.png",
    "/interactions/{interaction.id}/{interaction.token}/callback",
    "/invites/{invite.code}",
    "/oauth2/@me",
    "/oauth2/applications/@me",
    "/skus/{sku.id}/subscriptions",
    "/skus/{sku.id}/subscriptions/{subscription.id}",
    "/soundboard-default-sounds",
    "/stage-instances",
    "/stage-instances/{channel.id}",
    "/sticker-packs",
    "/sticker-packs/{pack.id}",
    "/stickers/{sticker.id}",
    "/users/@me",
    "/users/@me/applications/{application.id}/role-connection",
    "/users/@me/channels",
    "/users/@me/connections",
    "/users/@me/guilds",
    "/users/@me/guilds/{guild.id}",
    "/users/@me/guilds/{guild.id}/member",
    "/users/{user.id}",
    "/voice/regions",
    "/webhooks/{webhook.id}",
    "/webhooks/{application.id}/{interaction.token}/messages/@original",
    "/webhooks/{webhook.id}/{webhook.token}",
    "/webhooks/{webhook.id}/{webhook.token}/github",
    "/webhooks/{webhook.id}/{webhook.token}/messages/{message.id}",
    "/webhooks/{webhook.id}/{webhook.token}/slack",
});

// No Discord secret is shorter, and no route of theirs has a word this long.
constexpr std::size_t kShortestToken = 24;

bool IsNumber(std::string_view segment) {
  return !segment.empty() &&
         std::all_of(segment.begin(), segment.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Takes the next non-empty segment off the front of a path; nothing at its end.
std::optional<std::string_view> NextSegment(std::string_view& path) {
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (path.empty()) return std::nullopt;
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::string_view WithoutHostAndQuery(std::string_view path) {
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos) {
    const auto root = path.find('/', scheme + 3);
    path = root == std::string_view::npos ? std::string_view("/") : path.substr(root);
  }
  return path.substr(0, path.find_first_of("?#"));
}

std::string_view WithoutVersion(std::string_view path) {
  std::string_view rest = path;
  const auto api = NextSegment(rest);
  if (api != "api") return path;
  path = rest;
  const auto version = NextSegment(rest);
  return version && version->front() == 'v' && IsNumber(version->substr(1)) ? rest : path;
}

/// `{x.id}` stands for a number, `{emoji.id}` also for a name or a character, everything else for anything.
bool Fits(std::string_view expected, std::string_view segment) {
  // Some clients percent-encode the sign of `@me` and `@original`.
  constexpr std::string_view kEncodedAt = "%40";
  const bool is_encoded = expected.front() == '@' && segment.starts_with(kEncodedAt);
  if (is_encoded) return expected.substr(1) == segment.substr(kEncodedAt.size());
  if (expected.front() != '{') return expected == segment;
  return !expected.ends_with(".id}") || expected == "{emoji.id}" || IsNumber(segment);
}

bool Matches(std::string_view route, std::string_view path, std::vector<std::string_view>& parameters) {
  parameters.clear();
  while (true) {
    const auto expected = NextSegment(route);
    const auto segment = NextSegment(path);
    if (!expected || !segment) return !expected && !segment;
    if (!Fits(*expected, *segment)) return false;
    if (expected->front() == '{') parameters.push_back(*segment);
  }
}

/// What stands in a template for one segment of an unknown path.
std::string_view Disguise(std::string_view segment, bool is_token) {
  if (IsNumber(segment)) return "{id}";
  const bool opaque = segment.find('%') != std::string_view::npos && segment.size() > 2;
  return is_token || opaque || segment.size() >= kShortestToken ? std::string_view("{token}") : segment;
}

std::string DisguiseUnknown(std::string_view path) {
  std::string route;
  bool has_token = false;
  for (std::size_t index = 0; const auto segment = NextSegment(path); ++index) {
    if (index == 0) has_token = *segment == "interactions" || *segment == "webhooks";
    // The third segment of these two lets whoever reads it answer in the bot's name, however short it is.
    route.append("/").append(Disguise(*segment, has_token && index == 2));
  }
  return route.empty() ? "/" : route;
}

}  // namespace

DiscordRoute MatchDiscordRoute(std::string_view path) {
  path = WithoutVersion(WithoutHostAndQuery(path));
  DiscordRoute result;
  for (const std::string_view route : kRoutes) {
    if (!Matches(route, path, result.parameters)) continue;
    result.route = route;
    result.known = true;
    return result;
  }
  result.parameters.clear();
  result.route = DisguiseUnknown(path);
  return result;
}

std::string RouteTemplate(std::string_view path) { return MatchDiscordRoute(path).route; }

}  // namespace guildscope
