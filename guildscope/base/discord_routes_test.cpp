#include "guildscope/base/discord_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guildscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
  std::string_view path;
  std::string_view route;
};

// Every REST path that D++ 10.1.6 builds, without its /api/v10, with the double slashes it writes.
constexpr Case kDppPaths[] = {
    {"/applications/111//guilds/111/commands", "/applications/{application.id}/guilds/{guild.id}/commands"},
    {"/applications/111/commands", "/applications/{application.id}/commands"},
    {"/applications/111/commands/111", "/applications/{application.id}/commands/{command.id}"},
    {"/applications/111/emojis", "/applications/{application.id}/emojis"},
    {"/applications/111/emojis/111", "/applications/{application.id}/emojis/{emoji.id}"},
    {"/applications/111/entitlements", "/applications/{application.id}/entitlements"},
    {"/applications/111/entitlements/111", "/applications/{application.id}/entitlements/{entitlement.id}"},
    {"/applications/111/entitlements/111/consume",
     "/applications/{application.id}/entitlements/{entitlement.id}/consume"},
    {"/applications/111/guilds/111/commands", "/applications/{application.id}/guilds/{guild.id}/commands"},
    {"/applications/111/guilds/111/commands/111",
     "/applications/{application.id}/guilds/{guild.id}/commands/{command.id}"},
    {"/applications/111/guilds/111/commands/111/permissions",
     "/applications/{application.id}/guilds/{guild.id}/commands/{command.id}/permissions"},
    {"/applications/111/guilds/111/commands/permissions",
     "/applications/{application.id}/guilds/{guild.id}/commands/permissions"},
    {"/applications/111/role-connections/metadata", "/applications/{application.id}/role-connections/metadata"},
    {"/channels/111", "/channels/{channel.id}"},
    {"/channels/111//thread-members", "/channels/{channel.id}/thread-members"},
    {"/channels/111//thread-members/111", "/channels/{channel.id}/thread-members/{user.id}"},
    {"/channels/111//thread-members/@me", "/channels/{channel.id}/thread-members/@me"},
    {"/channels/111//threads/archived/private?limit=5", "/channels/{channel.id}/threads/archived/private"},
    {"/channels/111//threads/archived/public?limit=5", "/channels/{channel.id}/threads/archived/public"},
    {"/channels/111//users/@me/threads/archived/private?limit=5",
     "/channels/{channel.id}/users/@me/threads/archived/private"},
    {"/channels/111/?limit=5", "/channels/{channel.id}"},
    {"/channels/111/followers", "/channels/{channel.id}/followers"},
    {"/channels/111/invites", "/channels/{channel.id}/invites"},
    {"/channels/111/messages", "/channels/{channel.id}/messages"},
    {"/channels/111/messages/111", "/channels/{channel.id}/messages/{message.id}"},
    {"/channels/111/messages/111/crosspost", "/channels/{channel.id}/messages/{message.id}/crosspost"},
    {"/channels/111/messages/111/reactions", "/channels/{channel.id}/messages/{message.id}/reactions"},
    {"/channels/111/messages/111/reactions/%F0%9F%91%8D",
     "/channels/{channel.id}/messages/{message.id}/reactions/{emoji.id}"},
    {"/channels/111/messages/111/reactions/%F0%9F%91%8D/111",
     "/channels/{channel.id}/messages/{message.id}/reactions/{emoji.id}/{user.id}"},
    {"/channels/111/messages/111/reactions/%F0%9F%91%8D/@me",
     "/channels/{channel.id}/messages/{message.id}/reactions/{emoji.id}/@me"},
    {"/channels/111/messages/111/reactions/%F0%9F%91%8D?limit=5",
     "/channels/{channel.id}/messages/{message.id}/reactions/{emoji.id}"},
    {"/channels/111/messages/111/threads", "/channels/{channel.id}/messages/{message.id}/threads"},
    {"/channels/111/messages/bulk-delete", "/channels/{channel.id}/messages/bulk-delete"},
    {"/channels/111/messages/pins/111", "/channels/{channel.id}/messages/pins/{message.id}"},
    {"/channels/111/messages?limit=5", "/channels/{channel.id}/messages"},
    {"/channels/111/permissions/111", "/channels/{channel.id}/permissions/{overwrite.id}"},
    {"/channels/111/polls/111/answers/111?limit=5", "/channels/{channel.id}/polls/{message.id}/answers/{answer.id}"},
    {"/channels/111/polls/111/expire", "/channels/{channel.id}/polls/{message.id}/expire"},
    {"/channels/111/recipients/111", "/channels/{channel.id}/recipients/{user.id}"},
    {"/channels/111/threads", "/channels/{channel.id}/threads"},
    {"/channels/111/typing", "/channels/{channel.id}/typing"},
    {"/channels/111/voice-status", "/channels/{channel.id}/voice-status"},
    {"/channels/111/webhooks", "/channels/{channel.id}/webhooks"},
    {"/gateway/bot", "/gateway/bot"},
    {"/guilds", "/guilds"},
    {"/guilds/111", "/guilds/{guild.id}"},
    {"/guilds/111//auto-moderation/rules", "/guilds/{guild.id}/auto-moderation/rules"},
    {"/guilds/111//auto-moderation/rules/111", "/guilds/{guild.id}/auto-moderation/rules/{auto_moderation_rule.id}"},
    {"/guilds/111//scheduled-events", "/guilds/{guild.id}/scheduled-events"},
    {"/guilds/111//scheduled-events/111", "/guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}"},
    {"/guilds/111//scheduled-events/111/users?with_member=true&limit=111",
     "/guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}/users"},
    {"/guilds/111//scheduled-events/111?with_user_count=true",
     "/guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}"},
    {"/guilds/111//scheduled-events?with_user_count=true", "/guilds/{guild.id}/scheduled-events"},
    {"/guilds/111//threads/active", "/guilds/{guild.id}/threads/active"},
    {"/guilds/111//voice-states/111", "/guilds/{guild.id}/voice-states/{user.id}"},
    {"/guilds/111//voice-states/@me", "/guilds/{guild.id}/voice-states/@me"},
    {"/guilds/111/audit-logs?limit=5", "/guilds/{guild.id}/audit-logs"},
    {"/guilds/111/bans/111", "/guilds/{guild.id}/bans/{user.id}"},
    {"/guilds/111/bans?limit=5", "/guilds/{guild.id}/bans"},
    {"/guilds/111/channels", "/guilds/{guild.id}/channels"},
    {"/guilds/111/channels/111", "/guilds/{guild.id}/channels/{channel.id}"},
    {"/guilds/111/emojis", "/guilds/{guild.id}/emojis"},
    {"/guilds/111/emojis/111", "/guilds/{guild.id}/emojis/{emoji.id}"},
    {"/guilds/111/integrations", "/guilds/{guild.id}/integrations"},
    {"/guilds/111/integrations/111", "/guilds/{guild.id}/integrations/{integration.id}"},
    {"/guilds/111/invites", "/guilds/{guild.id}/invites"},
    {"/guilds/111/members/111", "/guilds/{guild.id}/members/{user.id}"},
    {"/guilds/111/members/111/roles/111", "/guilds/{guild.id}/members/{user.id}/roles/{role.id}"},
    {"/guilds/111/members/@me", "/guilds/{guild.id}/members/@me"},
    {"/guilds/111/members/@me/nick", "/guilds/{guild.id}/members/@me/nick"},
    {"/guilds/111/members/search?limit=5", "/guilds/{guild.id}/members/search"},
    {"/guilds/111/members?limit=5", "/guilds/{guild.id}/members"},
    {"/guilds/111/messages/search?limit=5", "/guilds/{guild.id}/messages/search"},
    {"/guilds/111/onboarding", "/guilds/{guild.id}/onboarding"},
    {"/guilds/111/preview", "/guilds/{guild.id}/preview"},
    {"/guilds/111/prune", "/guilds/{guild.id}/prune"},
    {"/guilds/111/regions", "/guilds/{guild.id}/regions"},
    {"/guilds/111/roles", "/guilds/{guild.id}/roles"},
    {"/guilds/111/roles/111", "/guilds/{guild.id}/roles/{role.id}"},
    {"/guilds/111/stickers", "/guilds/{guild.id}/stickers"},
    {"/guilds/111/stickers/111", "/guilds/{guild.id}/stickers/{sticker.id}"},
    {"/guilds/111/templates", "/guilds/{guild.id}/templates"},
    {"/guilds/111/templates/hgM48av5Q69A", "/guilds/{guild.id}/templates/{template.code}"},
    {"/guilds/111/vanity-url", "/guilds/{guild.id}/vanity-url"},
    {"/guilds/111/webhooks", "/guilds/{guild.id}/webhooks"},
    {"/guilds/111/welcome-screen", "/guilds/{guild.id}/welcome-screen"},
    {"/guilds/111/widget", "/guilds/{guild.id}/widget"},
    {"/guilds/templates/hgM48av5Q69A", "/guilds/templates/{template.code}"},
    {"/interactions/111/aW50ZXJhY3Rpb24/callback", "/interactions/{interaction.id}/{interaction.token}/callback"},
    {"/invites/aBcD12", "/invites/{invite.code}"},
    {"/invites/aBcD12?with_counts=true&with_expiration=true", "/invites/{invite.code}"},
    {"/oauth2/applications/@me", "/oauth2/applications/@me"},
    {"/stage-instances", "/stage-instances"},
    {"/stage-instances/111", "/stage-instances/{channel.id}"},
    {"/sticker-packs", "/sticker-packs"},
    {"/stickers/111", "/stickers/{sticker.id}"},
    {"/users/111", "/users/{user.id}"},
    {"/users/@me", "/users/@me"},
    {"/users/@me/applications/111/role-connection", "/users/@me/applications/{application.id}/role-connection"},
    {"/users/@me/channels", "/users/@me/channels"},
    {"/users/@me/connections", "/users/@me/connections"},
    {"/users/@me/guilds", "/users/@me/guilds"},
    {"/users/@me/guilds/111", "/users/@me/guilds/{guild.id}"},
    {"/webhooks/111", "/webhooks/{webhook.id}"},
    {"/webhooks/111/aW50ZXJhY3Rpb24", "/webhooks/{webhook.id}/{webhook.token}"},
    {"/webhooks/111/aW50ZXJhY3Rpb24/messages/111", "/webhooks/{webhook.id}/{webhook.token}/messages/{message.id}"},
    {"/webhooks/111/aW50ZXJhY3Rpb24/messages/111?limit=5",
     "/webhooks/{webhook.id}/{webhook.token}/messages/{message.id}"},
    {"/webhooks/111/aW50ZXJhY3Rpb24/messages/@original",
     "/webhooks/{application.id}/{interaction.token}/messages/@original"},
    {"/webhooks/111/aW50ZXJhY3Rpb24?limit=5", "/webhooks/{webhook.id}/{webhook.token}"},
};

