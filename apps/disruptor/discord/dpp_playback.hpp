#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "apps/disruptor/discord/dpp_voice_links.hpp"
#include "apps/disruptor/discord/loop_ticker.hpp"
#include "apps/disruptor/music/ogg/ogg_opus_reader.hpp"
#include "apps/disruptor/music/player/playback.hpp"

namespace disruptor {

/// Plays over D++'s own voice connections: Opus packets straight from the files, every 20 ms one.
///
/// One thread for all guilds reads files up to two seconds ahead, so that no disk holds up a guild, and makes the
/// callbacks; the event loop sends what is due, all guilds in one go. What has not been sent stays with us, so a pause,
/// a stop or another track is heard within 20 ms. The time is kept by an absolute schedule: a loop that was late sends
/// what is owed, up to 200 ms; what it owes beyond that begins later.
/// Five frames of silence end what is heard, as Discord asks for.
///
/// Cost: 100 packets of memory for each guild that plays (about 25 kB); see DppVoiceClient for a frame.
/// Threads: any; callbacks on its own. Lifetime: make it before the cluster starts; Close it before the event loop is
/// closed; destroy it after the cluster.
class DppPlayback final : public music::Playback {
 public:
  DppPlayback(dpp::cluster& bot, DppVoiceLinks& links);
  ~DppPlayback() override;
  DppPlayback(const DppPlayback&) = delete;
  DppPlayback& operator=(const DppPlayback&) = delete;

  Id Play(Snowflake guild, music::AudioFilePtr file, std::chrono::milliseconds from,
          music::PlaybackCallbacks callbacks) override;
  void Pause(Id id) override;
  void Resume(Id id) override;
  void Stop(Id id) override;
  [[nodiscard]] std::optional<std::chrono::milliseconds> Position(Id id) const override;

  /// Stops everything, makes the callbacks that are owed, and ends the thread. Idempotent.
  void Close();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Frame {
    std::vector<std::uint8_t> opus;
    std::int64_t samples = 0;
    std::chrono::milliseconds position{0};  ///< Of the file, behind it.
  };
  struct Track {
    Id id = 0;
    Snowflake guild = 0;
    music::AudioFilePtr file;
    std::chrono::milliseconds from{0};
    music::PlaybackCallbacks callbacks;
    std::optional<music::OggOpusReader> reader;  ///< The reading thread's, without the lock.
    // All else is guarded by mutex_.
    std::deque<Frame> ahead;
    std::chrono::milliseconds position{0};
    std::optional<TimePoint> due;  ///< When the next frame is to be sent; nothing: at once.
    bool whole = false;            ///< What is ahead is all there is.
    std::string damage;            ///< Why it is all.
    bool paused = false;
    bool started = false;
    bool ended = false;
  };
  using TrackPtr = std::shared_ptr<Track>;
  struct Sending {
    Snowflake guild = 0;
    std::vector<std::uint8_t> opus;
    std::int64_t samples = 0;
  };

  // With mutex_ held.
  TrackPtr Find(Id id) const;
  void End(const TrackPtr& track, music::PlaybackEnd end, const std::string& problem);
  void EndWhole(const TrackPtr& track);
  void Owe(std::function<void()> callback);
  void OweSilence(Snowflake guild);
  void TakeDue(const TrackPtr& track, TimePoint now, std::vector<Sending>& sending);
  void TakeSilence(std::vector<Sending>& sending);
  [[nodiscard]] TrackPtr FindHungry() const;

  void Tick();  // the event loop's
  void OnLeft(Snowflake guild);
  void OnLost(Snowflake guild, const std::string& why);
  void Work();
  void Read(const TrackPtr& track, std::unique_lock<std::mutex>& lock);

  DppVoiceLinks& links_;
  mutable std::mutex mutex_;
  std::condition_variable work_changed_;
  std::map<Snowflake, TrackPtr> tracks_;    // guarded by mutex_
  std::map<Snowflake, int> silence_;        // guarded by mutex_: frames owed
  std::deque<std::function<void()>> owed_;  // guarded by mutex_: callbacks
  std::map<Snowflake, std::string> lost_;   // guarded by mutex_: connections that cannot be kept up
  Id last_id_ = 0;                          // guarded by mutex_
  bool closed_ = false;                     // guarded by mutex_
  LoopTicker ticker_;
  std::thread thread_;
};

}  // namespace disruptor
