#include "apps/disruptor/music/player/sound_visits.hpp"

#include <exception>
#include <mutex>
#include <utility>

#include "guildscope/base/uuid.hpp"

namespace disruptor::music {

/// One sound, shared by those who tell how it goes on: they come from several threads.
class SoundVisits::Visit {
 public:
  Visit(TrackRecord record, std::function<void()> ended) : record_(std::move(record)), ended_(std::move(ended)) {}

  void Start() {
    const std::lock_guard lock(mutex_);
    started_ = true;
    record_.Start();
  }

  /// True once, for the first who asks while nothing was heard yet.
  bool GiveUp() {
    const std::lock_guard lock(mutex_);
    return !started_ && !std::exchange(given_up_, true);
  }

  void End(const PlaybackResult& result) {
    std::function<void()> ended;
    {
      const std::lock_guard lock(mutex_);
      if (given_up_) {
        record_.End(PlayEnd::kFailed, result.position, "Discord's voice server does not answer");
      } else if (result.end == PlaybackEnd::kFinished || result.end == PlaybackEnd::kStopped) {
        record_.End(result.end == PlaybackEnd::kFinished ? PlayEnd::kFinished : PlayEnd::kStopped, result.position, "");
      } else {
        record_.End(PlayEnd::kFailed, result.position, result.problem);
      }
      ended = std::move(ended_);
    }
    if (ended) ended();
  }

  /// It may not be played; nobody is told.
  void Drop() {
    const std::lock_guard lock(mutex_);
    record_.End(PlayEnd::kSkipped, std::chrono::milliseconds(0), "");
  }

 private:
  std::mutex mutex_;
  TrackRecord record_;           // guarded by mutex_
  std::function<void()> ended_;  // guarded by mutex_
  bool started_ = false;         // guarded by mutex_
  bool given_up_ = false;        // guarded by mutex_
};

SoundVisits::SoundVisits(const PlayerParts& parts, GuildPlayers& players, SoundBoard& board,
                         std::chrono::milliseconds audio_limit)
    : parts_(parts), players_(players), board_(board), audio_limit_(audio_limit), events_(parts.metrics) {}

SoundVisits::~SoundVisits() { Stop(); }

Visits::Sound SoundVisits::Prepare(Snowflake guild) {
  try {
    auto sound = board_.Pick(guild, stop_.get_token());
    if (!sound || !sound->audio) return {};
    return [this, guild, sound = *std::move(sound)](std::function<void()> ended) {
      return Begin(guild, sound, std::move(ended));
    };
  } catch (const std::exception& error) {
    parts_.logger.Warning("guild {}: no sound for a visit: {}", guild, error.what());
    return {};
  }
}

bool SoundVisits::Begin(Snowflake guild, const music::Sound& sound, std::function<void()> ended) {
  if (players_.IsTaken(guild)) return false;
  const Request request{.uuid = guildscope::NewUuid(), .guild = guild, .asked = guildscope::tracing::CurrentSpan()};
  auto visit = std::make_shared<Visit>(TrackRecord(parts_.tracer, events_, request, sound.track.title), ended);
  const auto id = players_.PlayUnlessTaken(
      guild, sound.audio,
      {.on_start = [visit] { visit->Start(); }, .on_end = [visit](const PlaybackResult& end) { visit->End(end); }});
  if (!id) {
    visit->Drop();
    return false;
  }
  const bool watched = parts_.executor.RunAt(parts_.clock.SteadyNow() + audio_limit_, [this, visit, id = *id] {
    if (visit->GiveUp()) parts_.playback.Stop(id);
  });
  if (!watched) parts_.playback.Stop(*id);
  return true;
}

}  // namespace disruptor::music