TEST(RouteTemplate, KnowsEveryPathThatDppRequests) {
  for (const auto& [path, route] : kDppPaths) {
    const std::string full = "/api/v10" + std::string(path);
    const DiscordRoute match = MatchDiscordRoute(std::string_view(full));
    EXPECT_EQ(match.route, route) << path;
    EXPECT_TRUE(match.known) << path;
  }
}

TEST(RouteTemplate, IgnoresHostVersionQueryAndEmptySegments) {
  for (const std::string_view path :
       {"/channels/42/messages", "/api/channels/42/messages", "/api/v9/channels/42/messages?limit=5",
        "//channels//42/messages/", "https://discord.com/api/v10/channels/42/messages#x"}) {
    EXPECT_EQ(RouteTemplate(path), "/channels/{channel.id}/messages") << path;
  }
  EXPECT_EQ(RouteTemplate("https://discord.com"), "/");
  EXPECT_EQ(RouteTemplate(""), "/");
}

TEST(RouteTemplate, KnowsTheSignOfAtMeWhenItIsEncoded) {
  EXPECT_EQ(RouteTemplate("/users/%40me"), "/users/@me");
  EXPECT_EQ(RouteTemplate("/webhooks/1/t/messages/%40original"),
            "/webhooks/{application.id}/{interaction.token}/messages/@original");
}

