#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/disruptor/settings/music_settings.hpp"
#include "guildscope/config/schema.hpp"
#include "guildscope/config/telemetry_options.hpp"

namespace disruptor {

struct DiscordSettings {
  std::string token;
  /// `127.0.0.1:PORT` of a stand-in that is asked instead of Discord; empty: Discord.
  std::string standin;
  /// PEM of the authority that the stand-in's certificate is checked against.
  std::string standin_ca_file;
  std::uint32_t shards = 0;  ///< 0: as many as Discord recommends.
  std::uint32_t cluster_id = 0;
  std::uint32_t clusters = 1;
};

struct DatabaseSettings {
  std::string url = "sqlite:disruptor.db";
  std::size_t pool_size = 4;
};

struct SchedulerSettings {
  std::size_t workers = 4;  ///< Voice joins that the schedulers may have under way at once.
  /// A guild's join comes this much after its tick, at most: a random part of it.
  std::chrono::milliseconds jitter{5'000};
  std::chrono::seconds default_interval{1'800};
  int default_chance = 50;  ///< Percent.
  std::chrono::seconds minimum_interval{60};
};

struct VoiceSettings {
  std::chrono::milliseconds join_timeout{10'000};
  std::chrono::milliseconds stay{3'000};  ///< How long a random join stays.
};

/// Everything about the bot itself that a user can choose. The defaults are these values.
struct BotSettings {
  DiscordSettings discord;
  DatabaseSettings database;
  SchedulerSettings scheduler;
  VoiceSettings voice;
  MusicSettings music;
};

/// The longest interval that a guild can have.
inline constexpr std::chrono::seconds kMaximumInterval = std::chrono::hours(24 * 7);

/// Adds the fields of the bot to a schema, beside those of the telemetry, and the checks of what they say together. The
/// settings must outlive the schema. `needs_token`: that there is none is a problem.
void AddBotFields(guildscope::config::Schema& schema, BotSettings& settings, bool needs_token = true);

/// Everything that a user can choose, read and checked.
struct ProgramSettings {
  BotSettings bot;
  guildscope::config::TelemetryOptions telemetry;
  std::vector<std::string> warnings;  ///< To be logged: standard variables of OpenTelemetry that were ignored.
  std::vector<std::string> secrets;   ///< For the redactor.
};

/// Reads a file (empty: none) and the environment. Throws guildscope::config::ConfigError with every problem. Whoever
/// does not speak to Discord needs no token.
[[nodiscard]] ProgramSettings LoadProgramSettings(const std::string& file,
                                                  const guildscope::config::Environment& environment,
                                                  bool needs_token = true);

/// The port of an address of 127.0.0.0/8 or `localhost`, and a port; 0 when the text is not one.
[[nodiscard]] std::uint16_t LoopbackPort(const std::string& text);

}  // namespace disruptor
