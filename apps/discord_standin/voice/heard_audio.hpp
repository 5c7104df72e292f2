#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

#include "apps/discord_standin/ledger.hpp"
#include "apps/discord_standin/voice/rtp.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

/// One Opus packet as it came.
struct HeardFrame {
  std::uint32_t ssrc = 0;
  std::uint64_t position = 0;  ///< RtpSequence's.
  std::uint64_t segment = 0;   ///< 0: silence between segments.
  std::uint32_t samples = 0;   ///< At 48 kHz.
  bool is_silence = false;
  std::chrono::steady_clock::time_point arrived;
  std::vector<std::uint8_t> opus;
};

/// What was heard without a pause: frames that are not silence, with no more than 200 ms between any two.
struct HeardSegment {
  std::uint64_t number = 0;  ///< From 1, for each guild.
  std::uint64_t frames = 0;
  std::uint64_t samples = 0;  ///< Short silences within it count, those after it do not.
  std::chrono::system_clock::time_point started;
  std::chrono::system_clock::time_point ended;  ///< When the last frame came.
};

/// What GET /audio/GUILD_ID tells of and what is decoded for it, copied so that another thread can do the work.
struct Heard {
  Json facts;
  std::vector<HeardFrame> frames;
  std::vector<HeardSegment> segments;
};

/// What one guild's voice channel heard of the bot: counts of everything, the packets of the last seconds, and the
/// last 64 segments. Nothing is decoded here.
///
/// Cost: a copy of the packet and about 0.3 us a frame; the window's bytes, about 250 kB for 30 s of music.
/// Threads: one. Lifetime: counts and clock must outlive it.
class HeardAudio {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  HeardAudio(VoiceCounts& counts, const guildscope::Clock& clock, std::chrono::milliseconds window);

  /// A frame that is no repetition. Late ones are put where they belong.
  void Add(const RtpPacket& packet, std::uint64_t position, Bytes opus, TimePoint arrived);
  /// A new session: its timestamps have nothing to do with the last one's.
  void BeginSession() { has_last_ = false; }

  [[nodiscard]] VoiceCounts& counts() { return counts_; }
  [[nodiscard]] Heard Snapshot() const;

 private:
  void AddToSegment(HeardFrame& frame);
  void MeasureArrival(const RtpPacket& packet, const HeardFrame& frame);
  void Keep(HeardFrame frame);

  VoiceCounts& counts_;
  const guildscope::Clock& clock_;
  const std::uint64_t window_samples_;
  std::deque<HeardFrame> frames_;
  std::uint64_t kept_samples_ = 0;
  std::deque<HeardSegment> segments_;
  std::uint64_t segment_count_ = 0;
  TimePoint last_audio_;
  std::uint64_t silence_since_audio_ = 0;  ///< Samples.

  bool has_first_ = false;
  std::chrono::system_clock::time_point first_at_;
  std::chrono::system_clock::time_point last_at_;
  bool has_last_ = false;
  TimePoint last_arrival_;
  std::uint32_t last_timestamp_ = 0;
  std::uint32_t last_samples_ = 0;
  std::uint64_t last_position_ = 0;
  double jitter_ms_ = 0;
  double longest_gap_ms_ = 0;
  std::uint64_t timestamp_errors_ = 0;  ///< Frames that overlap the one before.
  std::uint64_t not_opus_ = 0;
};

}  // namespace standin