TEST(RouteTemplate, PrefersTheWordToTheParameter) {
  EXPECT_EQ(RouteTemplate("/users/@me"), "/users/@me");
  EXPECT_EQ(RouteTemplate("/applications/@me"), "/applications/@me");
  EXPECT_EQ(RouteTemplate("/guilds/1/members/search?query=a"), "/guilds/{guild.id}/members/search");
}

TEST(RouteTemplate, NeverLeaksAnIdOrATokenOfAPathItDoesNotKnow) {
  EXPECT_EQ(RouteTemplate("/guilds/123456789012345678/newthing/7"), "/guilds/{id}/newthing/{id}");
  EXPECT_EQ(RouteTemplate("/newthing/aVeryLongOpaqueTokenOfDiscord/x"), "/newthing/{token}/x");
  EXPECT_EQ(RouteTemplate("/newthing/a%3Ab"), "/newthing/{token}");
  EXPECT_THAT(RouteTemplate("/interactions/1/short/newthing"), Not(HasSubstr("short")));
  EXPECT_THAT(RouteTemplate("/api/v10/webhooks/1/short/newthing"), Not(HasSubstr("short")));
}

TEST(RouteTemplate, LeavesATemplateAsItIs) {
  EXPECT_EQ(RouteTemplate("/channels/{channel.id}/messages"), "/channels/{channel.id}/messages");
  EXPECT_EQ(RouteTemplate("/users/{user.id}"), "/users/{user.id}");
}

TEST(MatchDiscordRoute, GivesTheParametersInOrder) {
  const std::string_view path = "/api/v10/interactions/42/some-token/callback?with_response=true";
  EXPECT_THAT(MatchDiscordRoute(path).parameters, ElementsAre("42", "some-token"));
  EXPECT_THAT(MatchDiscordRoute(std::string_view("/gateway/bot")).parameters, ElementsAre());
  EXPECT_FALSE(MatchDiscordRoute(std::string_view("/channels/notanumber")).known);
}

}  // namespace
}  // namespace guildscope
