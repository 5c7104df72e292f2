#include "apps/discord_standin/config.hpp"

#include <algorithm>

#include "apps/discord_standin/snowflake.hpp"
#include "guildscope/config/schema.hpp"

namespace standin {
namespace {

using guildscope::config::Environment;
using guildscope::config::Schema;
using std::chrono::milliseconds;

constexpr std::int64_t kMany = 1'000'000;

bool IsWeight(const std::string& text) {
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
}

bool AreOptions(const std::string& text) {
  const Json options = Json::parse(text, nullptr, false);
  return options.is_object() &&
         std::all_of(options.begin(), options.end(), [](const Json& values) { return values.is_array(); });
}

void AddWorldFields(Schema& schema, Config& config) {
  schema.Integer("seed", &config.seed, 0, INT64_MAX, "The same seed makes the same guilds, people and choices.")
      .Integer("guilds", &config.guilds, 0, kMany, "How many guilds the bot is in.")
      .Integer("members_per_guild", &config.members_per_guild, 0, kMany, "People in each guild, beside the bot.")
      .Integer("voice_channels", &config.voice_channels, 0, 100, "Voice channels in each guild, beside the staff's.")
      .Integer("voice_people", &config.voice_people, 0, kMany, "People in voice in each guild at the start.");
}

void AddGatewayFields(Schema& schema, Config& config) {
  schema
      .String("gateway_url", &config.gateway_url,
              "The Gateway's address as GET /gateway/bot and READY give it; {port}: ours.")
      .String("voice_server", &config.voice_server,
              "Endpoint of VOICE_SERVER_UPDATE; {port}: ours; empty: not sent, so that no client gets into voice.")
      .Integer("voice_port", &config.voice_port, 0, 65'535, "Of voice, over UDP; 0: the kernel chooses.")
      .Duration("voice_heartbeat_interval", &config.voice_heartbeat_interval, milliseconds(500),
                milliseconds(3'600'000),
                "How often a voice client must send a heartbeat; after two without, its connection is closed.")
      .Duration("audio_window", &config.audio_window, milliseconds(0), milliseconds(3'600'000),
                "How much of what each guild heard is kept for GET /audio.")
      .Integer("shards", &config.shards, 1, 10'000, "The number of shards that GET /gateway/bot recommends.")
      .Integer("max_concurrency", &config.max_concurrency, 1, 10'000, "Identifies allowed in 5 seconds.")
      .Integer("session_start_limit", &config.session_start_limit, 1, kMany, "Identifies allowed in all.")
      .Duration("heartbeat_interval", &config.heartbeat_interval, milliseconds(500), milliseconds(3'600'000),
                "How often a client must send a heartbeat; after two without, its connection is closed.")
      .Duration("resume_window", &config.resume_window, milliseconds(0), milliseconds(86'400'000),
                "How long a session without a connection may be resumed.")
      .Duration("interaction_deadline", &config.interaction_deadline, milliseconds(100), milliseconds(900'000),
                "How long the bot has to acknowledge a slash command.");
}

void AddLimitFields(Schema& schema, Config& config) {
  schema.Integer("bucket_limit", &config.bucket_limit, 1, kMany, "Requests that one rate limit bucket takes a window.")
      .Duration("bucket_window", &config.bucket_window, milliseconds(1), milliseconds(3'600'000), "A bucket's window.")
      .Integer("global_per_second", &config.global_per_second, 1, kMany, "Requests a second over all buckets.");
}

void AddTrafficFields(Schema& schema, Config& config) {
  schema.Number("commands_per_second", &config.commands_per_second, 0, 10'000, "Slash commands that people use.")
      .Number("people_moves_per_second", &config.people_moves_per_second, 0, 10'000,
              "People who join, leave or change a voice channel.")
      .CheckedMap("command_weights", &config.command_weights, "whole numbers, 0 or more", IsWeight,
                  "By command: how often it is used, relative to the others.")
      .CheckedMap("command_options", &config.command_options, R"(JSON objects of arrays: {"percent": [0, 50]})",
                  AreOptions,
                  "By command: a JSON object of option to the values to choose from; \"{voice_channel}\" is one's id.");
}

}  // namespace

Config LoadConfig(const std::string& path) {
  Config config;
  Schema schema;
  schema.String("address", &config.address, "Where both servers listen.")
      .Integer("port", &config.port, 0, 65'535, "Of REST and the Gateway, over TLS; 0: the kernel chooses.")
      .Integer("control_port", &config.control_port, 0, 65'535,
               "Of the control API, plain HTTP; 0: the kernel chooses.")
      .String("ca_file", &config.ca_file, "Where the certificate authority of this run is written, as PEM.")
      .Secret("token", &config.token, "The only bot token that is accepted; empty: any.");
  AddWorldFields(schema, config);
  AddGatewayFields(schema, config);
  AddLimitFields(schema, config);
  AddTrafficFields(schema, config);

  // Keys as short as `port` must not meet variables that mean something else: theirs begin with DISCORD_STANDIN_.
  // References in the file, `${DISCORD_TOKEN}` for one, may name any variable of Discord's.
  const Environment process = guildscope::config::ProcessEnvironment();
  const Environment environment = [process](const std::string& name) -> std::optional<std::string> {
    if (auto value = process("DISCORD_STANDIN_" + name)) return value;
    return name.starts_with("DISCORD_") ? process(name) : std::nullopt;
  };
  schema.Load(path, environment);
  return config;
}

}  // namespace standin
