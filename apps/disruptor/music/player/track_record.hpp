#pragma once

#include <chrono>
#include <string>

#include "apps/disruptor/music/media.hpp"
#include "apps/disruptor/music/player/players.hpp"
#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace disruptor::music {

/// What is told about tracks that are played: audio.track_events.
///
/// Threads: any. Lifetime: the registry must outlive it.
class TrackEvents {
 public:
  explicit TrackEvents(guildscope::metrics::Registry& registry)
      : events_(registry.Get(guildscope::metrics::catalogue::kAudioTrackEvents)) {}

  void CountStart(Snowflake guild) const { events_.Add(1, {"start", std::to_string(guild)}); }
  void CountEnd(Snowflake guild) const { events_.Add(1, {"end", std::to_string(guild)}); }

 private:
  guildscope::metrics::CounterFamily<2> events_;
};

/// One track from the moment it is taken to the moment it is over: the span `music player`, a root that links to
/// whoever asked, and a start and an end that are counted, if there was anything to hear.
///
/// Threads: one at a time. Lifetime: ends with the object, whatever happened; the events must outlive it.
class TrackRecord {
 public:
  TrackRecord(const guildscope::tracing::Tracer& tracer, const TrackEvents& events, const Request& request,
              const std::string& title);
  TrackRecord(TrackRecord&&) = default;

  /// It can be heard now; once more after a break changes nothing.
  void Start();
  void AddRejoin(int number, const std::string& reason);
  void End(PlayEnd end, std::chrono::milliseconds position, const std::string& problem);

 private:
  const TrackEvents* events_;
  Snowflake guild_;
  guildscope::tracing::Span span_;
  bool started_ = false;
};

}  // namespace disruptor::music
