// Users, the application, the Gateway's address, voice regions.
#include <algorithm>
#include <array>

#include "apps/discord_standin/rest.hpp"
#include "apps/discord_standin/world_json.hpp"

namespace standin {
namespace {

RestAnswer GetGateway(Discord& discord, const RestCall&) { return {200, {{"url", discord.config.gateway_url}}, {}}; }

RestAnswer GetGatewayBot(Discord& discord, const RestCall&) {
  return {200,
          {{"url", discord.config.gateway_url},
           {"shards", discord.config.shards},
           {"session_start_limit", discord.gateway.SessionStartLimit()}},
          {}};
}

RestAnswer GetSelf(Discord& discord, const RestCall&) { return {200, SelfJson(discord.world.bot()), {}}; }

RestAnswer GetUser(Discord& discord, const RestCall& call) {
  const User* user = discord.world.FindUser(call.Id(0));
  return user == nullptr ? RestError(404, 10013, "Unknown User") : RestAnswer{200, UserJson(*user), {}};
}

RestAnswer GetOwnGuilds(Discord& discord, const RestCall& call) {
  constexpr std::size_t kMost = 200;
  const Snowflake after = ParseSnowflake(call.Query("after"));
  const Snowflake limit = ParseSnowflake(call.Query("limit"));
  Json list = Json::array();
  for (const auto& [id, guild] : discord.world.guilds()) {
    if (!guild.joined || id <= after) continue;
    if (list.size() == (limit == 0 ? kMost : std::min<Snowflake>(limit, kMost))) break;
    list.push_back({{"id", Text(id)},
                    {"name", guild.name},
                    {"icon", nullptr},
                    {"banner", nullptr},
                    {"owner", false},
                    {"permissions", Text(guild.PermissionsOf(discord.world.bot().id, nullptr))},
                    {"features", Json::array()}});
  }
  return {200, std::move(list), {}};
}

RestAnswer GetApplication(Discord& discord, const RestCall&) { return {200, ApplicationJson(discord.world, true), {}}; }

RestAnswer GetVoiceRegions(Discord&, const RestCall&) {
  Json list = Json::array();
  for (const auto& [id, name] : {std::pair{"rotterdam", "Rotterdam"}, std::pair{"us-east", "US East"}}) {
    list.push_back({{"id", id}, {"name", name}, {"optimal", list.empty()}, {"deprecated", false}, {"custom", false}});
  }
  return {200, std::move(list), {}};
}

constexpr auto kRoutes = std::to_array<RestRoute>({
    {"GET", "/gateway", GetGateway},
    {"GET", "/gateway/bot", GetGatewayBot},
    {"GET", "/users/@me", GetSelf},
    {"GET", "/users/@me/guilds", GetOwnGuilds},
    {"GET", "/users/{user.id}", GetUser},
    {"GET", "/applications/@me", GetApplication},
    {"GET", "/oauth2/applications/@me", GetApplication},
    {"GET", "/voice/regions", GetVoiceRegions},
    {"GET", "/guilds/{guild.id}/regions", GetVoiceRegions},
});

}  // namespace

std::span<const RestRoute> ApplicationRoutes() { return kRoutes; }

}  // namespace standin
