#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/disruptor/music/player/guild_players.hpp"
#include "apps/disruptor/scheduler/manual_executor.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"

namespace disruptor::music {

inline constexpr Snowflake kGuild = 10;
inline constexpr Snowflake kChannel = 20;

/// Keeps what it was told to play; the test says how that goes on.
class FakePlayback final : public Playback {
 public:
  struct Played {
    Id id = 0;
    Snowflake guild = 0;
    AudioFilePtr file;
    std::chrono::milliseconds position{0};
    bool paused = false;
    bool stopped = false;
    PlaybackCallbacks callbacks;
  };

  Id Play(Snowflake guild, AudioFilePtr file, std::chrono::milliseconds from, PlaybackCallbacks callbacks) override {
    if (auto* before = Find(current[guild])) before->stopped = true;
    plays.push_back({.id = plays.size() + 1,
                     .guild = guild,
                     .file = std::move(file),
                     .position = from,
                     .callbacks = std::move(callbacks)});
    current[guild] = plays.back().id;
    return plays.back().id;
  }
  void Pause(Id id) override { Find(id)->paused = true; }
  void Resume(Id id) override { Find(id)->paused = false; }
  void Stop(Id id) override { Find(id)->stopped = true; }
  std::optional<std::chrono::milliseconds> Position(Id id) const override { return plays.at(id - 1).position; }

  Played* Find(Id id) { return id == 0 || id > plays.size() ? nullptr : &plays[id - 1]; }
  Played& last() { return plays.back(); }
  void Start() { last().callbacks.on_start(); }
  void End(PlaybackEnd end, const std::string& problem = "") {
    const auto tell = last().callbacks.on_end;
    tell({end, last().position, problem});
  }

  std::vector<Played> plays;
  std::map<Snowflake, Id> current;
};

/// Discord confirms at once, unless it is told otherwise.
class FakeGateway final : public VoiceGateway {
 public:
  explicit FakeGateway(guildscope::testing::FakeClock& c) : clock(c) {}
  void AwaitTurn(Snowflake) override {}
  bool SendVoiceState(Snowflake guild, Snowflake channel) override {
    if (!connected) return false;
    sent.emplace_back(guild, channel);
    if (denied && channel != 0) {
      clock.Advance(std::chrono::minutes(1));
    } else {
      on_confirm(guild, channel);
    }
    return true;
  }
  guildscope::testing::FakeClock& clock;
  std::function<void(Snowflake, Snowflake)> on_confirm;
  bool denied = false;
  bool connected = true;
  std::vector<std::pair<Snowflake, Snowflake>> sent;
};

class PlayerFixture : public ::testing::Test {
 protected:
  PlayerFixture() {
    gateway_.on_confirm = [this](Snowflake guild, Snowflake channel) {
      voice_.OnOwnVoiceState(guild, channel);
      if (channel == 0) players_.OnVoiceLeft(guild);
    };
  }

  static QueuedTrack MakeTrack(const std::string& name, Snowflake channel = kChannel) {
    QueuedTrack track;
    track.request = {.uuid = "uuid of " + name, .bundle = "b", .guild = kGuild, .voice_channel = channel};
    track.track = {.key = "sound:" + name, .url = name, .title = name, .artist = ""};
    track.audio = std::make_shared<AudioFile>(AudioFile{.path = name});
    return track;
  }

  /// Runs what is due now.
  void Run() { executor_.RunUntil(clock_.SteadyNow()); }
  void Advance(std::chrono::milliseconds time) {
    clock_.Advance(time);
    Run();
  }
  /// Plays it, to be heard, from the start on.
  void Play(const std::string& name) {
    players_.Enqueue(MakeTrack(name));
    Run();
    playback_.Start();
  }
  std::string NowPlaying() {
    const auto view = players_.View(kGuild);
    return view.now ? view.now->track.title : "";
  }
  double Events(const std::string& type) {
    return guildscope::testing::ValueOf(registry_, "disruptor.audio.track_events", {type, std::to_string(kGuild)});
  }
  double ActivePlayers() {
    return guildscope::testing::ValueOf(registry_, "music.active_players", {std::to_string(kGuild)});
  }

  guildscope::testing::FakeClock clock_;
  guildscope::metrics::Registry registry_{{}, clock_};
  guildscope::testing::RecordedSpans spans_;
  guildscope::tracing::Tracer tracer_;
  FakeGateway gateway_{clock_};
  VoiceSessions voice_{gateway_, registry_, clock_, {}};
  FakePlayback playback_;
  ManualExecutor executor_;
  SeededRandom random_{1};
  std::vector<Played> played_;
  std::optional<std::size_t> people_ = 1;
  PlayerParts parts_{.voice = voice_,
                     .playback = playback_,
                     .executor = executor_,
                     .random = random_,
                     .metrics = registry_,
                     .tracer = tracer_,
                     .clock = clock_,
                     .people = [this](Snowflake, Snowflake) { return people_; },
                     .on_played = [this](const Played& played) { played_.push_back(played); }};
  GuildPlayers players_{parts_, {.waiting = 3, .rejoins = 2}};
};

}  // namespace disruptor::music
