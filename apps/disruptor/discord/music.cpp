#include "apps/disruptor/discord/music.hpp"

#include <algorithm>
#include <utility>

#include "apps/disruptor/music/search/sounds.hpp"
#include "apps/disruptor/music/search/title.hpp"

namespace disruptor {
namespace {

using guildscope::health::Iteration;
using guildscope::health::JobRun;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kJoinsAtOnce = 4;
constexpr std::size_t kMostWaitingJoins = 10'000;
constexpr milliseconds kPlayersInterval{2'000};
constexpr milliseconds kFinishLimit{300};

}  // namespace

Music::Music(const MusicParts& parts, const MusicSettings& settings)
    : parts_(parts),
      settings_(settings),
      logger_(parts.telemetry.logger("music")),
      http_(parts.telemetry),
      search_(parts.telemetry, http_, settings.search, parts.telemetry.clock()),
      audio_(settings.audio, parts.database,
             {parts.telemetry.metrics(), parts.telemetry.tracer(), parts.telemetry.redactor(), parts.telemetry.clock(),
              logger_}),
      store_(parts.database, settings.history_per_guild),
      sender_(parts.bot, parts.executor, parts.retries, parts.telemetry.clock(), logger_),
      joins_(kJoinsAtOnce, kMostWaitingJoins,
             [logger = logger_](std::string_view what) { logger.Error("a player's join failed: {}", what); }),
      players_(MakePlayerParts(), settings.player),
      sounds_([this] { return ListSoundTracks(); }, audio_, parts.random),
      visits_(MakePlayerParts(), players_, sounds_, settings.player.audio_limit) {
  pipeline_ = std::make_unique<music::Pipeline>(
      music::PipelineParts{parts.telemetry.metrics(), parts.telemetry.tracer(), parts.telemetry.health(), logger_,
                           parts.telemetry.clock(), search_, audio_, players_, store_, sender_, MakeChores()},
      settings.pipeline);
  const auto parse_options = [this]() -> music::ParseOptions {
    return {.allow_private_addresses = settings_.search.allow_private_addresses,
            .sounds = music::ListSounds(settings_.search.sounds_directory)};
  };
  commands_ =
      std::make_unique<MusicCommands>(MusicCommandParts{parts.runner, parts.directory, parts.voice, *pipeline_,
                                                        players_, store_, parts.telemetry.clock(), parse_options});
}

Music::~Music() {
  joins_.Stop();
  commands_.reset();
  players_.Close();
  pipeline_.reset();  // its jobs use the players
}

music::PlayerParts Music::MakePlayerParts() {
  return {.voice = parts_.voice,
          .playback = parts_.playback,
          .executor = joins_,
          .random = parts_.random,
          .metrics = parts_.telemetry.metrics(),
          .tracer = parts_.telemetry.tracer(),
          .clock = parts_.telemetry.clock(),
          .logger = logger_,
          .people = [this](Snowflake guild, Snowflake channel) { return CountPeople(guild, channel); },
          .on_played = [this](const music::Played& played) { pipeline_->OnPlayed(played); }};
}

std::optional<std::size_t> Music::CountPeople(Snowflake guild, Snowflake channel) {
  try {
    for (const VoiceChannel& one : parts_.directory.VoiceChannels(guild)) {
      if (one.id == channel) return one.people;
    }
  } catch (const EventLoopUnavailable&) {  // NOLINT(bugprone-empty-catch): then it is not known
  }
  return std::nullopt;
}

std::vector<music::Track> Music::ListSoundTracks() const {
  const auto& directory = settings_.search.sounds_directory;
  std::vector<music::Track> tracks;
  for (const std::string& name : music::ListSounds(directory)) {
    tracks.push_back({.key = "sound:" + name,
                      .url = (directory / name).string(),
                      .title = music::CleanTitle(name.substr(0, name.rfind('.'))),
                      .artist = {}});
  }
  return tracks;
}

std::vector<music::Chore> Music::MakeChores() {
  std::vector<music::Chore> chores;
  chores.push_back({"cleanup_players", kPlayersInterval, [this](JobRun& run) {
                      const std::size_t ended = players_.CleanUp([&run] { run.Begin(); });
                      if (ended > 0) run.Begin().SetAttribute({"music.players_ended", ended});
                      return Iteration::kIdle;
                    }});
  chores.push_back({"cache_cleanup", settings_.cache_cleanup_interval, [this](JobRun& run) {
                      auto& span = run.Begin();
                      const music::CleanedUp done = audio_.CleanUp();
                      span.SetAttribute({"music.cache.evicted", done.evicted});
                      span.SetAttribute({"music.cache.damaged", done.damaged + done.missing});
                      span.SetAttribute({"music.cache.freed_bytes", done.bytes});
                      return Iteration::kIdle;
                    }});
  return chores;
}

void Music::Start() {
  for (const std::string& problem : audio_.MissingPrograms()) logger_.Warning("{}", problem);
  pipeline_->Start();
}

bool Music::Stop(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  visits_.Stop();
  bool stopped = pipeline_->Stop(limit);
  players_.Close();
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  stopped = pipeline_->Finish(std::max(left, kFinishLimit)) && stopped;
  if (!stopped) logger_.Warning("some of the music's work did not end in time");
  return stopped;
}

void Music::OnGuildGone(Snowflake guild, bool gone) {
  if (gone) pipeline_->Cancel(guild, /*tell=*/false);
  players_.OnGuildGone(guild);
}

}  // namespace disruptor
