#include "apps/discord_standin/voice/heard_audio.hpp"

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace standin {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;

constexpr opus_int32 kSampleRate = 48'000;
constexpr double kSamplesPerMs = 48;
constexpr milliseconds kPause{200};
constexpr std::size_t kMostSegments = 64;
constexpr std::array<std::uint8_t, 3> kSilence{0xF8, 0xFF, 0xFE};
/// RFC 3550, section 6.4.1.
constexpr double kJitterGain = 1.0 / 16;

/// D++ sends its five frames of silence as one packet of 15 bytes.
bool IsSilence(Bytes opus) {
  if (opus.empty() || opus.size() % kSilence.size() != 0) return false;
  for (std::size_t i = 0; i < opus.size(); ++i) {
    if (opus[i] != kSilence[i % kSilence.size()]) return false;
  }
  return true;
}

std::uint32_t SamplesOf(Bytes opus) {
  if (opus.empty()) return 0;
  const int samples = opus_packet_get_nb_samples(opus.data(), static_cast<opus_int32>(opus.size()), kSampleRate);
  return samples > 0 ? static_cast<std::uint32_t>(samples) : 0;
}

/// What a frame takes of the window: no less than the shortest that Opus has, so that garbage cannot fill the memory.
std::uint64_t WindowShare(const HeardFrame& frame) { return std::max<std::uint64_t>(frame.samples, 120); }

Json Seconds(std::chrono::system_clock::time_point time) { return duration<double>(time.time_since_epoch()).count(); }

}  // namespace

HeardAudio::HeardAudio(VoiceCounts& counts, const guildscope::Clock& clock, milliseconds window)
    : counts_(counts), clock_(clock), window_samples_(static_cast<std::uint64_t>(window.count()) * 48) {}

void HeardAudio::Add(const RtpPacket& packet, std::uint64_t position, Bytes opus, TimePoint arrived) {
  HeardFrame frame{packet.ssrc, position, 0, SamplesOf(opus), IsSilence(opus), arrived, {opus.begin(), opus.end()}};
  ++counts_.frames;
  counts_.bytes += opus.size();
  if (frame.is_silence) ++counts_.silence_frames;
  if (frame.samples == 0) ++not_opus_;
  last_at_ = clock_.Now();
  if (!has_first_) first_at_ = last_at_;
  has_first_ = true;
  MeasureArrival(packet, frame);
  AddToSegment(frame);
  Keep(std::move(frame));
}

void HeardAudio::MeasureArrival(const RtpPacket& packet, const HeardFrame& frame) {
  const bool is_next = has_last_ && frame.position > last_position_;
  if (has_last_ && !is_next) return;
  if (is_next) {
    const double gap_ms = duration<double, std::milli>(frame.arrived - last_arrival_).count();
    const auto timestamps = static_cast<std::int32_t>(packet.timestamp - last_timestamp_);
    if (frame.position == last_position_ + 1 && timestamps < static_cast<std::int32_t>(last_samples_)) {
      ++timestamp_errors_;
    }
    if (frame.arrived - last_arrival_ <= kPause) {
      longest_gap_ms_ = std::max(longest_gap_ms_, gap_ms);
      jitter_ms_ += (std::abs(gap_ms - timestamps / kSamplesPerMs) - jitter_ms_) * kJitterGain;
    }
  }
  has_last_ = true;
  last_arrival_ = frame.arrived;
  last_timestamp_ = packet.timestamp;
  last_samples_ = frame.samples;
  last_position_ = frame.position;
}

void HeardAudio::AddToSegment(HeardFrame& frame) {
  const bool goes_on = !segments_.empty() && frame.arrived - last_audio_ <= kPause;
  if (frame.is_silence) {
    if (!goes_on) return;
    frame.segment = segments_.back().number;
    silence_since_audio_ += frame.samples;
    return;
  }
  if (!goes_on) {
    if (segments_.size() == kMostSegments) segments_.pop_front();
    segments_.push_back({++segment_count_, 0, 0, last_at_, last_at_});
    silence_since_audio_ = 0;
  }
  HeardSegment& segment = segments_.back();
  ++segment.frames;
  segment.samples += silence_since_audio_ + frame.samples;
  segment.ended = last_at_;
  frame.segment = segment.number;
  silence_since_audio_ = 0;
  last_audio_ = std::max(last_audio_, frame.arrived);
}

void HeardAudio::Keep(HeardFrame frame) {
  kept_samples_ += WindowShare(frame);
  auto place = frames_.end();
  while (place != frames_.begin() && std::prev(place)->ssrc == frame.ssrc &&
         std::prev(place)->position > frame.position) {
    --place;
  }
  frames_.insert(place, std::move(frame));
  while (kept_samples_ > window_samples_ && !frames_.empty()) {
    kept_samples_ -= WindowShare(frames_.front());
    frames_.pop_front();
  }
}

Heard HeardAudio::Snapshot() const {
  Heard heard;
  heard.facts = ToJson(counts_);
  heard.facts["frames"] = counts_.frames;
  heard.facts["first_at"] = has_first_ ? Seconds(first_at_) : Json(nullptr);
  heard.facts["last_at"] = has_first_ ? Seconds(last_at_) : Json(nullptr);
  heard.facts["jitter_ms"] = jitter_ms_;
  heard.facts["longest_gap_ms"] = longest_gap_ms_;
  heard.facts["timestamp_errors"] = timestamp_errors_;
  heard.facts["not_opus"] = not_opus_;
  heard.facts["window_seconds"] = static_cast<double>(window_samples_) / kSampleRate;
  heard.facts["segments_heard"] = segment_count_;
  heard.frames.assign(frames_.begin(), frames_.end());
  heard.segments.assign(segments_.begin(), segments_.end());
  return heard;
}

}  // namespace standin
