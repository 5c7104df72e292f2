#include <dpp/cluster.h>
#include <dpp/discordclient.h>
#include <dpp/discordevents.h>
#include <dpp/json.h>

#include <array>
#include <memory>
#include <string>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/cluster_state.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"

namespace guildscope::dpp {
namespace {

// The whole name of the first holds that of the JSON library's version.
constexpr const char* kHandleEvent = "_ZN3dpp14discord_client12handle_eventE";
constexpr const char* kHandleFrame =
    "_ZN3dpp14discord_client12handle_frameERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEENS_9ws_opcodeE";
constexpr const char* kOnDisconnect = "_ZN3dpp14discord_client13on_disconnectEv";
constexpr const char* kStartConnecting = "_ZN3dpp14discord_client16start_connectingEv";

/// Lower is sooner; D++ gives its event handlers 0 and 1.
constexpr int kAfterEventHandlers = 100;

std::uint64_t GuildId(const ::dpp::json& guild) {
  const auto id = guild.is_object() ? guild.find("id") : guild.end();
  if (!guild.is_object() || id == guild.end()) return 0;
  // JSON has ids as strings, ETF as numbers.
  if (id->is_string()) return ::dpp::snowflake(id->get<std::string>());
  return id->is_number_unsigned() ? id->get<std::uint64_t>() : 0;
}

ShardMetrics::Guilds GuildIds(const ::dpp::json& ready) {
  ShardMetrics::Guilds ids;
  const auto guilds = ready.find("guilds");
  if (guilds == ready.end() || !guilds->is_array()) return ids;
  for (const auto& guild : *guilds) ids.push_back(GuildId(guild));
  return ids;
}

bool IsOutage(const ::dpp::json& guild) {
  const auto unavailable = guild.find("unavailable");
  return unavailable != guild.end() && unavailable->is_boolean() && unavailable->get<bool>();
}

/// Updates what is known of the shard; returns the guilds that the bot is not in any more.
ShardMetrics::Guilds Apply(ShardMetrics& shards, std::uint32_t shard, const std::string& event,
                           const ::dpp::json& frame) {
  shards.CountEvent(shard, event);
  if (event == "RESUMED") shards.Resumed(shard);
  const auto data = frame.find("d");
  if (data == frame.end() || !data->is_object()) return {};
  if (event == "READY") return shards.Ready(shard, GuildIds(*data));
  if (event == "GUILD_CREATE") shards.Joined(shard, GuildId(*data));
  if (event == "GUILD_DELETE" && !IsOutage(*data)) {
    const std::uint64_t guild = GuildId(*data);
    shards.Left(shard, guild);
    return {guild};
  }
  return {};
}

/// Removes the series of guilds that were left, behind the bot's own handlers of the event, which may still write some.
void RemoveSeriesLater(::dpp::cluster& cluster, const std::shared_ptr<ClusterState>& state,
                       ShardMetrics::Guilds guilds) {
  cluster.queue_work(kAfterEventHandlers, [state, guilds = std::move(guilds)] {
    state->WhileOpen([&] {
      for (const std::uint64_t guild : guilds) {
        state->sinks().metrics.RemoveSeries("guild_id", std::to_string(guild));
      }
    });
  });
}

}  // namespace

std::span<const Hook> GatewayHooks() noexcept {
  static constexpr std::array<Hook, 4> kHooks{
      {{kHandleEvent, "discord.gateway.events, discord.gateway.reconnects, discord.guild_count, and readiness"},
       {kHandleFrame, "discord.gateway.latency"},
       {kOnDisconnect, "discord.gateway.connected does not fall to 0"},
       {kStartConnecting, "shards that never became ready"}}};
  return kHooks;
}

}  // namespace guildscope::dpp

namespace dpp {

[[gnu::weak]] void discord_client::handle_event(const std::string& event, json& frame, const std::string& raw) {
  using HandleEvent = void (*)(discord_client*, const std::string&, json&, const std::string&);
  static const auto next =
      guildscope::NextSymbol<HandleEvent>(guildscope::dpp::FindLibrarySymbol(guildscope::dpp::kHandleEvent).c_str());
  const auto instrumented = guildscope::dpp::Clusters::Instance().Find(creator);
  if (!instrumented) return next(this, event, frame, raw);
  guildscope::dpp::ShardMetrics::Guilds left;
  instrumented->WhileOpen([&] {
    left = guildscope::dpp::Apply(instrumented->shards(), shard_id, event, frame);
    // The first time that all are connected makes the process ready; afterwards the shard source says how it stands.
    if (event == "READY" && instrumented->shards().AllConnected()) instrumented->sinks().health.SetReady();
  });
  next(this, event, frame, raw);
  if (!left.empty()) guildscope::dpp::RemoveSeriesLater(*creator, instrumented, std::move(left));
}

[[gnu::weak]] bool discord_client::handle_frame(const std::string& frame, ws_opcode opcode) {
  using HandleFrame = bool (*)(discord_client*, const std::string&, ws_opcode);
  static const auto next = guildscope::NextSymbol<HandleFrame>(guildscope::dpp::kHandleFrame);
  const double ping_before = websocket_ping;
  const bool go_on = next(this, frame, opcode);
  // The answer to a heartbeat is the only frame that makes it another positive number.
  const bool was_pong = websocket_ping != ping_before && websocket_ping > 0;
  // Discord has ended the session on this very connection; until the next READY the shard gets no events.
  const bool has_no_session = sessionid.empty();
  if (was_pong || has_no_session) {
    if (const auto instrumented = guildscope::dpp::Clusters::Instance().Find(creator)) {
      instrumented->WhileOpen([&] {
        if (has_no_session) instrumented->shards().Disconnected(shard_id);
        if (was_pong) instrumented->shards().SetLatency(shard_id, websocket_ping);
      });
    }
  }
  return go_on;
}

[[gnu::weak]] void discord_client::on_disconnect() {
  using OnDisconnect = void (*)(discord_client*);
  static const auto next = guildscope::NextSymbol<OnDisconnect>(guildscope::dpp::kOnDisconnect);
  if (const auto instrumented = guildscope::dpp::Clusters::Instance().Find(creator)) {
    instrumented->WhileOpen([&] { instrumented->shards().Disconnected(shard_id); });
  }
  next(this);
}

[[gnu::weak]] void discord_client::start_connecting() {
  using StartConnecting = void (*)(discord_client*);
  static const auto next = guildscope::NextSymbol<StartConnecting>(guildscope::dpp::kStartConnecting);
  if (const auto instrumented = guildscope::dpp::Clusters::Instance().Find(creator)) {
    instrumented->WhileOpen([&] {
      for (std::uint32_t shard = 0; shard < max_shards; ++shard) {
        if (shard % creator->maxclusters == creator->cluster_id) instrumented->shards().Expect(shard);
      }
    });
  }
  next(this);
}

}  // namespace dpp
