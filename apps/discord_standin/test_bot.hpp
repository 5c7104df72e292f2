#pragma once

#include <string>

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/fake_transport.hpp"
#include "apps/discord_standin/rest.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace standin {

/// For tests: a stand-in without sockets, and a bot that is logged in to it.
struct TestBot {
  explicit TestBot(Config config = {}) : discord(std::move(config), clock) {
    discord.gateway.Opened(gateway);
    discord.gateway.Received(
        gateway, R"({"op":2,"d":{"token":"any","intents":643,"properties":{}}})");  // guilds, members, voice, messages
  }

  RestAnswer Call(const std::string& method, const std::string& path, const Json& body = nullptr) {
    return ServeRest(discord, {method, "/api/v10" + path, "Bot any", "application/json",
                               body.is_null() ? std::string() : body.dump()});
  }

  void Register(const std::string& command, const Json& options = Json::array()) {
    Call("POST", "/applications/" + Id() + "/commands",
         {{"name", command}, {"description", "What it does."}, {"options", options}});
  }

  /// `channel_id` 0: leaves.
  void JoinVoice(Snowflake guild_id, Snowflake channel_id) {
    const Json channel = channel_id == 0 ? Json(nullptr) : Json(Text(channel_id));
    discord.gateway.Received(gateway,
                             Json{{"op", 4}, {"d", {{"guild_id", Text(guild_id)}, {"channel_id", channel}}}}.dump());
  }

  [[nodiscard]] std::string Id() const { return Text(discord.world.bot().id); }
  Guild& guild() { return discord.world.guilds().begin()->second; }
  /// The newest dispatch of that type.
  [[nodiscard]] Json Last(const std::string& type) const { return gateway.Events(type).back()["d"]; }

  guildscope::testing::FakeClock clock;
  Discord discord;
  FakeTransport gateway;
};

}  // namespace standin
