#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace standin {

/// What can be chosen about the stand-in. The field table with ranges and meanings is in config.cpp; README.md shows a
/// file.
struct Config {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;          ///< REST and Gateway; 0: the kernel chooses.
  std::uint16_t control_port = 8090;  ///< Plain HTTP; 0: the kernel chooses.
  std::string ca_file = "discord-standin-ca.pem";
  std::string token;  ///< The only bot token that is accepted; empty: any.
  std::uint64_t seed = 1;

  // The made-up world.
  std::size_t guilds = 5;
  std::size_t members_per_guild = 12;
  std::size_t voice_channels = 3;
  std::size_t voice_people = 4;

  // What the Gateway says and enforces.
  std::string gateway_url = "wss://gateway.discord.gg";  ///< `{port}` stands for the port that is listened on.
  /// Endpoint of VOICE_SERVER_UPDATE, `{port}` likewise; empty: not sent, as if no voice server were free.
  std::string voice_server = "c-standin.discord.media:443";
  std::uint16_t voice_port = 0;  ///< UDP; 0: the kernel chooses.
  std::chrono::milliseconds voice_heartbeat_interval{13'750};
  std::chrono::milliseconds audio_window{30'000};  ///< How much of what each guild heard is kept.
  std::size_t shards = 1;
  std::size_t max_concurrency = 1;
  std::size_t session_start_limit = 1000;
  std::chrono::milliseconds heartbeat_interval{41'250};
  std::chrono::milliseconds resume_window{180'000};
  std::chrono::milliseconds interaction_deadline{3'000};

  // Rate limits, generous: faults make the strict ones.
  std::size_t bucket_limit = 1'000;
  std::chrono::milliseconds bucket_window{1'000};
  std::size_t global_per_second = 10'000;

  // People using the bot.
  double commands_per_second = 0;
  double people_moves_per_second = 0;
  /// How often each command is used relative to the others. Only commands that the bot has registered are sent.
  std::map<std::string, std::string> command_weights{
      {"interval", "3"}, {"chance", "3"}, {"weight", "2"}, {"next", "3"},   {"disrupt", "3"}, {"disconnect", "1"},
      {"status", "2"},   {"play", "4"},   {"skip", "1"},   {"pause", "1"},  {"resume", "1"},  {"stop", "1"},
      {"shuffle", "1"},  {"queue", "2"},  {"now", "2"},    {"history", "1"}};
  /// By command, a JSON object of option name to the values to choose from; "{voice_channel}" stands for one's id.
  std::map<std::string, std::string> command_options{
      {"interval", R"({"duration": ["30s", "5m", "15m", "1h", "soon"]})"},
      {"chance", R"({"percent": [0, 10, 50, 100]})"},
      {"weight", R"({"channel": ["{voice_channel}"], "weight": [0, 1, 5], "n": [0, 1, 5]})"},
      {"queue", R"({"page": [1, 2]})"},
      {"play", R"({"query": ["love song", "night train", "blue moon", "https://youtu.be/dQw4w9WgXcQ", "horn"]})"}};
};

/// Reads a YAML file and the environment; throws guildscope::config::ConfigError with every problem.
[[nodiscard]] Config LoadConfig(const std::string& path);

}  // namespace standin
