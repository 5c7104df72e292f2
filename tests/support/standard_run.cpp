#include "tests/support/standard_run.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "guildscope/testing/http_client.hpp"

namespace guildscope::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace nlohmann::literals;

constexpr auto kCallback = "/interactions/{interaction.id}/{interaction.token}/callback";
constexpr std::size_t kGuilds = 3;  // the first answers, the second is refused, the third has the jobs

}  // namespace

playground::PlaygroundOptions StandardRun::Options() {
  auto options = World::Quiet();
  options.guilds = 8;
  options.standin_settings.merge_patch({{"shards", 2}, {"max_concurrency", 2}, {"heartbeat_interval", "10s"}});
  options.bot_settings.merge_patch({{"voice", {{"join_timeout", "1s"}}},
                                    {"scheduler", {{"default_chance", 0}}},
                                    {"monitoring", {{"process_metrics", {{"enabled", true}}}}}});
  return options;
}

StandardRun::StandardRun(World& world) : world_(world) {
  for (const json& guild : world_.Guilds()) {
    if (!world_.JoinableChannels(guild.at("id")).empty()) guilds_.push_back(guild.at("id"));
  }
  if (guilds_.size() < kGuilds) throw std::runtime_error("too few guilds have people in voice; choose another seed");
  UseCommands();
  FailInTheDatabase();
  FailAtDiscord();
  LoseConnections();
  RunJobs();
  PlayMusic();
  EXPECT_TRUE(Eventually(
      [this] { return world_.MetricBy("disruptor_discord_gateway_latency_seconds", {"shard"}).size() == 2; }));
  world_.ExpectTelemetryEqualsLedger();
}

double StandardRun::Joins(const std::string& guild, const char* status) const {
  return world_.Ledger("/voice_joins"_json_pointer, {"guild_id", "status"})[guild + " " + status];
}

void StandardRun::UseCommands() {
  const std::string& guild = guilds_[0];
  const std::string talker = world_.SomebodyInVoice(guild);
  EXPECT_THAT(world_.Use(guild, "interval", {{"duration", "12h"}}), HasSubstr("every 12 hours"));
  EXPECT_THAT(world_.Use(guild, "chance", {{"percent", 0}}), HasSubstr("do not drop in"));
  EXPECT_THAT(world_.Use(guild, "weight", {{"channel", world_.JoinableChannels(guild).front()}, {"weight", 5}}),
              HasSubstr("weight 5"));
  EXPECT_THAT(world_.Use(guild, "next"), HasSubstr("the chance is 0 %"));
  EXPECT_THAT(world_.Use(guild, "disrupt", {}, talker), HasSubstr("Here I am"));
  world_.Use(guild, "disconnect", {}, talker);
  EXPECT_THAT(world_.Use(guild, "status"), HasSubstr("All is well."));
  world_.Fault({{"kind", "voice_deny"}, {"guild_id", guilds_[1]}});
  EXPECT_THAT(world_.Use(guilds_[1], "disrupt", {}, world_.SomebodyInVoice(guilds_[1])), HasSubstr("did not let me"));
}

void StandardRun::FailInTheDatabase() {
  SqliteFile file(world_.folder() / "disruptor.db");
  file.Run(R"(CREATE TRIGGER refuse BEFORE INSERT ON guild_settings WHEN NEW.chance_percent = 13
                BEGIN SELECT RAISE(ABORT, 'refused'); END;)");
  EXPECT_THAT(world_.Use(guilds_[0], "chance", {{"percent", 13}}), HasSubstr("went wrong"));
  file.Run("DROP TRIGGER refuse");
}

void StandardRun::FailAtDiscord() {
  for (const char* scope : {"user", "shared", "global"}) {
    world_.Fault({{"kind", "rate_limit"}, {"scope", scope}, {"retry_after", 1}, {"endpoint", kCallback}});
    world_.Use(guilds_[0], "next");
  }
  world_.Fault({{"kind", "server_error"}, {"status", 502}, {"endpoint", kCallback}});
  world_.Use(guilds_[0], "next");
  world_.Fault({{"kind", "drop_socket"}, {"endpoint", kCallback}});
  world_.Use(guilds_[0], "next");
}

