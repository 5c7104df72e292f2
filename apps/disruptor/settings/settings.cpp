#include "apps/disruptor/settings/settings.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "guildscope/config/telemetry_schema.hpp"

namespace disruptor {
namespace {

using guildscope::config::Problem;
using guildscope::config::Schema;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

bool IsDatabaseUrl(std::string_view url) {
  return (url.starts_with("sqlite:") && url.size() > 7) || url.starts_with("postgresql://") ||
         url.starts_with("postgres://");
}

constexpr const char* kDatabaseUrlForm = "sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE";

std::string Seconds(seconds value) { return std::to_string(value.count()) + "s"; }

// What no field can see by itself: settings that contradict each other, or are missing.
void CheckTogether(const Schema& schema, const BotSettings& settings, bool needs_token,
                   std::vector<Problem>& problems) {
  // A file that cannot be read at all is one problem: what it lacks is not known.
  if (std::any_of(problems.begin(), problems.end(), [](const Problem& problem) { return problem.key.empty(); })) return;
  const auto add = [&](const char* key, std::string found, std::string accepted) {
    // A key that is wrong by itself has its problem already, and its target the default.
    const bool known = std::any_of(problems.begin(), problems.end(), [key](const Problem& p) { return p.key == key; });
    if (!known) problems.push_back({schema.Where(key), key, std::move(found), std::move(accepted)});
  };
  if (needs_token && settings.discord.token.empty()) {
    add("discord.token", "nothing", "the bot's token, in the file or in the variable DISCORD_TOKEN");
  }
  if (settings.discord.cluster_id >= settings.discord.clusters) {
    add("discord.cluster_id", std::to_string(settings.discord.cluster_id),
        "less than discord.clusters, which is " + std::to_string(settings.discord.clusters));
  }
  if (settings.scheduler.default_interval < settings.scheduler.minimum_interval) {
    add("scheduler.default_interval", Seconds(settings.scheduler.default_interval),
        "at least scheduler.minimum_interval, which is " + Seconds(settings.scheduler.minimum_interval));
  }
}

}  // namespace

std::uint16_t LoopbackPort(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return 0;
  const std::string_view host = std::string_view(text).substr(0, colon);
  in_addr address{};
  const bool loopback = host.starts_with("127.") && inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
  if (!loopback && host != "localhost") return 0;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  return error == std::errc() && stop == end ? port : 0;
}

void AddBotFields(Schema& schema, BotSettings& settings, bool needs_token) {
  DiscordSettings& discord = settings.discord;
  schema.Secret("discord.token", &discord.token, "The bot's token, from Discord's developer portal.")
      .Checked(
          "discord.standin", &discord.standin,
          "127.0.0.1:PORT, another address of 127.0.0.0/8, localhost:PORT, or nothing",
          [](const std::string& text) { return text.empty() || LoopbackPort(text) != 0; },
          "A stand-in on this machine that is asked instead of Discord. Empty: Discord.")
      .String("discord.standin_ca_file", &discord.standin_ca_file,
              "PEM file of the authority that the stand-in's certificate is checked against.")
      .Integer("discord.shards", &discord.shards, 0, 100'000, "How many shards; 0: as many as Discord recommends.")
      .Integer("discord.cluster_id", &discord.cluster_id, 0, 9'999,
               "Which part of the shards this process runs: those whose number modulo discord.clusters is this.")
      .Integer("discord.clusters", &discord.clusters, 1, 10'000, "How many processes share the shards.");

  DatabaseSettings& database = settings.database;
  schema
      .Checked(
          "database.url", &database.url, kDatabaseUrlForm, [](const std::string&) { return true; },
          "Where the bot keeps what guilds have chosen.")
      .Finally([&database](const Schema& loaded, std::vector<Problem>& problems) {
        if (IsDatabaseUrl(database.url)) return;
        // The password of a URL is replaced. Of any other text nobody knows which part is the password.
        const bool is_url = database.url.find("://") != std::string::npos;
        problems.push_back(
            {loaded.Where("database.url"), "database.url",
             is_url ? "'" + database.url + "'" : "a text that is not shown, because it may hold a password",
             kDatabaseUrlForm});
      })
      .Integer("database.pool_size", &database.pool_size, 1, 1'000, "Connections to the database at most.");

  SchedulerSettings& scheduler = settings.scheduler;
  schema
      .Integer("scheduler.workers", &scheduler.workers, 1, 256,
               "Random voice joins under way at once, over all guilds.")
      .Duration("scheduler.jitter", &scheduler.jitter, milliseconds(0), hours(1),
                "Each guild's join comes a random part of this after its time, to keep guilds apart.")
      .Duration("scheduler.default_interval", &scheduler.default_interval, seconds(1), kMaximumInterval,
                "How often a guild that has not chosen is considered.")
      .Integer("scheduler.default_chance", &scheduler.default_chance, 0, 100,
               "How likely a join then is, in percent, where the guild has not chosen.")
      .Duration("scheduler.minimum_interval", &scheduler.minimum_interval, seconds(1), hours(24),
                "The shortest interval that a guild may choose.");

  VoiceSettings& voice = settings.voice;
  schema
      .Duration("voice.join_timeout", &voice.join_timeout, milliseconds(100), seconds(60),
                "How long Discord has to confirm that the bot is in a voice channel.")
      .Duration("voice.stay", &voice.stay, milliseconds(0), hours(1), "How long the bot stays after a random join.");
  AddMusicFields(schema, settings.music);
  schema.Finally([&settings, needs_token](const Schema& loaded, std::vector<Problem>& problems) {
    CheckTogether(loaded, settings, needs_token, problems);
  });
}

ProgramSettings LoadProgramSettings(const std::string& file, const guildscope::config::Environment& environment,
                                    bool needs_token) {
  ProgramSettings settings;
  Schema schema;
  guildscope::config::AddTelemetryFields(schema, settings.telemetry);
  AddBotFields(schema, settings.bot, needs_token);
  guildscope::config::LoadWithOpenTelemetry(schema, settings.telemetry, file, environment, settings.warnings);
  settings.secrets = schema.SecretValues();
  return settings;
}

}  // namespace disruptor