void StandardRun::LoseConnections() {
  const auto reconnects = [this](const char* kind) {
    return world_.Metric("disruptor_discord_gateway_reconnects_total", {{"kind", kind}, {"shard", "0"}});
  };
  const auto ready = [this] { return world_.Probe("/ready") == 200; };
  world_.Fault({{"kind", "drop_gateway"}, {"shard", 0}});
  EXPECT_TRUE(Eventually([&] { return reconnects("resume") == 1; }));
  EXPECT_TRUE(Eventually(ready));
  world_.Fault({{"kind", "invalid_session"}, {"shard", 0}, {"resumable", false}});
  EXPECT_TRUE(Eventually([&] { return reconnects("identify") == 1; }));
  EXPECT_TRUE(Eventually(ready));
  world_.Fault({{"kind", "guild_vanish"}, {"guild_id", guilds_[0]}});
  world_.Fault({{"kind", "guild_return"}, {"guild_id", guilds_[0]}});
  for (const std::string& guild : guilds_) {
    EXPECT_TRUE(Eventually([&] { return world_.Use(guild, "next").find("have no plan yet") == std::string::npos; }));
  }
}

void StandardRun::RunJobs() {
  const std::string& guild = guilds_[2];
  world_.Use(guild, "chance", {{"percent", 100}});
  world_.Use(guild, "interval", {{"duration", "2s"}});
  EXPECT_TRUE(Eventually([&] { return Joins(guild, "success") >= 1; }));
  world_.Fault({{"kind", "voice_deny"}, {"guild_id", guild}});
  EXPECT_TRUE(Eventually([&] { return Joins(guild, "error") == 1; }));
  world_.Use(guild, "interval", {{"duration", "12h"}});
  EXPECT_TRUE(Eventually([this] {
    return world_.Metric("disruptor_scheduler_active_jobs") == 0 &&
           world_.Metric("disruptor_voice_connections_active") == 0 &&
           world_.Metric("disruptor_scheduler_jobs_total", {{"status", "error"}}) == 1;
  }));
}

void StandardRun::PlayMusic() {
  const std::string& guild = guilds_[0];
  const std::string listener = world_.SomebodyInVoice(guild);
  const std::uint16_t media = world_.playground().media_port();
  const json catalogue = json::parse(Get(media, "/catalogue").body);
  const json& song = catalogue.at("songs").at(0);
  const std::string words = song.at("artist").get<std::string>() + " " + song.at("title").get<std::string>();
  const auto starts = [&] { return world_.Metric("disruptor_audio_track_events_total", {{"event_type", "start"}}); };
  for (int time = 0; time < 2; ++time) {
    const double before = starts();
    EXPECT_THAT(world_.Use(guild, "play", {{"query", words}}, listener), HasSubstr("Looking for"));
    EXPECT_TRUE(Eventually([&] { return starts() == before + 1; }));
    EXPECT_EQ(world_.Use(guild, "skip", {}, listener), "Skipped.");
  }
  Post(media, "/faults", R"({"kind": "error", "path": "/youtube/v3/search", "status": 503})");
  const double before = starts();
  const std::string album = catalogue.at("albums").at(0).at("spotify_id");
  const std::string id = world_.Begin(guild, "play", {{"query", "https://open.spotify.com/album/" + album}}, listener);
  EXPECT_TRUE(Eventually([&] {
    const auto messages = world_.MessagesIn(world_.Interaction(id).at("channel_id"));
    return !messages.empty() && messages.back().ends_with("3 of 3 ready");
  }));
  EXPECT_TRUE(Eventually([&] { return starts() == before + 1; }));
  EXPECT_THAT(world_.Use(guild, "pause", {}, listener), HasSubstr("Paused."));
  EXPECT_THAT(world_.Use(guild, "queue", {}, listener), HasSubstr("2 tracks waiting"));
  EXPECT_THAT(world_.Use(guild, "history", {}, listener), HasSubstr("skipped"));
}

std::string StandardRun::LoseGuild() {
  const std::string guild = guilds_[1];
  world_.Fault({{"kind", "guild_vanish"}, {"guild_id", guild}, {"removed", true}});
  EXPECT_TRUE(Eventually([&] { return world_.Page("/metrics").find(guild) == std::string::npos; }));
  return guild;
}

}  // namespace guildscope::testing
